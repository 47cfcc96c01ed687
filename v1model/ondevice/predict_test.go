package ondevice_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/golden"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/weights"
)

const height, width, neurons = 7, 6, 3

func tiny(t *testing.T) (*v1model.Model, weights.Values) {
	t.Helper()
	config, err := v1model.Load("quickstart", "core.rotations=4", "core.filter_sizes=3,2", "core.features=2,1", "core.strides=1,1", "core.padding=valid,same",
		"core.activations=softplus,none", "core.smoothness_rel=1,1", "core.sparsity_rel=1,1")
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, v1model.Shape{Height: height, Width: width, Channels: 1, Neurons: neurons})
	if err != nil {
		t.Fatal(err)
	}
	w, _ := m.Init([]float32{1, 0.5, 2})
	for name := range w { // far from the start, where all neurons are alike
		rng := weights.Stream(1, name)
		for i := range w.Float32(name) {
			w.Float32(name)[i] += float32(0.3 * rng.Float64())
		}
	}
	return m, w
}

func open(t *testing.T, m *v1model.Model, w weights.Values) *ondevice.Model {
	t.Helper()
	p, err := ondevice.New(pjrttest.Backend(t), m, w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func noise(n int) datasets.Images {
	im := datasets.Images{N: n, Height: height, Width: width, Channels: 1, Pixels: make([]float32, n*height*width)}
	weights.TruncatedNormal(1)(weights.Stream(2, "images"), im.Pixels)
	return im
}

// An image's rates do not depend on the images beside it, in one chunk or another.
func TestRatesDoNotDependOnChunks(t *testing.T) {
	m, w := tiny(t)
	p := open(t, m, w)
	images := noise(2*256 + 41)
	all, err := p.Rates(context.Background(), images)
	if err != nil {
		t.Fatal(err)
	}
	if all.N != images.N || all.Neurons != neurons || len(all.Values) != images.N*neurons {
		t.Fatalf("%d values for [%d, %d]", len(all.Values), all.N, all.Neurons)
	}
	for _, i := range []int{0, 1, 255, 256, 511, 512, 552} {
		one := images
		one.N, one.Pixels = 1, images.At(i)
		rates, err := p.Rates(context.Background(), one)
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, "rates", all.At(i), rates.Values, 1e-6)
	}
	slices.Sort(all.Values)
	if !(all.Values[0] > 0) || len(slices.Compact(all.Values)) < images.N {
		t.Error("rates are not positive, or alike")
	}
}

// The covariance of feature maps equals one computed in plain Go from the maps, over more than one chunk.
func TestCovariance(t *testing.T) {
	m, w := tiny(t)
	images := noise(256 + 9)
	got, err := open(t, m, w).Covariance(context.Background(), images)
	if err != nil {
		t.Fatal(err)
	}
	maps := golden.Run(t, pjrttest.Backend(t), w, []array.Array{array.New(images.Pixels, images.N, height, width, 1)}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		return map[string]*graph.Node{"maps": m.Core.Apply(w, in[0], false).Maps}
	})["maps"]
	_, _, channels := m.Core.OutputShape()
	rows := float64(len(maps) / channels)
	mean := make([]float64, channels)
	for i, v := range maps {
		mean[i%channels] += float64(v) / rows
	}
	want := make([]float32, channels*channels)
	for c := range channels {
		for d := range channels {
			sum := 0.0
			for i := 0; i < len(maps); i += channels {
				sum += (float64(maps[i+c]) - mean[c]) * (float64(maps[i+d]) - mean[d])
			}
			want[c*channels+d] = float32(sum / rows)
		}
	}
	narrow := make([]float32, len(got))
	for i, v := range got {
		narrow[i] = float32(v)
	}
	golden.Compare(t, "covariance", narrow, want, 1e-5)
}

// Filters turn: the first layer's filter at orientation r+1 is that at r turned by a quarter, for four orientations.
func TestFilters(t *testing.T) {
	m, w := tiny(t)
	filters, err := open(t, m, w).Filters()
	if err != nil {
		t.Fatal(err)
	}
	if len(filters) != 2 || !slices.Equal(filters[0].Shape, []int{3, 3, 1, 8}) || !slices.Equal(filters[1].Shape, []int{2, 2, 8, 4}) {
		t.Fatalf("filters %v", filters)
	}
	first := filters[0].Data.([]float32)
	at := func(y, x, r, feature int) float32 { return first[(y*3+x)*8+r*2+feature] }
	var got, want []float32
	for r := range 3 {
		for y := range 3 {
			for x := range 3 {
				for feature := range 2 {
					got, want = append(got, at(y, x, r+1, feature)), append(want, at(x, 2-y, r, feature))
				}
			}
		}
	}
	golden.Compare(t, "turned filters", got, want, 1e-6)
}

func TestBadInputIsNamed(t *testing.T) {
	m, w := tiny(t)
	p := open(t, m, w)
	wide := datasets.Images{N: 1, Height: width, Width: height, Channels: 1, Pixels: make([]float32, height*width)}
	for want, images := range map[string]datasets.Images{
		"images are 6x7 with 1 channels, the model was made for 7x6 with 1": wide,
		"no images to predict": {Height: height, Width: width, Channels: 1},
	} {
		if _, err := p.Rates(context.Background(), images); err == nil || err.Error() != want {
			t.Errorf("rates: error %v, want %q", err, want)
		}
		if _, err := p.Covariance(context.Background(), images); err == nil || err.Error() != want {
			t.Errorf("covariance: error %v, want %q", err, want)
		}
	}
	delete(w, "readout/masks")
	if _, err := ondevice.New(pjrttest.Backend(t), m, w); err == nil || err.Error() != `weights: variable "readout/masks" is missing` {
		t.Errorf("error %v", err)
	}
}

// What ends early says how far it came, and the model stays usable.
func TestStopped(t *testing.T) {
	m, w := tiny(t)
	p := open(t, m, w)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Rates(ended, noise(3)); !errors.Is(err, context.Canceled) || err.Error() != "rates: stopped after 0 of 3 images: context canceled" {
		t.Errorf("error %v", err)
	}
	if _, err := p.Rates(context.Background(), noise(3)); err != nil {
		t.Error(err)
	}
}

// A program is laid out once under its name, and takes inputs of any shape.
func TestProgramsAreKept(t *testing.T) {
	m, w := tiny(t)
	p, laid := open(t, m, w), 0
	for n := 1; n < 4; n++ {
		program, err := p.Program("double", func() (ondevice.Function, error) {
			laid++
			return func(_ weights.Nodes, in []*graph.Node) []*graph.Node { return []*graph.Node{graph.MulScalar(in[0], 2)} }, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		results, err := program.Call(tensors.FromFlatDataAndDimensions(make([]float32, n), n))
		if err != nil {
			t.Fatal(err)
		}
		if values, err := ondevice.ToHost[float32](results[0]); err != nil || len(values) != n {
			t.Errorf("%d values come back as %v (%v)", n, values, err)
		}
	}
	if laid != 1 {
		t.Errorf("laid out %d times", laid)
	}
	wrong := errors.New("cannot")
	if _, err := p.Program("none", func() (ondevice.Function, error) { return nil, wrong }); !errors.Is(err, wrong) {
		t.Errorf("error %v", err)
	}
}
