package readout_test

import (
	"math"
	"slices"
	"testing"

	"v1lab/datasets"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// spots is a recording of neurons that see one pixel of white noise each; a neuron at a negative pixel never responds.
func spots(pixels ...int) *datasets.Dataset {
	const n, height, width = 1500, 40, 50
	rng := weights.Stream(1, "spots")
	im := datasets.Images{N: n, Height: height, Width: width, Channels: 1, Pixels: make([]float32, n*height*width)}
	for i := range im.Pixels {
		im.Pixels[i] = float32(rng.NormFloat64())
	}
	resp := datasets.Responses{N: n, Neurons: len(pixels), Values: make([]float32, n*len(pixels))}
	for i := range n {
		for j, p := range pixels {
			if p >= 0 {
				resp.At(i)[j] = max(0, im.At(i)[p])
			}
		}
	}
	return &datasets.Dataset{Train: datasets.Part{Images: im, Responses: resp}}
}

// Masks from spike-triggered averages peak where a neuron sees, cropped to the maps; the seed moves the noise alone; a silent neuron
// has noise alone.
func TestStartMasksFindReceptiveFields(t *testing.T) {
	data := spots(12*50+30, 25*50+14, -1)
	for _, size := range [][2]int{{40, 50}, {30, 40}} {
		r := sized(t, readout.Config{Kind: readout.Dense, MaskInit: readout.STA}, size[0], size[1], 2, 3)
		start := func(seed uint64) weights.Values {
			values := weights.Init(r.Specs(), 5)
			startFrom(t, r, values, data, seed)
			if silent := startBiases(values, data); !slices.Equal(silent, []int{2}) {
				t.Errorf("silent %v, want neuron 2", silent)
			}
			return values
		}
		one, same, other := start(1).Float32(readout.Masks), start(1).Float32(readout.Masks), start(2).Float32(readout.Masks)
		if !slices.Equal(one, same) || slices.Equal(one, other) {
			t.Error("masks don't follow from the seed")
		}
		for n, want := range [][2]int{{12, 30}, {25, 14}} {
			mask := one[n*size[0]*size[1] : (n+1)*size[0]*size[1]]
			at := slices.Index(mask, slices.Max(mask))
			row, column := at/size[1]+(40-size[0])/2, at%size[1]+(50-size[1])/2
			if d := math.Hypot(float64(row-want[0]), float64(column-want[1])); d > 4 || mask[at] < 0.08 || mask[at] > 0.15 {
				t.Errorf("maps %v, neuron %d: largest value %g at row %d, column %d; want about 0.1 at %v", size, n, mask[at], row, column, want)
			}
		}
		sum := 0.0
		for _, v := range one[2*size[0]*size[1]:] {
			sum += float64(v) * float64(v) / float64(size[0]*size[1])
		}
		if sd := math.Sqrt(sum); math.Abs(sd-0.01) > 0.001 {
			t.Errorf("silent neuron: SD %g, want that of the noise, 0.01", sd)
		}
	}
}

func TestStartNamesWhatDoesNotFit(t *testing.T) {
	config := readout.Config{Kind: readout.JointL1, MaskInit: readout.STA}
	cortex := readout.Config{Kind: readout.Gaussian, Grid: readout.Cortex}
	for want, c := range map[string]struct {
		config                 readout.Config
		height, width, neurons int
		places                 []datasets.Neuron
	}{
		"readout.mask_init: sta, images of 40x50 are smaller than feature maps of 41x50":        {config, 41, 50, 2, nil},
		"readout.mask_init: sta, responses of 2 neurons to 1500 images; want 3 neurons":         {config, 40, 50, 3, nil},
		"readout.grid: cortex, the data know the places of 0 neurons of 2; accepted: independe": {cortex, 4, 5, 2, nil},
		"readout.grid: cortex, the place of neuron 1 is (NaN, 2); accepted: independent, or":    {cortex, 4, 5, 2, []datasets.Neuron{{}, {X: math.NaN(), Y: 2}}},
	} {
		r := sized(t, c.config, c.height, c.width, 1, c.neurons)
		data := spots(1, 2)
		data.Neurons = c.places
		fails(t, r.(readout.Starter).Start(weights.Init(r.Specs(), 1), data, 1), want)
	}
}

// Neurons all in one place, as a recording of one neuron has them, are in the middle of cortex.
func TestOnePlaceOnCortexIsItsMiddle(t *testing.T) {
	r := sized(t, readout.Config{Kind: readout.Gaussian, Grid: readout.Cortex}, 4, 5, 1, 2)
	data, values := spots(1, 2), weights.Init(r.Specs(), 1)
	data.Neurons = []datasets.Neuron{{X: 7, Y: -3}, {X: 7, Y: -3}}
	startFrom(t, r, values, data, 1)
	if p := values.Float32(readout.CortexPlaces); !slices.Equal(p, make([]float32, 4)) {
		t.Errorf("places %v, want zeros", p)
	}
}

// Start values are those of the images that a neuron was recorded with.
func TestStartLeavesOutWhatIsMissing(t *testing.T) {
	half, whole := spots(12*50+30), spots(12*50+30)
	im, resp := &half.Train.Images, &half.Train.Responses
	n := im.N / 2
	for i := n; i < im.N; i++ {
		whole.Train.Responses.Values[i] = float32(math.NaN())
	}
	im.Pixels, resp.Values = im.Pixels[:n*im.Size()], resp.Values[:n]
	im.N, resp.N = n, n
	r := sized(t, readout.Config{Kind: readout.Dense, MaskInit: readout.STA}, 40, 50, 2, 1)
	start := func(d *datasets.Dataset) weights.Values {
		values := weights.Init(r.Specs(), 5)
		startFrom(t, r, values, d, 1)
		if silent := startBiases(values, d); silent != nil {
			t.Fatalf("silent %v", silent)
		}
		return values
	}
	want, got := start(half), start(whole)
	if a, b := want.Float32(readout.Biases)[0], got.Float32(readout.Biases)[0]; a != b {
		t.Errorf("bias %g, want %g", b, a)
	}
	for i, v := range got.Float32(readout.Masks) {
		if w := want.Float32(readout.Masks)[i]; math.Abs(float64(v-w)) > 1e-6 {
			t.Fatalf("mask[%d] = %g, want %g", i, v, w)
		}
	}
}
