package insilico_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/golden"
	"v1lab/v1model/insilico"
	"v1lab/v1model/predict"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

type meiConfig struct {
	Cell         int     `json:"cell_id"`
	LearningRate float64 `json:"learning_rate"`
	Norm         float64 `json:"norm"`
	Images       int     `json:"num_images"`
	Smoothness   float64 `json:"smoothness"`
	Stop         struct {
		Alpha    float64 `json:"alpha"`
		Patience int     `json:"patience"`
	} `json:"early_stop"`
}

type goldenConfig struct {
	Core    golden.CoreConfig `json:"core"`
	A       meiConfig         `json:"mei_a"`
	B       meiConfig         `json:"mei_b"`
	Optimal struct {
		MinSize           float64 `json:"min_size"`
		SizeIncrement     float64 `json:"size_increment"`
		Sizes             int     `json:"num_sizes"`
		MinSF             float64 `json:"min_sf"`
		SFIncrement       float64 `json:"sf_increment"`
		SF                int     `json:"num_sf"`
		MinContrast       float64 `json:"min_contrast"`
		ContrastIncrement float64 `json:"contrast_increment"`
		Contrasts         int     `json:"num_contrasts"`
		Orientations      int     `json:"num_orientations"`
		Phases            int     `json:"num_phases"`
		XStart            int     `json:"x_start"`
		XEnd              int     `json:"x_end"`
		YStart            int     `json:"y_start"`
		YEnd              int     `json:"y_end"`
	} `json:"optimal"`
	SizeContrast struct {
		MinSize           float64 `json:"min_size"`
		SizeIncrement     float64 `json:"size_increment"`
		Sizes             int     `json:"num_sizes"`
		MinContrast       float64 `json:"min_contrast"`
		ContrastIncrement float64 `json:"contrast_increment"`
		Contrasts         int     `json:"num_contrasts"`
	} `json:"size_contrast"`
	Absolute struct {
		Sizes        []float64 `json:"sizes"`
		Frequencies  []float64 `json:"spatial_frequencies"`
		Contrasts    []float64 `json:"contrasts"`
		Orientations []float64 `json:"orientations"`
		Phases       []float64 `json:"phases"`
	} `json:"gabor_absolute"`
	Relative struct {
		Sizes        []float64 `json:"sizes"`
		Frequencies  []float64 `json:"spatial_frequencies"`
		Contrasts    []float64 `json:"contrasts"`
		Orientations int       `json:"orientations"`
		Phases       int       `json:"phases"`
	} `json:"gabor_relative"`
}

// reference is the model of the golden arrays.
func reference(t testing.TB) (golden.File, goldenConfig, *v1model.Model, weights.Values) {
	t.Helper()
	f := golden.Open(t, "testdata/insilico.npz")
	var r goldenConfig
	f.Config(&r)
	config, err := v1model.Load("")
	if err != nil {
		t.Fatal(err)
	}
	config.Core, config.Readout = r.Core.Core(), readout.Config{Kind: readout.JointL1}
	m, err := v1model.New(config, v1model.Shape{Height: 12, Width: 16, Channels: 1, Neurons: 5})
	if err != nil {
		t.Fatal(err)
	}
	return f, r, m, f.Weights("var.")
}

func subject(t testing.TB, m *v1model.Model, w weights.Values) *insilico.Subject {
	t.Helper()
	s, err := insilico.New(pjrttest.Backend(t), m, w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var everyNeuron = []int{0, 1, 2, 3, 4}

func floats(a array.Array) []float32 { return a.Data.([]float32) }

// The model itself is the reference's.
func TestModelEqualsReference(t *testing.T) {
	f, _, m, w := reference(t)
	p, err := predict.New(pjrttest.Backend(t), m, w)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close() //nolint:errcheck // frees memory only
	rates, err := p.Rates(datasets.Images{N: 3, Height: 12, Width: 16, Channels: 1, Pixels: floats(f.Float32("model_check.images"))})
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "model_check.predictions", rates.Values, floats(f.Float32("model_check.predictions")), golden.Value)
}

func TestFieldsEqualReference(t *testing.T) {
	f, _, m, w := reference(t)
	s := subject(t, m, w)
	for key, image := range map[string][]float32{"gradient_rf.at_zero": nil, "gradient_rf.at_image": floats(f.Float32("gradient_rf.image"))} {
		got, err := s.Fields(context.Background(), everyNeuron, image, nil)
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, key, floats(got.Raw), floats(f.Float32(key)), golden.Value)
	}
}

func gaborsOf(f golden.File, key string) []insilico.Plaid {
	var plaids []insilico.Plaid
	for p := range slices.Chunk(f.Float64(key), 7) {
		plaids = append(plaids, insilico.Plaid{{X: p[0], Y: p[1], Size: p[2], Frequency: p[3], Contrast: p[4], Orientation: p[5], Phase: p[6]}})
	}
	return plaids
}

func TestGaborsEqualReference(t *testing.T) {
	f, r, _, _ := reference(t)
	a, b := r.Absolute, r.Relative
	grids := map[string]insilico.Grid{
		"gabor_absolute": {X: []float64{6}, Y: []float64{4}, Sizes: a.Sizes, Frequencies: a.Frequencies, Contrasts: a.Contrasts, Orientations: a.Orientations, Phases: a.Phases},
		"gabor_relative": {X: insilico.Range(5, 7), Y: insilico.Range(3, 5), Sizes: b.Sizes, Frequencies: b.Frequencies, PerSize: true, Contrasts: b.Contrasts,
			Orientations: insilico.Around(math.Pi, b.Orientations), Phases: insilico.Around(2*math.Pi, b.Phases)},
		"gabor_paper": insilico.PaperGrid(insilico.Range(27, 49), insilico.Range(5, 28)),
	}
	for key, grid := range grids {
		shape, numbers := f.Ints(key+".num_params"), f.Ints(key+".idx")
		if got := []int{len(grid.X) * len(grid.Y), len(grid.Sizes), len(grid.Frequencies), len(grid.Contrasts), len(grid.Orientations), len(grid.Phases)}; !slices.Equal(got, shape) {
			t.Errorf("%s: grid %v, want %v", key, got, shape)
		}
		all := gaborsOf(f, key+".params")
		var shown []insilico.Plaid
		for i, n := range numbers {
			want := all[i%len(all)]
			if len(all) == grid.Len() {
				want = all[n]
			}
			got := grid.At(n)
			shown = append(shown, insilico.Plaid{got})
			if d := distance(got, want[0]); d > 1e-9 {
				t.Errorf("%s: Gabor %d is %+v, want %+v", key, n, got, want[0])
			}
		}
		images := f.Float32(key + ".images")
		pictures, err := insilico.Draw(pjrttest.Backend(t), shown, images.Shape[1], images.Shape[2])
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, key+".images", pictures, floats(images), golden.Value)
	}
}

func distance(a, b insilico.Gabor) float64 {
	d := 0.0
	for _, p := range [][2]float64{{a.X, b.X}, {a.Y, b.Y}, {a.Size, b.Size}, {a.Frequency, b.Frequency}, {a.Contrast, b.Contrast}, {a.Orientation, b.Orientation}, {a.Phase, b.Phase}} {
		d = max(d, math.Abs(p[0]-p[1]))
	}
	return d
}

func optimalGrid(r goldenConfig) insilico.Grid {
	o := r.Optimal
	return insilico.Grid{X: insilico.Range(o.XStart, o.XEnd), Y: insilico.Range(o.YStart, o.YEnd), Sizes: insilico.Geometric(o.MinSize, o.SizeIncrement, o.Sizes),
		Frequencies: insilico.Geometric(o.MinSF, o.SFIncrement, o.SF), PerSize: true, Contrasts: insilico.Geometric(o.MinContrast, o.ContrastIncrement, o.Contrasts),
		Orientations: insilico.Around(math.Pi, o.Orientations), Phases: insilico.Around(2*math.Pi, o.Phases)}
}

func TestTuningEqualsReference(t *testing.T) {
	f, r, m, w := reference(t)
	s := subject(t, m, w)
	grid := optimalGrid(r)
	best, err := s.OptimalGabors(context.Background(), everyNeuron, grid, nil)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "optimal.max_response", best.Rates, floats(f.Float32("optimal.max_response")), golden.Value)
	if want := f.Ints("optimal.max_index"); !slices.Equal(best.Numbers, want) {
		t.Errorf("optimal.max_index: %v, want %v", best.Numbers, want)
	}
	var shown []insilico.Plaid
	for i, want := range gaborsOf(f, "optimal.params") {
		shown = append(shown, insilico.Plaid{best.Gabors[i]})
		if distance(best.Gabors[i], want[0]) > 1e-9 {
			t.Errorf("optimal.params: neuron %d has %+v, want %+v", i, best.Gabors[i], want[0])
		}
	}
	compareDrawn(t, f, "optimal.images", shown)

	shown = nil
	for i := range 200 {
		shown = append(shown, insilico.Plaid{grid.At(i)})
	}
	rates, err := s.Respond(make([]int, 200), shown)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "optimal.responses_unit0_first200", rates, floats(f.Float32("optimal.responses_unit0_first200")), golden.Value)

	c := r.SizeContrast
	axes := insilico.Axes{Sizes: insilico.Geometric(c.MinSize, c.SizeIncrement, c.Sizes), Contrasts: insilico.Geometric(c.MinContrast, c.ContrastIncrement, c.Contrasts), PlaidContrasts: f.Float64("plaids.contrasts")}
	tuning, err := s.TuningAround(best, axes)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "size_contrast.tuning", floats(tuning.SizeContrast), floats(f.Float32("size_contrast.tuning")), golden.Value)
	golden.Compare(t, "plaids.tuning", floats(tuning.Plaids), floats(f.Float32("plaids.tuning")), golden.Value)

	var sizes, plaids []insilico.Plaid
	for _, size := range axes.Sizes {
		for _, contrast := range axes.Contrasts {
			g := best.Gabors[1]
			g.Size, g.Contrast = size, contrast
			sizes = append(sizes, insilico.Plaid{g})
		}
	}
	for _, turned := range axes.PlaidContrasts {
		for _, contrast := range axes.PlaidContrasts {
			plaids = append(plaids, insilico.Across(best.Gabors[1], contrast, turned))
		}
	}
	compareDrawn(t, f, "size_contrast.unit1_images", sizes)
	compareDrawn(t, f, "plaids.unit1_images", plaids)
}

func compareDrawn(t *testing.T, f golden.File, key string, plaids []insilico.Plaid) {
	t.Helper()
	pictures, err := insilico.Draw(pjrttest.Backend(t), plaids, 12, 16)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, key, pictures, floats(f.Float32(key)), golden.Value)
}

func (c meiConfig) options(f golden.File, key string) insilico.MEIOptions {
	starts := floats(f.Float32(key + ".raw_0"))
	return insilico.MEIOptions{Images: c.Images, Norm: c.Norm, Smoothness: c.Smoothness, LearningRate: c.LearningRate, Patience: c.Stop.Patience, Decay: c.Stop.Alpha,
		Start: func(_, image int) []float32 { return starts[image*12*16 : (image+1)*12*16] }}
}

// The gradient on its way from the rate to what is optimised.
func TestMEIGradientsEqualReference(t *testing.T) {
	f, r, m, w := reference(t)
	s := subject(t, m, w)
	for key, c := range map[string]meiConfig{"mei_a": r.A, "mei_b": r.B} {
		o, grid := c.options(f, key), s.MapShape()
		masks, features, biases := s.Readouts(c.Cell, c.Images)
		start := f.Float32(key + ".raw_0")
		got := golden.Run(t, pjrttest.Backend(t), w, []array.Array{
			array.New(masks, c.Images, grid[0], grid[1]), array.New(features, c.Images, grid[2]), array.New(biases), array.New(floats(start), c.Images, 1, 12, 16),
		}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			g := s.Gradients(o, w, in[0], in[1], in[2], in[3])
			return map[string]*graph.Node{".loss_0": graph.ReduceAllSum(g[0]), ".grad_image_0": g[1], ".grad_whitened_0": g[2], ".grad_raw_0": g[3]}
		})
		golden.Compare(t, key+".loss_0", got[".loss_0"], floats(f.Float32(key+".loss_0")), golden.Value)
		for _, name := range []string{".grad_image_0", ".grad_whitened_0", ".grad_raw_0"} {
			golden.Compare(t, key+name, got[name], floats(f.Float32(key+name)), golden.Gradient)
		}
	}
}

// The whole loop, after as many steps as there are arrays of.
func TestMEIsEqualReference(t *testing.T) {
	f, r, m, w := reference(t)
	s := subject(t, m, w)
	for key, c := range map[string]meiConfig{"mei_a": r.A, "mei_b": r.B} {
		for _, steps := range []int{1, 2, 5, 20} {
			o := c.options(f, key)
			o.MaxSteps = steps
			got, err := s.MEIs(context.Background(), []int{c.Cell}, o)
			if err != nil {
				t.Fatal(err)
			}
			name := func(what string) string { return fmt.Sprintf("%s.%s_%d", key, what, steps) }
			golden.Compare(t, name("image"), floats(got.Images), floats(f.Float32(name("image"))), golden.Gradient)
			golden.Compare(t, name("pred"), floats(got.Rates), floats(f.Float32(name("pred"))), golden.Gradient)
			sum := float32(0)
			for i, v := range floats(got.Loss) {
				sum += v
				if n := got.Steps.Data.([]int64)[i]; n != int64(steps) {
					t.Errorf("%s: %d steps, want %d", key, n, steps)
				}
			}
			golden.Compare(t, fmt.Sprintf("%s.loss[%d]", key, steps-1), []float32{sum}, floats(f.Float32(key + ".loss"))[steps-1:steps], golden.Gradient)
		}
	}
}
