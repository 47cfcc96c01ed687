package figures_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/notebooks/figures"
)

func samples() []figures.Sample {
	rng := random(11)
	parts := []figures.Sample{{Name: "joint l1 readout"}, {Name: "dense readout"}}
	for range 150 {
		parts[0].Values = append(parts[0].Values, math.Round(3+1.2*math.Abs(rng.NormFloat64())))
		parts[1].Values = append(parts[1].Values, math.Round(6+1.5*rng.NormFloat64()))
	}
	parts[0].Values[3] = math.NaN()
	return parts
}

func choices() []figures.ChoiceLine {
	nan := math.NaN()
	var lines []figures.ChoiceLine
	for i, name := range []string{"joint", "kmeans", "gmm"} {
		line := figures.ChoiceLine{Name: name, BySilhouette: 5}
		for k := 1; k <= 12; k++ {
			s, b := 0.7-0.06*math.Abs(float64(k-5))-0.03*float64(i), -1000*math.Log(float64(k))+90*float64(k*(i+1))
			if k == 1 {
				s = nan
			}
			if i == 0 {
				b = nan
			}
			line.K, line.Silhouette, line.BIC = append(line.K, k), append(line.Silhouette, s), append(line.BIC, b)
		}
		if i > 0 {
			line.ByBIC = 12 / (i + 1)
		}
		lines = append(lines, line)
	}
	return lines
}

func portraits() []figures.ExemplarGroup {
	var groups []figures.ExemplarGroup
	for _, g := range spots(17) {
		group := figures.ExemplarGroup{Name: g.Name}
		for i, p := range g.Pictures[:min(4, len(g.Pictures))] {
			e := figures.Exemplar{Name: g.Captions[i], Field: p, Image: g.Pictures[len(g.Pictures)-1-i]}
			if i%2 == 0 {
				e.Type = "centre-surround"
			}
			group.Neurons = append(group.Neurons, e)
		}
		groups = append(groups, group)
	}
	groups[1].Neurons[1].Image = groups[1].Neurons[1].Field // dead
	return groups
}

func agreeing() figures.AgreementData {
	rng := random(12)
	d := figures.AgreementData{Label: "Orientation (°)", Ends: [2]float64{0, 180}, Step: 22.5, Period: 180, Types: typeNames}
	for i := range 120 {
		truth := 180 * rng.Float64()
		d.True, d.Measured, d.Type = append(d.True, truth), append(d.Measured, math.Mod(truth+180+9*rng.NormFloat64(), 180)), append(d.Type, i%5)
	}
	d.True[4], d.Type[7] = math.NaN(), -1
	return d
}

func measures() (all []figures.Measure, types []int) {
	rng := random(13)
	all = []figures.Measure{{Label: "Preferred period (px)"}, {Label: "Modulation by phase", Ends: [2]float64{0, 1}}, {Label: "Surround suppression", Ends: [2]float64{-0.2, 1.2}}}
	for i := range 150 {
		g := i % 5
		types = append(types, g)
		for m, v := range []float64{4 + float64(g) + 0.5*rng.NormFloat64(), 0.2 + 0.15*float64(g) + 0.05*rng.NormFloat64(), 0.3*float64(g) - 0.2 + 0.1*rng.NormFloat64()} {
			all[m].Values = append(all[m].Values, v)
		}
	}
	all[0].Values[2] = math.NaN()
	return all, types
}

func TestNotebookFigures(t *testing.T) {
	m, types := measures()
	for name, draw := range map[string]func() (*figures.Figure, error){
		"histogram": func() (*figures.Figure, error) {
			return figures.Histogram(figures.Distribution{Label: "Active features", Whole: true, Mark: 5, Parts: samples()})
		},
		"feature_use": func() (*figures.Figure, error) {
			return figures.FeatureUse([]int{120, 80, 0, 310, 45, 200}, []float64{0.7, 0.93, math.NaN(), 0.55, 1, 0.5})
		},
		"choices":   func() (*figures.Figure, error) { return figures.Choices(choices()) },
		"exemplars": func() (*figures.Figure, error) { return figures.Exemplars(portraits(), 17) },
		"agreement": func() (*figures.Figure, error) { return figures.Agreement(agreeing()) },
		"by_type":   func() (*figures.Figure, error) { return figures.ByType(m, types, typeNames) },
	} {
		t.Run(name, func(t *testing.T) { compare(t, name, draw) })
	}
}

func TestAnyNotebookDataCanBeDrawn(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, 0.5, -1, 1e-30, 1e30, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "n")
		x, y := rapid.SliceOfN(value, n, n).Draw(t, "x"), rapid.SliceOfN(value, n, n).Draw(t, "y")
		ints := rapid.SliceOfN(rapid.IntRange(-2, 9), n, n).Draw(t, "ints")
		ends := [2]float64{value.Draw(t, "low"), value.Draw(t, "high")}
		picture := []float32{float32(value.Draw(t, "p")), 1, 2, float32(value.Draw(t, "q"))}
		drawn(t, rapid.SampledFrom([]func() (*figures.Figure, error){
			func() (*figures.Figure, error) {
				return figures.Histogram(figures.Distribution{Mark: ends[0], Parts: []figures.Sample{{Values: x}, {Values: y}}})
			},
			func() (*figures.Figure, error) {
				return figures.Histogram(figures.Distribution{Ends: ends, Whole: true, Parts: []figures.Sample{{Values: x}}})
			},
			func() (*figures.Figure, error) { return figures.FeatureUse(ints, x) },
			func() (*figures.Figure, error) {
				return figures.Choices([]figures.ChoiceLine{{K: ints, Silhouette: x, BIC: y, ByBIC: 2}})
			},
			func() (*figures.Figure, error) {
				return figures.Choices([]figures.ChoiceLine{{K: []int{1, 4}, Silhouette: []float64{math.NaN(), 0.3}, BIC: ends[:], BySilhouette: 4}})
			},
			func() (*figures.Figure, error) {
				return figures.Exemplars([]figures.ExemplarGroup{{Neurons: []figures.Exemplar{{Field: picture, Image: picture}}}}, 2)
			},
			func() (*figures.Figure, error) {
				return figures.Agreement(figures.AgreementData{Measured: x, True: y, Ends: ends, Step: ends[0], Period: ends[1], Type: ints})
			},
			func() (*figures.Figure, error) {
				return figures.ByType([]figures.Measure{{Values: x}, {Values: y, Ends: ends}}, ints, nil)
			},
		}).Draw(t, "figure"))
	})
}

func TestNotebookFiguresRefuse(t *testing.T) {
	second := func(_ any, err error) error { return err }
	nan := math.NaN()
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(figures.Histogram(figures.Distribution{Label: "a"})), "histogram of a: found 0 parts"},
		{second(figures.Histogram(figures.Distribution{Parts: []figures.Sample{{Values: []float64{nan}}}})), "found no number"},
		{second(figures.Histogram(figures.Distribution{Ends: [2]float64{2, 1}, Parts: []figures.Sample{{Values: []float64{1}}}})), "found an axis from 2 to 1"},
		{second(figures.FeatureUse(nil, nil)), "found 0 counts and 0 shares"},
		{second(figures.FeatureUse([]int{1}, []float64{0.2})), "found a share of 0.2 for feature 0"},
		{second(figures.Choices(nil)), "found no silhouette and no criterion of 0 methods"},
		{second(figures.Choices([]figures.ChoiceLine{{Name: "b", K: []int{2, 2}, Silhouette: []float64{0, 0}, BIC: []float64{0, 0}}})), "b: found 2 as number 1"},
		{second(figures.Exemplars([]figures.ExemplarGroup{{Name: "empty"}}, 4)), "found no neurons"},
		{second(figures.Exemplars([]figures.ExemplarGroup{{Name: "c", Neurons: []figures.Exemplar{{Name: "7"}}}}, 2)), "c, 7: found 0 values of a field and 0 of an image; accepted: 4"},
		{second(figures.Agreement(figures.AgreementData{Measured: []float64{1}, True: []float64{nan}, Ends: [2]float64{0, 1}})), "found no neuron with a measured and a true value"},
		{second(figures.Agreement(figures.AgreementData{Measured: []float64{1}, Ends: [2]float64{0, 1}})), "found 1 measured, 0 true values"},
		{second(figures.ByType(nil, nil, nil)), "found 0; accepted are 1 to 4"},
		{second(figures.ByType([]figures.Measure{{Label: "d", Values: []float64{1}}}, []int{1, 2}, nil)), "d: found 1 values, 2 types"},
		{second(figures.ByType([]figures.Measure{{Label: "e", Values: []float64{nan}}}, nil, nil)), "e: found no number"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", c.err, c.want)
		}
	}
}
