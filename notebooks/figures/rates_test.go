package figures_test

import (
	"math"
	"strings"
	"testing"

	"v1lab/notebooks/figures"
)

func TestRatesRefuses(t *testing.T) {
	nan := math.NaN()
	for want, err := range map[string]error{
		"found 2 rates, 1 losses and 2 smooth losses": second(figures.Rates("loss", []float64{1, 2}, []float64{1}, []float64{1, 1}, 0)),
		"found 1 at place 1; accepted are increasing": second(figures.Rates("loss", []float64{1, 1}, []float64{1, 1}, []float64{1, 1}, 0)),
		"found no finite loss":                        second(figures.Rates("loss", []float64{1, 2}, []float64{nan, nan}, []float64{nan, nan}, 0)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := figures.Rates("loss", []float64{1e-3, 1e-2, 0.1}, []float64{3, 2, nan}, []float64{3, 2.5, nan}, 0.02); err != nil {
		t.Error(err)
	}
}

// A rate that changes at most validations has its peak marked; one that falls in stages, each fall.
func TestLossCurveMarksRates(t *testing.T) {
	var cycle, stages []figures.LossPoint
	for i := range 10 {
		p := figures.LossPoint{Step: 50 * (i + 1), Loss: 10 - float64(i), Validation: 11 - float64(i), LearningRate: 0.01 * math.Sin(float64(i+1)/4)}
		cycle = append(cycle, p)
		p.LearningRate = 0.02
		if i > 5 {
			p.LearningRate = 0.002
		}
		stages = append(stages, p)
	}
	for _, c := range []struct {
		points []figures.LossPoint
		want   string
		marks  int
	}{{cycle, "peak rate 0.00997", 1}, {stages, "rate 0.002", 1}} {
		f, err := figures.LossCurve("loss", c.points)
		if err != nil {
			t.Fatal(err)
		}
		var svg strings.Builder
		if err := f.WriteSVG(&svg); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(svg.String(), "rate 0.0"); n != c.marks || !strings.Contains(svg.String(), c.want) {
			t.Errorf("%d marks of rates, want %d, with %q", n, c.marks, c.want)
		}
	}
}

func second(_ *figures.Figure, err error) error { return err }
