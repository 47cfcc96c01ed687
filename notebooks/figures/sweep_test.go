package figures_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/notebooks/figures"
)

// searched makes up a search over four settings in which small learning rates are best. Some draws were stopped early, some failed, one diverged.
func searched(draws int) figures.SweepData {
	rng := random(8)
	d := figures.SweepData{Loss: "Validation loss (nats)", Axes: []figures.SweepAxis{
		{Name: "core.kind", Choices: []string{"hermite", "cnn", "rotated"}}, {Name: "fit.batch", Low: 16, High: 256}, {Name: "fit.learning_rate", Log: true, Low: 1e-4, High: 1e-1},
		{Name: "readout.sparsity", Log: true, Low: 0.005, High: 0.03},
	}}
	for i := range draws {
		kind, batch, rate, sparsity := float64(rng.IntN(3)), float64(16+rng.IntN(241)), math.Pow(10, -4+3*rng.Float64()), 0.005*math.Pow(6, rng.Float64())
		r := figures.SweepDraw{Number: i, Values: []float64{kind, batch, rate, sparsity}, SD: 0.2, State: figures.SweepDone,
			Loss: 120 + 2*math.Abs(math.Log10(rate)+3) + kind/2 + rng.NormFloat64()/4}
		switch {
		case i == 3:
			r.Loss = 900
		case i%7 == 5:
			r.State = figures.SweepStopped
		case i%11 == 6:
			r.State, r.Loss = figures.SweepFailed, math.NaN()
		case i%13 == 12:
			r.State, r.Loss = figures.SweepOpen, math.NaN()
		}
		d.Draws = append(d.Draws, r)
	}
	return d
}

// courses are the losses of a search's draws by step.
func courses(d figures.SweepData) (all []figures.SweepCurve) {
	for i, r := range d.Draws {
		c := figures.SweepCurve{Draw: r.Number, State: r.State, Loss: r.Loss}
		end := 20
		if r.State == figures.SweepStopped {
			end = 6
		}
		for k := range end {
			loss := r.Loss
			if math.IsNaN(loss) {
				loss = 125
			}
			c.Steps, c.Value = append(c.Steps, 50*(k+1)), append(c.Value, loss+40*math.Exp(-float64(k)/3)+0.1*float64(i%5))
		}
		all = append(all, c)
	}
	return all
}

// workers are three processes, of which one had an error.
func workers() []figures.SweepWorker {
	var all []figures.SweepWorker
	for w := range 3 {
		worker := figures.SweepWorker{Name: fmt.Sprint("node", w, " 4711")}
		for i := range 14 {
			worker.Slices = append(worker.Slices, figures.SweepSlice{Begin: 1000 + float64(i*30+w*7), Seconds: 24 + float64(w), Draw: (i/2)*3 + w, Seed: 1, Steps: 50 * (i%2 + 1), Failed: w == 1 && i == 6})
		}
		all = append(all, worker)
	}
	return all
}

func TestSweeps(t *testing.T) {
	d := searched(40)
	compare(t, "sweep_parallel", func() (*figures.Figure, error) { return figures.SweepParallel(d) })
	compare(t, "sweep_slices", func() (*figures.Figure, error) { return figures.SweepSlices(d) })
	compare(t, "sweep_curves", func() (*figures.Figure, error) { return figures.SweepCurves(d.Loss, courses(d), "") })
	compare(t, "sweep_work", func() (*figures.Figure, error) { return figures.SweepWork(workers()) })
}

// Interactive forms tell the number and the settings of each draw, are JSON without NaN and addresses, and are bounded.
func TestInteractiveSweeps(t *testing.T) {
	for _, n := range []int{40, 10_000} {
		d := searched(n)
		for name, draw := range map[string]func() (*figures.Figure, error){
			"parallel": func() (*figures.Figure, error) { return figures.SweepParallel(d) },
			"slices":   func() (*figures.Figure, error) { return figures.SweepSlices(d) },
			"curves":   func() (*figures.Figure, error) { return figures.SweepCurves(d.Loss, courses(d)[:min(n, 200)], "some") },
			"work":     func() (*figures.Figure, error) { return figures.SweepWork(workers()) },
		} {
			f, err := draw()
			if err != nil {
				t.Fatal(err)
			}
			header, rows := dots(t, f)
			if len(rows) < 29 || len(rows) > figures.MaxDots+200 || !strings.Contains(strings.Join(header, " "), "draw") {
				t.Errorf("%s of %d draws: %d rows of %v", name, n, len(rows), header)
			}
			text, err := json.Marshal(f.VegaLite())
			if err != nil || (name == "parallel" || name == "slices") && !strings.Contains(string(text), "readout.sparsity") {
				t.Errorf("%s: %v, no settings in %.300s", name, err, text)
			}
			if said := strings.Contains(string(text), "the best and others at even steps"); said != (n > 1000 && (name == "parallel" || name == "slices")) {
				t.Errorf("%s of %d draws: said that some are left out: %v", name, n, said)
			}
		}
	}
}

func TestSweepsOfAnyData(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, -1, 1e-30, math.MaxFloat64, math.NaN(), math.Inf(1)}))
	rapid.Check(t, func(t *rapid.T) {
		d := figures.SweepData{Loss: rapid.SampledFrom([]string{"", "loss"}).Draw(t, "loss")}
		for range rapid.IntRange(0, 4).Draw(t, "axes") {
			d.Axes = append(d.Axes, rapid.SampledFrom([]figures.SweepAxis{{Low: 0, High: 1}, {Low: 1, High: 2, Log: true}, {Choices: []string{"a", "b"}}, {Choices: []string{"a"}}, {Low: 1, High: 1}, {High: 2, Log: true}}).Draw(t, "axis"))
		}
		var curves []figures.SweepCurve
		var all []figures.SweepWorker
		for i := range rapid.IntRange(0, 6).Draw(t, "draws") {
			r := figures.SweepDraw{Number: i, Loss: value.Draw(t, "loss"), SD: value.Draw(t, "sd"), State: figures.SweepState(rapid.IntRange(0, 3).Draw(t, "state"))}
			for range d.Axes {
				r.Values = append(r.Values, rapid.SampledFrom([]float64{1, 1, 1, 0, 7}).Draw(t, "value"))
			}
			d.Draws = append(d.Draws, r)
			curves = append(curves, figures.SweepCurve{Draw: i, State: r.State, Loss: r.Loss, Steps: []int{1, 5, 3}, Value: rapid.SliceOfN(value, 3, 3).Draw(t, "curve")})
			all = append(all, figures.SweepWorker{Slices: []figures.SweepSlice{{Begin: value.Draw(t, "begin"), Seconds: value.Draw(t, "seconds"), Draw: i}}})
		}
		drawn(t, func() (*figures.Figure, error) { return figures.SweepParallel(d) })
		drawn(t, func() (*figures.Figure, error) { return figures.SweepSlices(d) })
		drawn(t, func() (*figures.Figure, error) { return figures.SweepCurves("loss", curves, "note") })
		drawn(t, func() (*figures.Figure, error) { return figures.SweepWork(all) })
	})
}

// Choices that are long and begin alike are told apart by their ends, and have room.
func TestLongChoices(t *testing.T) {
	d := searched(20)
	d.Axes[0].Choices = []string{"[softplus,softplus,softplus,none]", "[softplus,softplus,softplus,elu]", "[softplus,softplus,softplus]"}
	f, err := figures.SweepParallel(d)
	if err != nil {
		t.Fatal(err)
	}
	var svg strings.Builder
	if err := f.WriteSVG(&svg); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\u2026,softplus,none]<", "\u2026s,softplus,elu]<", "\u2026tplus,softplus]<"} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("no label %s ", want)
		}
	}
}

func TestSweepsRefuse(t *testing.T) {
	nan := math.NaN()
	axis := []figures.SweepAxis{{Name: "a", Low: 0, High: 1}}
	for want, do := range map[string]func() error{
		"found 0 settings": func() error { _, err := figures.SweepParallel(figures.SweepData{}); return err },
		"found a range from 0 to 1; accepted are increasing numbers up to 1e12, above 0 on a logarithmic": func() error {
			_, err := figures.SweepSlices(figures.SweepData{Axes: []figures.SweepAxis{{Log: true, High: 1}}})
			return err
		},
		"draw 2: found 0 values": func() error {
			_, err := figures.SweepSlices(figures.SweepData{Axes: axis, Draws: []figures.SweepDraw{{Number: 2}}})
			return err
		},
		"draw 2: found 3 for a": func() error {
			_, err := figures.SweepSlices(figures.SweepData{Axes: axis, Draws: []figures.SweepDraw{{Number: 2, Values: []float64{3}}}})
			return err
		},
		"found 0 draws, none of them over": func() error { _, err := figures.SweepParallel(figures.SweepData{Axes: axis}); return err },
		"none of them with a loss":         func() error { _, err := figures.SweepSlices(figures.SweepData{Axes: axis}); return err },
		"found 1 fits without a finite": func() error {
			_, err := figures.SweepCurves("", []figures.SweepCurve{{Steps: []int{1}, Value: []float64{nan}}}, "")
			return err
		},
		"found 0 processes": func() error { _, err := figures.SweepWork(nil); return err },
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
