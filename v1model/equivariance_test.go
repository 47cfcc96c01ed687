package v1model_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// fresh is a model with start values for small images, from the quickstart preset and settings.
func fresh(t *testing.T, settings ...string) (*v1model.Model, weights.Values) {
	t.Helper()
	config, err := v1model.Load("quickstart", settings...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, v1model.Shape{Height: 16, Width: 20, Channels: 1, Neurons: 1})
	if err != nil {
		t.Fatal(err)
	}
	values, _ := m.Init([]float32{1})
	return m, values
}

// oneLayer are the settings of a plain CNN with one linear 3x3 filter.
var oneLayer = []string{"core.kind=cnn", "core.rotations=1", "core.filter_sizes=3", "core.features=1", "core.strides=1", "core.padding=same",
	"core.activations=none", "core.smoothness_rel=1", "core.sparsity_rel=1"}

// smoothFilters replaces start values in pixels, white noise that no grid could turn by 45 degrees, by gratings in Gaussian windows.
func smoothFilters(m *v1model.Model, values weights.Values) {
	for _, s := range m.Core.Specs() {
		if !strings.HasSuffix(s.Name, "/weights") {
			continue
		}
		rng, size, area := weights.Stream(1, s.Name), s.Shape[0], s.Shape[0]*s.Shape[0]
		filters := s.Size() / area
		for f := range filters {
			frequency, angle, phase := rng.Float64(), 2*math.Pi*rng.Float64(), 2*math.Pi*rng.Float64()
			for i := range area {
				x, y := float64(i%size)-float64(size-1)/2, float64(i/size)-float64(size-1)/2
				window := math.Exp(-(x*x + y*y) / (2 * float64(size*size) / 36))
				values.Float32(s.Name)[i*filters+f] = float32(0.3 * window * math.Cos(frequency*(x*math.Cos(angle)+y*math.Sin(angle))+phase))
			}
		}
	}
}

func TestEquivarianceErrorOfEachCore(t *testing.T) {
	for _, c := range []struct {
		name            string
		settings        []string
		turns           int
		quarter, eighth [2]float64 // accepted range
	}{
		{"hermite", nil, 7, [2]float64{0, 1e-5}, [2]float64{1e-4, 0.3}},
		{"hermite with even filters and strides", []string{"core.filter_sizes=6,3,2", "core.strides=2,1,2"}, 7, [2]float64{0, 1e-5}, [2]float64{1e-4, 0.5}},
		{"stride on an even map", []string{"core.padding=same,same,same", "core.strides=1,2,1"}, 7, [2]float64{0.02, 1}, [2]float64{1e-4, 0.5}},
		{"even filter with padding", []string{"core.padding=same,same,same", "core.filter_sizes=7,4,5"}, 7, [2]float64{0.02, 1}, [2]float64{1e-4, 0.5}},
		{"padding", []string{"core.padding=same,same,same"}, 7, [2]float64{0, 1e-5}, [2]float64{1e-4, 0.5}},
		{"turned bilinearly", []string{"core.kind=rotated", "core.interpolation=bilinear"}, 7, [2]float64{0, 1e-5}, [2]float64{1e-3, 0.6}},
		{"turned by the nearest pixel", []string{"core.kind=rotated"}, 7, [2]float64{0, 1e-5}, [2]float64{0.6, 2}},
		{"four orientations", []string{"core.rotations=4"}, 3, [2]float64{0, 1e-5}, [2]float64{math.NaN()}},
		{"three orientations", []string{"core.rotations=3", "core.features=1,1,1"}, 2, [2]float64{math.NaN()}, [2]float64{math.NaN()}},
		{"cnn", []string{"core.kind=cnn", "core.rotations=1"}, 7, [2]float64{0.3, 3}, [2]float64{0.3, 3}},
	} {
		if testing.Short() && c.name != "hermite" && c.name != "stride on an even map" {
			continue
		}
		m, values := fresh(t, c.settings...)
		smoothFilters(m, values)
		e, err := v1model.EquivarianceError(pjrttest.Backend(t), m, values, 1)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		t.Logf("%s: quarter turns %.2g (rates %.2g, one position %.2g), eighth turns %.2g", c.name, e.Quarter, e.Rates, e.Position, e.Eighth)
		for what, got := range map[string]struct {
			value    float64
			accepted [2]float64
		}{"quarter": {float64(e.Quarter), c.quarter}, "eighth": {float64(e.Eighth), c.eighth}} {
			if a := got.accepted; math.IsNaN(a[0]) != math.IsNaN(got.value) || got.value < a[0] || got.value > a[1] {
				t.Errorf("%s: %s turns: error %g, want within %g", c.name, what, got.value, a)
			}
		}
		if p := float64(e.Position); strings.Contains(c.name, "even") && p > 1e-5 {
			t.Errorf("%s: error %g at one position, want rounding alone", c.name, p)
		}
		if q, r := float64(e.Quarter), float64(e.Rates); (q > 1e-3) != (r > 1e-3) {
			t.Errorf("%s: error %g of the maps, %g of the rates", c.name, q, r)
		}
		if len(e.Angles) != c.turns || e.Angles[0].Degrees != 360/float64(c.turns+1) {
			t.Errorf("%s: turns %v, want %d", c.name, e.Angles, c.turns)
		}
	}
}

// A filter that takes the slope along x answers a picture turned by half a turn with the opposite sign: twice the answer is the
// error. A quarter turn makes it an unrelated number: the square root of 2.
func TestEquivarianceErrorOfKnownFilters(t *testing.T) {
	m, values := fresh(t, oneLayer...)
	for _, c := range []struct {
		name          string
		filter        []float32
		quarter, half [2]float64
	}{
		{"slope", []float32{0, 0, 0, -1, 0, 1, 0, 0, 0}, [2]float64{1.1, 1.8}, [2]float64{1.99, 2.1}},
		{"ring", []float32{1, 1, 1, 1, 0, 1, 1, 1, 1}, [2]float64{0, 1e-5}, [2]float64{0, 1e-5}},
	} {
		values["core/conv0/weights"] = array.New(c.filter, 3, 3, 1, 1)
		e, err := v1model.EquivarianceError(pjrttest.Backend(t), m, values, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range map[int][2]float64{1: c.quarter, 3: c.half} {
			if got := e.Angles[i]; float64(got.Error) < want[0] || float64(got.Error) > want[1] {
				t.Errorf("%s: %+v, want within %g", c.name, got, want)
			}
		}
	}
}

// Batch normalisation that treats orientations differently shows as an error.
func TestEquivarianceErrorSeesUnequalOrientations(t *testing.T) {
	m, values := fresh(t, "core.rotations=4")
	gamma := values.Float32("core/conv1/BatchNorm/gamma")
	for i := range gamma[:len(gamma)/4] {
		gamma[i] = 2
	}
	e, err := v1model.EquivarianceError(pjrttest.Backend(t), m, values, 1)
	if err != nil || e.Quarter < 0.05 {
		t.Errorf("%+v, %v: want an error of more than 0.05", e, err)
	}
	data, err := json.Marshal(e)
	if err != nil || !strings.Contains(string(data), `"eighth":null,"turns":[{"degrees":90,"error":0.`) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestEquivarianceErrorNamesWhatIsWrong(t *testing.T) {
	m, values := fresh(t, oneLayer...)
	values["core/conv0/weights"] = array.New(make([]float32, 9), 3, 3, 1, 1)
	if _, err := v1model.EquivarianceError(pjrttest.Backend(t), m, values, 1); err == nil || !strings.Contains(err.Error(), "do not depend on the image") {
		t.Errorf("dead core: error %v", err)
	}
	values["core/conv0/weights"] = array.New([]float32{0, 0, 0, 0, float32(math.NaN()), 0, 0, 0, 0}, 3, 3, 1, 1)
	if _, err := v1model.EquivarianceError(pjrttest.Backend(t), m, values, 1); err == nil || !strings.Contains(err.Error(), "not finite") {
		t.Errorf("NaN: error %v", err)
	}
	delete(values, "core/conv0/weights")
	if _, err := v1model.EquivarianceError(pjrttest.Backend(t), m, values, 1); err == nil || !strings.Contains(err.Error(), `"core/conv0/weights" is missing`) {
		t.Errorf("missing: error %v", err)
	}
}
