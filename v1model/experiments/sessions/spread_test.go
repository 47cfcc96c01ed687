package sessions

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/datasets/stats"
	"v1lab/v1model/score"
)

// noisy returns a target of unit variance and predictions that correlate with it by r.
func noisy(images, neurons int, r float64, seeds ...uint64) (target datasets.Responses, m prediction) {
	rng := rand.New(rand.NewPCG(9, 9))
	target = datasets.Responses{N: images, Neurons: neurons, Values: make([]float32, images*neurons)}
	for i := range target.Values {
		target.Values[i] = float32(rng.NormFloat64())
	}
	m.name = "noisy"
	for _, seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 9))
		p := datasets.Responses{N: images, Neurons: neurons, Values: make([]float32, images*neurons)}
		for i, v := range target.Values {
			p.Values[i] = 3 + 2*float32(r*float64(v)+math.Sqrt(1-r*r)*rng.NormFloat64())
		}
		m.rates = append(m.rates, p)
	}
	return target, m
}

// The standard error over images is that of theory; of a difference between models that make the same errors there is none.
func TestSpread(t *testing.T) {
	const images, neurons, r = 240, 50, 0.4
	target, m := noisy(images, neurons, r, 1)
	_, two := noisy(images, neurons, 0.3, 2, 3)
	two.name = "two"
	target.Values[7] = float32(math.NaN())
	e, d := spread(target, []prediction{m, two, m})
	corr, err := score.Correlation(m.rates[0], target)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(float64(e[0].Mean)-stats.Mean(corr)) > 1e-6 || math.Abs(float64(e[0].Neurons)-stats.SD(corr)) > 1e-6 || !math.IsNaN(float64(e[0].Seeds)) || !(e[1].Seeds > 0) {
		t.Errorf("%+v, score says %g, SD %g", e[0], stats.Mean(corr), stats.SD(corr))
	}
	theory := (1 - r*r) / math.Sqrt(images*neurons)
	if ratio := float64(e[0].Images) / theory; ratio < 0.85 || ratio > 1.2 {
		t.Errorf("standard error over images %g, want about %g", float64(e[0].Images), theory)
	}
	if !(e[0].Together > e[0].Images) {
		t.Errorf("drawing neurons, too, gives %g, images alone %g", float64(e[0].Together), float64(e[0].Images))
	}
	if len(d) != 2 || d[0].Name != "two" || math.Abs(float64(d[0].Mean-e[0].Mean+e[1].Mean)) > 1e-9 || d[1].Mean != 0 || d[1].Together != 0 || d[1].Better != 0 || !(d[0].Better > 0.5) {
		t.Errorf("%+v", d)
	}
	again, _ := spread(target, []prediction{m})
	if again[0].Images != e[0].Images || again[0].Together != e[0].Together {
		t.Error("other models change a model's numbers")
	}
}

// In one session of macaque V4, 300 images were shown twice. The pack says how their two averages correlate.
func TestCeilingOfV4(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "v4", "v4_190925.npz")
	if _, err := os.Stat(path); os.IsNotExist(err) {
		t.Skip("no recordings beside this checkout")
	}
	for options, want := range map[string]string{"": "300 images that were shown twice", "?clean_leaks=true": "166 images that were shown twice"} {
		d, err := formats.Open("npz:" + path + options)
		if err != nil {
			t.Fatal(err)
		}
		ceiling, from, err := ceilingOf(d)
		if err != nil {
			t.Fatal(err)
		}
		squares := 0.0
		for _, c := range ceiling {
			squares += c * c / float64(len(ceiling))
		}
		if from != want || math.Abs(squares-0.785) > 0.02 || options == "" && math.Abs(squares-0.785) > 0.0005 {
			t.Errorf("%s: averages correlate %.4f, want .785; from %q", options, squares, from)
		}
	}
	d, err := formats.Open("simulated:?neurons=3&images=50&val=10&test=10&repeats=1&height=16&width=16")
	if err != nil {
		t.Fatal(err)
	}
	if _, from, err := ceilingOf(d); err != nil || from != "" {
		t.Errorf("no repeats and no pairs: %q, %v", from, err)
	}
}
