package ridge_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/datasets/stats"
	"v1lab/v1model/ridge"
	"v1lab/v1model/score"
)

// Sessions of macaque V4, which lie beside the checkout if at all. The numbers are those of a regression in NumPy with the same rule.
func TestV4(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "data", "v4")
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		t.Skip("no recordings beside this checkout")
	}
	for session, want := range map[string]float64{"201025": 0.199, "210305": 0.360, "210621": 0.166} {
		if testing.Short() && session != "210305" {
			continue
		}
		d, err := formats.Open(fmt.Sprintf("npz:%s?val=val_clean&test=test_clean", filepath.Join(folder, "v4_"+session+".npz")))
		if err != nil {
			t.Fatal(err)
		}
		fit, err := ridge.Run(d)
		if err != nil {
			t.Fatal(err)
		}
		corr, err := score.TestCorrelation(fit.Test, d.Test.Responses)
		if err != nil {
			t.Fatal(err)
		}
		got := stats.Mean(corr)
		t.Logf("V4 %s: test correlation %.4f with strength %g", session, got, fit.Strength)
		if math.Abs(got-want) > 0.0015 || fit.AtEdge {
			t.Errorf("V4 %s: test correlation %.4f, want %.3f; strength %g", session, got, want, fit.Strength)
		}
	}
}

// linear is a recording of linear neurons. Half of them were recorded with the first images only.
func linear(n int) *datasets.Dataset {
	rng := rand.New(rand.NewPCG(1, 2))
	const side, neurons = 6, 4
	weights := make([]float32, side*side*neurons)
	for i := range weights {
		weights[i] = float32(rng.NormFloat64())
	}
	part := func(n int) datasets.Part {
		im := datasets.Images{N: n, Height: side, Width: side, Channels: 1, Pixels: make([]float32, n*side*side)}
		for i := range im.Pixels {
			im.Pixels[i] = float32(rng.NormFloat64())
		}
		r := datasets.Responses{N: n, Neurons: neurons, Values: make([]float32, n*neurons)}
		for i := range n {
			for j := range neurons {
				r.At(i)[j] = 7
				for p, v := range im.At(i) {
					r.At(i)[j] += v * weights[p*neurons+j]
				}
			}
		}
		return datasets.Part{Images: im, Responses: r}
	}
	d := &datasets.Dataset{Train: part(n), Val: part(30)}
	test := part(30)
	d.Test = datasets.TestPart{Images: test.Images, Responses: datasets.Repeats{Repeats: 1, N: 30, Neurons: neurons, Values: test.Responses.Values}}
	for i := n * 3 / 4; i < n; i++ {
		d.Train.Responses.At(i)[1], d.Train.Responses.At(i)[3] = float32(math.NaN()), float32(math.NaN())
	}
	return d
}

// With more images than pixels and with fewer, linear neurons are found as far as the images tell.
func TestLinearNeurons(t *testing.T) {
	for n, least := range map[int]float64{80: 0.999, 30: 0.5} {
		d := linear(n)
		fit, err := ridge.Run(d)
		if err != nil {
			t.Fatal(err)
		}
		corr, err := score.TestCorrelation(fit.Test, d.Test.Responses)
		if err != nil {
			t.Fatal(err)
		}
		if stats.Mean(corr) < least || fit.Test.N != 30 || fit.Val.N != 30 {
			t.Errorf("%d images: correlations %v with strength %g", n, corr, fit.Strength)
		}
		if got := fit.Test.At(3)[0] - float32(d.Test.Responses.At(0, 3)[0]); n == 80 && math.Abs(float64(got)) > 0.5 {
			t.Errorf("prediction is %g off", got)
		}
	}
	d := linear(40)
	d.Train.Images.N--
	if _, err := ridge.Run(d); err == nil {
		t.Error("a faulty recording passed")
	}
}

func Example() {
	d, err := formats.Open("simulated:?neurons=5&images=200&val=40&test=20&height=16&width=16")
	if err != nil {
		fmt.Println(err)
		return
	}
	fit, err := ridge.Run(d)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(fit.Test.N, "images,", fit.Test.Neurons, "neurons, at the edge of the strengths:", fit.AtEdge)
	// Output: 20 images, 5 neurons, at the edge of the strengths: false
}
