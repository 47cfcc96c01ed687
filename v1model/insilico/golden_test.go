package insilico_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/golden"
	"v1lab/v1model/insilico"
	"v1lab/v1model/ondevice"
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
	Plaids struct {
		MinContrast       float64 `json:"min_contrast"`
		ContrastIncrement float64 `json:"contrast_increment"`
		Contrasts         int     `json:"num_contrasts"`
	} `json:"plaids"`
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

// reference is the file of golden arrays, its model, and which of the arrays were compared or used to compute.
type reference struct {
	golden.File
	config  goldenConfig
	model   *v1model.Model
	weights weights.Values
	used    map[string]bool
}

func open(t testing.TB, used map[string]bool) reference {
	t.Helper()
	r := reference{File: golden.Open(t, "testdata/insilico.npz"), used: used}
	r.Config(&r.config)
	config, err := v1model.Load("")
	if err != nil {
		t.Fatal(err)
	}
	config.Core, config.Readout = r.config.Core.Core(), readout.Config{Kind: readout.JointL1}
	if r.model, err = v1model.New(config, v1model.Shape{Height: 12, Width: 16, Channels: 1, Neurons: 5}); err != nil {
		t.Fatal(err)
	}
	r.weights = r.Weights("var.")
	if err := r.weights.Check(r.model.Specs()); err != nil {
		t.Fatal(err)
	}
	for _, k := range r.Keys() {
		if k == "config" || strings.HasPrefix(k, "var.") {
			used[k] = true
		}
	}
	return r
}

func (r reference) floats(key string) []float32 {
	r.used[key] = true
	return floats(r.Float32(key))
}

func (r reference) doubles(key string) []float64 {
	r.used[key] = true
	return r.Float64(key)
}

func (r reference) ints(key string) []int {
	r.used[key] = true
	return r.Ints(key)
}

func (r reference) gabors(key string) []insilico.Plaid {
	var plaids []insilico.Plaid
	for p := range slices.Chunk(r.doubles(key), 7) {
		plaids = append(plaids, insilico.Plaid{{X: p[0], Y: p[1], Size: p[2], Frequency: p[3], Contrast: p[4], Orientation: p[5], Phase: p[6]}})
	}
	return plaids
}

func subject(t testing.TB, m *v1model.Model, w weights.Values) *insilico.Subject {
	t.Helper()
	s, err := insilico.New(device(t, m, w))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// device puts a model on the device for the time of a test.
func device(t testing.TB, m *v1model.Model, w weights.Values) *ondevice.Model {
	t.Helper()
	d, err := ondevice.New(pjrttest.Backend(t), m, w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

var everyNeuron = []int{0, 1, 2, 3, 4}

func floats(a array.Array) []float32 { return a.Data.([]float32) }

// Everything the reference computed: the model itself, receptive fields, stimuli, tuning, most exciting images.
func TestEqualsReference(t *testing.T) {
	used := map[string]bool{}
	for name, part := range map[string]func(*testing.T, reference){
		"model": modelEquals, "fields": fieldsEqual, "gabors": gaborsEqual, "tuning": tuningEquals, "mei start": startEquals, "mei steps": stepsEqual,
	} {
		t.Run(name, func(t *testing.T) { part(t, open(t, used)) })
	}
	for _, k := range open(t, used).Keys() {
		if !used[k] {
			t.Errorf("reference array %s was not compared", k)
		}
	}
}

func modelEquals(t *testing.T, r reference) {
	rates, err := device(t, r.model, r.weights).Rates(context.Background(), datasets.Images{N: 3, Height: 12, Width: 16, Channels: 1, Pixels: r.floats("model_check.images")})
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "model_check.predictions", rates.Values, r.floats("model_check.predictions"), golden.Value)
}

func fieldsEqual(t *testing.T, r reference) {
	s := subject(t, r.model, r.weights)
	for key, image := range map[string][]float32{"gradient_rf.at_zero": nil, "gradient_rf.at_image": r.floats("gradient_rf.image")} {
		got, err := s.Fields(context.Background(), everyNeuron, image, nil)
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, key, floats(got.Raw), r.floats(key), golden.Value)
	}
}

// sizes of a grid as the reference counts them: all places together.
func sizes(g insilico.Grid) []int {
	return []int{len(g.X) * len(g.Y), len(g.Sizes), len(g.Frequencies), len(g.Contrasts), len(g.Orientations), len(g.Phases)}
}

func gaborsEqual(t *testing.T, r reference) {
	a, b := r.config.Absolute, r.config.Relative
	grids := map[string]insilico.Grid{
		"gabor_absolute": {X: []float64{6}, Y: []float64{4}, Sizes: a.Sizes, Frequencies: a.Frequencies, Contrasts: a.Contrasts, Orientations: a.Orientations, Phases: a.Phases},
		"gabor_relative": {X: insilico.Range(5, 7), Y: insilico.Range(3, 5), Sizes: b.Sizes, Frequencies: b.Frequencies, PerSize: true, Contrasts: b.Contrasts,
			Orientations: insilico.Periodic(math.Pi, b.Orientations), Phases: insilico.Periodic(2*math.Pi, b.Phases)},
		"gabor_paper": insilico.PaperGrid(insilico.Range(27, 49), insilico.Range(5, 28)),
	}
	for key, grid := range grids {
		if got, want := sizes(grid), r.ints(key+".num_params"); !slices.Equal(got, want) {
			t.Errorf("%s: grid %v, want %v", key, got, want)
		}
		if name := key + ".locations"; r.Has(name) {
			var places []int
			perPlace := grid.Len() / sizes(grid)[0]
			for i := range sizes(grid)[0] {
				g := grid.At(i * perPlace)
				places = append(places, int(g.X), int(g.Y))
			}
			if want := r.ints(name); !slices.Equal(places, want) {
				t.Errorf("%s: %v, want %v", name, places, want)
			}
		}
		numbers, rows := r.ints(key+".idx"), r.gabors(key+".params")
		if len(rows) == len(numbers) { // rows of the pictures alone
			for i, n := range numbers {
				sameGabor(t, fmt.Sprintf("%s.params: Gabor %d", key, n), grid.At(n), rows[i][0])
			}
		} else { // of the whole grid
			if len(rows) != grid.Len() {
				t.Fatalf("%s.params: %d rows, the grid has %d Gabors", key, len(rows), grid.Len())
			}
			for n, row := range rows {
				sameGabor(t, fmt.Sprintf("%s.params: Gabor %d", key, n), grid.At(n), row[0])
			}
		}
		var shown []insilico.Plaid
		for _, n := range numbers {
			shown = append(shown, insilico.Plaid{grid.At(n)})
		}
		shape := r.Float32(key + ".images").Shape
		pictures, err := insilico.Draw(pjrttest.Backend(t), shown, shape[1], shape[2])
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, key+".images", pictures, r.floats(key+".images"), golden.Value)
	}
}

func sameGabor(t *testing.T, what string, got, want insilico.Gabor) {
	t.Helper()
	for _, p := range [][2]float64{{got.X, want.X}, {got.Y, want.Y}, {got.Size, want.Size}, {got.Frequency, want.Frequency}, {got.Contrast, want.Contrast}, {got.Orientation, want.Orientation}, {got.Phase, want.Phase}} {
		if !(math.Abs(p[0]-p[1]) <= 1e-9) {
			t.Errorf("%s is %+v, want %+v", what, got, want)
			return
		}
	}
}

func optimalGrid(c goldenConfig) insilico.Grid {
	o := c.Optimal
	return insilico.Grid{X: insilico.Range(o.XStart, o.XEnd), Y: insilico.Range(o.YStart, o.YEnd), Sizes: insilico.Geometric(o.MinSize, o.SizeIncrement, o.Sizes),
		Frequencies: insilico.Geometric(o.MinSF, o.SFIncrement, o.SF), PerSize: true, Contrasts: insilico.Geometric(o.MinContrast, o.ContrastIncrement, o.Contrasts),
		Orientations: insilico.Periodic(math.Pi, o.Orientations), Phases: insilico.Periodic(2*math.Pi, o.Phases)}
}

func tuningEquals(t *testing.T, r reference) {
	s := subject(t, r.model, r.weights)
	grid := optimalGrid(r.config)
	if got, want := sizes(grid), r.ints("optimal.num_params"); !slices.Equal(got, want) {
		t.Errorf("optimal.num_params: grid %v, want %v", got, want)
	}
	best, err := s.OptimalGabors(context.Background(), everyNeuron, grid, insilico.SearchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "optimal.max_response", best.Rates, r.floats("optimal.max_response"), golden.Value)
	if want := r.ints("optimal.max_index"); !slices.Equal(best.Indices, want) {
		t.Errorf("optimal.max_index: %v, want %v", best.Indices, want)
	}
	var shown []insilico.Plaid
	for i, want := range r.gabors("optimal.params") {
		shown = append(shown, insilico.Plaid{best.Gabors[i]})
		sameGabor(t, fmt.Sprintf("optimal.params: that of neuron %d", i), best.Gabors[i], want[0])
	}
	r.compareDrawn(t, "optimal.images", shown)

	shown = nil
	for i := range 200 {
		shown = append(shown, insilico.Plaid{grid.At(i)})
	}
	rates, err := s.Respond(make([]int, 200), shown)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "optimal.responses_unit0_first200", rates, r.floats("optimal.responses_unit0_first200"), golden.Value)

	c, p := r.config.SizeContrast, r.config.Plaids
	axes := insilico.Axes{Sizes: insilico.Geometric(c.MinSize, c.SizeIncrement, c.Sizes), Contrasts: insilico.Geometric(c.MinContrast, c.ContrastIncrement, c.Contrasts),
		PlaidContrasts: append([]float64{0}, insilico.Geometric(p.MinContrast, p.ContrastIncrement, p.Contrasts)...)}
	for i, want := range r.doubles("plaids.contrasts") {
		if i >= len(axes.PlaidContrasts) || math.Abs(axes.PlaidContrasts[i]-want) > 1e-9 {
			t.Errorf("plaids.contrasts: %v, want %g at place %d", axes.PlaidContrasts, want, i)
		}
	}
	tuning, err := s.TuningAround(best, axes)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "size_contrast.tuning", floats(tuning.SizeContrast), r.floats("size_contrast.tuning"), golden.Value)
	golden.Compare(t, "plaids.tuning", floats(tuning.Plaids), r.floats("plaids.tuning"), golden.Value)

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
			plaids = append(plaids, insilico.OrthogonalPlaid(best.Gabors[1], contrast, turned))
		}
	}
	r.compareDrawn(t, "size_contrast.unit1_images", sizes)
	r.compareDrawn(t, "plaids.unit1_images", plaids)
}

func (r reference) compareDrawn(t *testing.T, key string, plaids []insilico.Plaid) {
	t.Helper()
	pictures, err := insilico.Draw(pjrttest.Backend(t), plaids, 12, 16)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, key, pictures, r.floats(key), golden.Value)
}

func (c meiConfig) options(r reference, key string) insilico.MEIOptions {
	starts := r.floats(key + ".raw_0")
	return insilico.MEIOptions{Images: c.Images, Norm: c.Norm, Smoothness: c.Smoothness, LearningRate: c.LearningRate, Patience: c.Stop.Patience, Decay: c.Stop.Alpha,
		Start: func(_, image int) []float32 { return starts[image*12*16 : (image+1)*12*16] }}
}

// startEquals compares what the first step computes: the image shown, its rate and penalty, and the gradient on its way from the rate to what is optimised.
func startEquals(t *testing.T, r reference) {
	s := subject(t, r.model, r.weights)
	for key, c := range map[string]meiConfig{"mei_a": r.config.A, "mei_b": r.config.B} {
		o, grid := c.options(r, key), s.MapShape()
		masks, features, biases := s.Readouts(c.Cell, c.Images)
		got := golden.Run(t, pjrttest.Backend(t), r.weights, []array.Array{
			array.New(masks, c.Images, grid[0], grid[1]), array.New(features, c.Images, grid[2]), array.New(biases), array.New(r.floats(key+".raw_0"), c.Images, 1, 12, 16),
		}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			return s.FirstStep(o, w, in[0], in[1], in[2], in[3])
		})
		for name, values := range got {
			tolerance := golden.Value
			if strings.HasPrefix(name, "grad") {
				tolerance = golden.Gradient
			}
			golden.Compare(t, key+"."+name, values, r.floats(key+"."+name), tolerance)
		}
		var gains []float32
		for _, g := range insilico.Gains(12, 16) {
			gains = append(gains, float32(g))
		}
		golden.Compare(t, key+".whitening_F", gains, r.floats(key+".whitening_F"), golden.Value)
	}
}

// stepsEqual compares the whole loop: the loss of every step, and images, rates and what was optimised after as many steps as there are arrays of.
func stepsEqual(t *testing.T, r reference) {
	s := subject(t, r.model, r.weights)
	for key, c := range map[string]meiConfig{"mei_a": r.config.A, "mei_b": r.config.B} {
		o := c.options(r, key)
		losses := make([]float32, 20)
		for i := range losses {
			steps := i + 1
			o.MaxSteps = steps
			got, err := s.MEIs(context.Background(), []int{c.Cell}, o)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range floats(got.Loss) {
				losses[i] += v
				if n := got.Steps.Data.([]int64)[k]; n != int64(steps) {
					t.Errorf("%s: %d steps, want %d", key, n, steps)
				}
			}
			name := func(what string) string { return fmt.Sprintf("%s.%s_%d", key, what, steps) }
			if !r.Has(name("image")) {
				continue
			}
			golden.Compare(t, name("image"), floats(got.Images), r.floats(name("image")), golden.Gradient)
			golden.Compare(t, name("pred"), floats(got.Rates), r.floats(name("pred")), golden.Gradient)
			optimised, err := s.Optimised([]int{c.Cell}, o)
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, name("raw"), optimised, r.floats(name("raw")), golden.Gradient)
		}
		golden.Compare(t, key+".loss", losses, r.floats(key+".loss"), golden.Gradient)
	}
}
