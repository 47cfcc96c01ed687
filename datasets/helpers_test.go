package datasets_test

import (
	"math/rand/v2"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// recording makes a dataset that Check has nothing to say about: noise images, responses with signal and noise, real repeats.
func recording(seed uint64) *datasets.Dataset {
	const height, width, neurons, repeats = 3, 4, 12, 5
	rng := rand.New(rand.NewPCG(seed, 1))
	images := func(n int) datasets.Images {
		im := datasets.Images{N: n, Height: height, Width: width, Channels: 1, Pixels: make([]float32, n*height*width)}
		for i := range im.Pixels {
			im.Pixels[i] = float32(127 + 40*rng.NormFloat64())
		}
		return im
	}
	trials := func(im datasets.Images, repeats int) []float32 {
		values := make([]float32, 0, repeats*im.N*neurons)
		for range repeats {
			for i := range im.N {
				for j := range neurons {
					signal := max(0, (im.At(i)[j]-127)/40)
					values = append(values, signal*float32(1+j%3)+float32(rng.ExpFloat64()))
				}
			}
		}
		return values
	}
	part := func(n int) datasets.Part {
		im := images(n)
		return datasets.Part{Images: im, Responses: datasets.Responses{N: n, Neurons: neurons, Values: trials(im, 1)}}
	}
	d := &datasets.Dataset{Train: part(600), Val: part(60)}
	d.Test.Images = images(40)
	d.Test.Responses = datasets.Repeats{Repeats: repeats, N: 40, Neurons: neurons, Values: trials(d.Test.Images, repeats)}
	return d
}

type golden map[string]array.Array

func readGolden(t *testing.T, path string) golden {
	t.Helper()
	arrays, err := array.ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	return arrays
}

func (g golden) floats(t *testing.T, key string) []float64 {
	t.Helper()
	a, ok := g[key]
	if !ok {
		t.Fatalf("golden array %s is missing", key)
	}
	values, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func (g golden) images(t *testing.T, key string) datasets.Images {
	shape := g[key].Shape
	return datasets.Images{N: shape[0], Height: shape[1], Width: shape[2], Channels: 1, Pixels: narrow(g.floats(t, key))}
}

func (g golden) responses(t *testing.T, key string) datasets.Responses {
	shape := g[key].Shape
	return datasets.Responses{N: shape[0], Neurons: shape[1], Values: narrow(g.floats(t, key))}
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

func widen(values []float32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}
