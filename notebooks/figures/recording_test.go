package figures_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/notebooks/figures"
)

// vignette is a mean image that is bright in the middle, and an SD that has a dead corner.
func vignette(height, width int) (mean, sd []float32) {
	rng := random(11)
	for i := range height * width {
		y, x := float64(i/width)/float64(height)-0.5, float64(i%width)/float64(width)-0.5
		mean = append(mean, float32(120-60*(x*x+y*y)+2*rng.NormFloat64()))
		s := float32(48 + rng.NormFloat64())
		if y < -0.3 && x > 0.3 {
			s = 0
		}
		sd = append(sd, s)
	}
	return mean, sd
}

func spectra() []figures.SpectrumLine {
	lines := []figures.SpectrumLine{{Name: "training", Slope: -2.1}, {Name: "test", Slope: -1.6}, {Name: "blank", Slope: math.NaN(), Frequency: []float64{0.1}, Power: []float64{0}}}
	for k := 1; k <= 18; k++ {
		f := float64(k) / 36
		for i := range 2 {
			lines[i].Frequency = append(lines[i].Frequency, f)
			lines[i].Power = append(lines[i].Power, 30*math.Pow(f, lines[i].Slope))
		}
	}
	return lines
}

// counts are spikes of neurons [n, neurons]; neuron 3 was never recorded.
func counts(n, neurons int) []float32 {
	rng := random(12)
	values := make([]float32, n*neurons)
	for i := range values {
		values[i] = float32(math.Floor(float64(1+i%neurons) / 6 * rng.ExpFloat64()))
		if i%neurons == 3 {
			values[i] = float32(math.NaN())
		}
	}
	return values
}

func reliability() (explainable, oracle []float64) {
	rng := random(13)
	for range 120 {
		v := min(0.35+0.2*rng.NormFloat64(), 0.95)
		explainable = append(explainable, v)
		oracle = append(oracle, math.Sqrt(max(v, 0))*0.95)
	}
	explainable[5], oracle[5] = math.NaN(), math.NaN()
	return explainable, oracle
}

func cortex(n int) (x, y, values []float64) {
	rng := random(14)
	for range n {
		x, y = append(x, 600*rng.Float64()), append(y, 350*rng.Float64()-100)
		values = append(values, 0.8*x[len(x)-1]/600+0.1*rng.Float64())
	}
	x[2], values[9] = math.NaN(), math.NaN()
	return x, y, values
}

func TestRecordingFigures(t *testing.T) {
	for name, draw := range map[string]func() (*figures.Figure, error){
		"mean_image": func() (*figures.Figure, error) {
			mean, sd := vignette(36, 64)
			return figures.MeanImage(mean, sd, 36, 64)
		},
		"spectrum": func() (*figures.Figure, error) { return figures.Spectrum(spectra()) },
		"response_histogram": func() (*figures.Figure, error) {
			half := counts(100, 12)
			for i := range half {
				half[i] = half[i]*1.7 + float32(i%7)/10 // a part in other units, and no counts
			}
			return figures.ResponseHistogram([]figures.NamedValues{{Name: "training", Values: counts(400, 12)}, {Name: "test", Values: half}, {Name: "validation"}})
		},
		"response_counts": func() (*figures.Figure, error) {
			return figures.ResponseHistogram([]figures.NamedValues{{Name: "training", Values: counts(400, 40)}})
		},
		"response_ranges": func() (*figures.Figure, error) { return figures.ResponseRanges(counts(200, 60), 60) },
		"reliability": func() (*figures.Figure, error) {
			explainable, oracle := reliability()
			return figures.Reliability(explainable, oracle, 0.15)
		},
		"image_pairs": func() (*figures.Figure, error) {
			images := leaves(5, 24, 24)
			at := func(i int) []float32 { return images[i*24*24 : (i+1)*24*24] }
			return figures.ImagePairs([]figures.ImagePair{
				{at(0), at(0), "train 17", "test 3"}, {at(1), at(1), "train 1204", "test 12"}, {at(2), at(2), "train 4", "val 0"}, {at(3), at(4), "val 8", "test 1"},
			}, 24, 24)
		},
		"contact_sheet": func() (*figures.Figure, error) {
			images, rates := leaves(7, 18, 30), counts(7, 20)
			var trials []figures.Trial
			for i := range 7 {
				t := figures.Trial{Name: fmt.Sprint("training ", 40*i), Image: images[i*18*30 : (i+1)*18*30], Responses: rates[i*20 : (i+1)*20]}
				t.Responses[i] = -t.Responses[i] - 2 // as of a z-scored neuron
				t.Responses[2*i] = float32(math.NaN())
				trials = append(trials, t)
			}
			return figures.ContactSheet(trials, 18, 30)
		},
		"positions": func() (*figures.Figure, error) {
			x, y, values := cortex(300)
			return figures.Positions(x, y, values, "Explainable variance")
		},
	} {
		t.Run(name, func(t *testing.T) { compare(t, name, draw) })
	}
}

// Whatever is in a recording, drawing gives an error or a picture.
func TestAnyRecordingCanBeDrawn(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 0, 1, -1, 1e-30, 0.2, 0.3, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}))
	rapid.Check(t, func(t *rapid.T) {
		n, size := rapid.IntRange(0, 12).Draw(t, "n"), rapid.IntRange(0, 4).Draw(t, "size")
		values := rapid.SliceOfN(value, n, n).Draw(t, "values")
		others := rapid.SliceOfN(value, n, n).Draw(t, "others")
		narrow := make([]float32, n)
		for i, v := range values {
			narrow[i] = float32(v)
		}
		drawn(t, rapid.SampledFrom([]func() (*figures.Figure, error){
			func() (*figures.Figure, error) { return figures.MeanImage(narrow, narrow, n, 1) },
			func() (*figures.Figure, error) {
				return figures.Spectrum([]figures.SpectrumLine{{Frequency: []float64{0.1, 0.2, 0.3}[:min(n, 3)], Power: values[:min(n, 3)], Slope: value.Draw(t, "slope")}})
			},
			func() (*figures.Figure, error) {
				return figures.Spectrum([]figures.SpectrumLine{{Frequency: values, Power: others}})
			},
			func() (*figures.Figure, error) {
				return figures.ResponseHistogram([]figures.NamedValues{{Values: narrow}, {Name: "a", Values: narrow[n/2:]}})
			},
			func() (*figures.Figure, error) { return figures.ResponseRanges(narrow, size) },
			func() (*figures.Figure, error) { return figures.Reliability(values, nil, value.Draw(t, "least")) },
			func() (*figures.Figure, error) { return figures.Reliability(values, others, 0.15) },
			func() (*figures.Figure, error) {
				return figures.ImagePairs([]figures.ImagePair{{First: narrow, Second: narrow}}, 1, n)
			},
			func() (*figures.Figure, error) {
				return figures.ContactSheet([]figures.Trial{{Image: narrow, Responses: narrow}, {Image: narrow, Responses: narrow}}, n, 1)
			},
			func() (*figures.Figure, error) { return figures.Positions(values, others, nil, "") },
			func() (*figures.Figure, error) { return figures.Positions(values, others, values, "a") },
		}).Draw(t, "figure"))
	})
}

func TestBadRecording(t *testing.T) {
	nan := math.NaN()
	second := func(_ any, err error) error { return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(figures.MeanImage(make([]float32, 4), make([]float32, 3), 2, 2)), "SD of pixels: found 3 values for pictures of 2x2"},
		{second(figures.MeanImage(make([]float32, 8), make([]float32, 4), 2, 2)), "mean image: found 8 values for one picture of 2x2"},
		{second(figures.Spectrum(nil)), "found no power above 0"},
		{second(figures.Spectrum([]figures.SpectrumLine{{Name: "a", Frequency: []float64{1}}})), "a: found 1 frequencies and 0 powers"},
		{second(figures.Spectrum([]figures.SpectrumLine{{Name: "a", Frequency: []float64{2, 1}, Power: []float64{1, 1}}})), "a: found frequency 1 at place 1"},
		{second(figures.ResponseHistogram([]figures.NamedValues{{Name: "a", Values: []float32{float32(nan)}}})), "found no finite response"},
		{second(figures.ResponseRanges(make([]float32, 3), 2)), "found 3 values of 2 neurons"},
		{second(figures.ResponseRanges(nil, 2)), "found no finite response"},
		{second(figures.Reliability([]float64{1}, []float64{1, 1}, nan)), "found 1 shares and 2 oracles"},
		{second(figures.Reliability([]float64{nan}, nil, nan)), "found 1 neurons without explainable variance"},
		{second(figures.Reliability([]float64{0.5}, []float64{1.5}, nan)), "found an oracle of 1.5 for neuron 0"},
		{second(figures.ImagePairs(nil, 2, 2)), "found no pairs"},
		{second(figures.ImagePairs([]figures.ImagePair{{First: make([]float32, 4)}}, 2, 2)), "found 4 and 0 values for pair 0; images of 2x2"},
		{second(figures.ContactSheet(nil, 2, 2)), "contact sheet: found no trials"},
		{second(figures.ContactSheet([]figures.Trial{{Image: make([]float32, 4)}}, 2, 3)), "found 4 pixels and 0 responses for trial 0; images of 2x3"},
		{second(figures.Positions([]float64{1}, nil, nil, "")), "found 1 x, 0 y, 0 values"},
		{second(figures.Positions([]float64{nan}, []float64{1}, nil, "")), "found 1 neurons without a position"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", c.err, c.want)
		}
	}
}
