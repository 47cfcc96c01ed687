package core_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets"
	"v1lab/datasets/simulated"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/experiments/bench"
	"v1lab/v1model/features"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/kinds"
	"v1lab/v1model/weights"
)

// The example of docs/developers/core.md: between these two lines is all that a kind of core needs.
// example: begin

// energy is a core of model complex cells: the energy of a pair of Gabor filters, even and odd, at each of several orientations. Only a gain
// for each orientation is learned.
type energy struct {
	orientations  int
	wavelength    float64 // pixels
	height, width int     // of the maps
}

const energyStride = 2 // pixels

func init() {
	core.Register(kinds.About{Name: "energy", Summary: "energy of Gabor filters at core.rotations orientations (Adelson & Bergen 1985)"}, core.Kind{
		Options: []string{"wavelength"},
		Check: func(c core.Config) error {
			if v := c.Option("wavelength", 6); !(v >= 2) {
				return fmt.Errorf("core.options: wavelength %g, must be at least 2 pixels", v)
			}
			if c.Rotations < 1 {
				return fmt.Errorf("core.rotations: %d, must be at least 1", c.Rotations)
			}
			return nil
		},
		New: func(c core.Config, height, width, channels int) (core.Core, error) {
			if channels != 1 {
				return nil, fmt.Errorf("core.kind: energy, images with %d channels; accepted: 1", channels)
			}
			up := func(pixels int) int { return (pixels + energyStride - 1) / energyStride }
			return energy{c.Rotations, c.Option("wavelength", 6), up(height), up(width)}, nil
		},
	})
}

func (e energy) Specs() []weights.Spec {
	return []weights.Spec{{Name: "core/gain", Shape: []int{e.orientations}, Trainable: true, Init: weights.Constant(1)}}
}

func (e energy) OutputShape() (height, width, channels int) {
	return e.height, e.width, e.orientations
}

func (e energy) Apply(w weights.Nodes, images *Node, _ bool) core.Output {
	part := func(phase float64) *Node {
		filters := ConvertDType(Const(images.Graph(), e.gabors(phase)), images.DType())
		return Square(Convolve(images, filters).Strides(energyStride).PadSame().Done())
	}
	sum := Add(part(0), part(math.Pi/2))
	return core.Output{Maps: Mul(sum, Reshape(w.Get("core/gain"), 1, 1, 1, e.orientations))}
}

func (e energy) Penalties(weights.Nodes, core.Output) (smoothness, sparsity []*Node) {
	return nil, nil
}

// gabors are filters of one phase, [size, size, 1, orientations].
func (e energy) gabors(phase float64) [][][][]float32 {
	const half = 4
	filters := make([][][][]float32, 2*half+1)
	for y := range filters {
		for x := range filters {
			pixel := make([]float32, e.orientations)
			for r := range pixel {
				sin, cos := math.Sincos(math.Pi * float64(r) / float64(e.orientations))
				dx, dy := float64(x-half), float64(y-half)
				pixel[r] = float32(0.1 * math.Exp(-(dx*dx+dy*dy)/8) * math.Cos(2*math.Pi*(cos*dx-sin*dy)/e.wavelength+phase))
			}
			filters[y] = append(filters[y], [][]float32{pixel})
		}
	}
	return filters
}

// example: end

func TestTheDocumentHasThisExample(t *testing.T) {
	document, err := os.ReadFile("../../docs/developers/core.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("own_core_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(source), "// example: begin\n")
	example, _, _ := strings.Cut(rest, "// example: end\n")
	if !strings.Contains(string(document), "```go\n"+strings.TrimSpace(example)+"\n```") {
		t.Error("docs/developers/core.md: the example is not the code between the two lines of own_core_test.go; copy it there")
	}
}

// A core from another package is fitted, predicts and is shown stimuli; what it lacks is said in one line.
func TestACoreFromElsewhere(t *testing.T) {
	ctx, backend := context.Background(), pjrttest.Backend(t)
	c := simulated.Default()
	c.Neurons, c.Images, c.Val, c.Test, c.Height, c.Width = 4, 60, 20, 10, 16, 16
	data, err := simulated.Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := datasets.Normalise(data); err != nil {
		t.Fatal(err)
	}
	config, err := v1model.Load("quickstart", "core.kind=energy", "core.rotations=4", "core.options.wavelength=5", "fit.batch=20", "fit.validate_every=5", "fit.max_steps=10")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run")
	if _, _, err := fit.Run(ctx, backend, data, config, path, fit.Options{}); err != nil {
		t.Fatal(err)
	}

	run, err := fitted.Open(ctx, path, fitted.Options{Device: fitted.On(backend), Recordings: fitted.WithRecording(data)})
	if err != nil {
		t.Fatal(err)
	}
	if got := run.Config.Core; got.Source != "v1lab/v1model/core_test" || got.Option("wavelength", 0) != 5 || got.Evaluation != nil {
		t.Errorf("recorded: source %q, options %v, evaluation %v", got.Source, got.Options, got.Evaluation)
	}
	if !config.SameFit(run.Config) {
		t.Error("the run is not the one that was asked for")
	}
	m, w, err := run.Fitted()
	if err != nil {
		t.Fatal(err)
	}
	if gain := w.Float32("core/gain"); gain[0] == 1 {
		t.Errorf("gains %v have not moved", gain)
	}
	defer run.Close() //nolint:errcheck // frees memory only
	if rates, err := run.Rates(ctx, data.Test.Images); err != nil || len(rates.Values) != 40 {
		t.Errorf("%d rates, %v", len(rates.Values), err)
	}
	inSilico(t, run)

	const lacks = `core.kind: "energy" lacks core.`
	_, errFilters := run.Filters(ctx)
	_, errGroups := run.Cluster(ctx, features.Options{})
	_, errTurns := v1model.EquivarianceError(backend, m, w, 1)
	_, errCount := bench.Count(m)
	for want, err := range map[string]error{"Filtered, which a picture of the filters needs": errFilters, "Oriented, which grouping neurons": errGroups,
		"Oriented, which equivariance needs": errTurns, "Counted, which counting operations needs": errCount} {
		if err == nil || !strings.Contains(err.Error(), lacks+want) {
			t.Errorf("error %v, want %s", err, lacks+want)
		}
	}
	config.Readout.MaskInit = "sta"
	if _, err := v1model.New(config, m.Shape); err == nil || !strings.HasPrefix(err.Error(), `readout.mask_init: sta needs a core whose positions are pixels`) {
		t.Errorf("masks from spike-triggered averages on every other pixel: %v", err)
	}
}

// inSilico computes receptive fields and most exciting images over the whole field, as the core says nothing of its geometry.
func inSilico(t *testing.T, run *fitted.Run) {
	s, err := run.Subject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := make([]float32, 16*16)
	weights.TruncatedNormal(1)(weights.Stream(1, "image"), at)
	f, err := s.Fields(context.Background(), []int{0, 1}, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	largest := float32(0)
	for _, v := range f.Raw.Data.([]float32) {
		largest = max(largest, v, -v)
	}
	if !(largest > 0) || f.Dead[0] || f.Dead[1] {
		t.Errorf("largest gradient %g, dead %v", largest, f.Dead)
	}
	e, err := s.MEIs(context.Background(), []int{1}, insilico.MEIOptions{Images: 1, MaxSteps: 3, LearningRate: 0.1})
	if err != nil || e.Steps.Data.([]int64)[0] != 3 {
		t.Errorf("steps %v, %v", e, err)
	}
}

// A program without the kind says which package it needs; a name that the kind does not know is an error.
func TestOwnKindsAreChecked(t *testing.T) {
	if _, err := v1model.ParseResolved([]byte("core: {kind: ring, source: example.org/ring}")); err == nil || !strings.HasPrefix(err.Error(), `core.kind: "ring" is defined in example.org/ring, which this program does not have`) {
		t.Errorf("a kind that is not there: %v", err)
	}
	for setting, want := range map[string]string{
		"core.options.wavelength=1": "core.options: wavelength 1, must be at least 2 pixels",
		"core.options.phase=1":      `core.options: found "phase"; accepted: wavelength`,
		"core.options.phase=up":     "accepted: a value of type float64",
		"core.options=3":            "accepted: a mapping",
	} {
		if _, err := v1model.Load("quickstart", "core.kind=energy", setting); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", setting, err, want)
		}
	}
	both, err := v1model.Load("quickstart", "core.kind=energy", "core.options.wavelength=8", "core.options.wavelength=7")
	if err != nil || both.Core.Option("wavelength", 0) != 7 {
		t.Errorf("options %v, %v", both.Core.Options, err)
	}
	other := both
	other.Core.Options = map[string]float64{"wavelength": 6}
	if err := other.Core.Reusable(both.Core); err == nil || err.Error() != "core.options: found map[wavelength:6]; accepted: map[wavelength:7], as it was fitted" {
		t.Errorf("another wavelength: %v", err)
	}
	if _, err := core.New(core.Config{Kind: "misnamed"}, 8, 8, 1); err == nil || !strings.Contains(err.Error(), `has a variable "readout/gain"; accepted: names that begin with core/`) {
		t.Errorf("error %v", err)
	}
}

// misnamed is a core whose variable has the name of another part's.
type misnamed struct{ energy }

func init() {
	core.Register(kinds.About{Name: "misnamed"}, core.Kind{New: func(core.Config, int, int, int) (core.Core, error) { return misnamed{}, nil }})
}

func (misnamed) Specs() []weights.Spec {
	return []weights.Spec{{Name: "readout/gain", Shape: []int{1}}}
}

// A core that says more is used for more: with Oriented, cell types are found.
func TestCapabilities(t *testing.T) {
	c, err := core.New(core.Config{Kind: "energy", Rotations: 3}, 9, 9, 1)
	if err != nil {
		t.Fatal(err)
	}
	if n, known := core.Rotations(c); n != 1 || known {
		t.Errorf("%d rotations, known: %v", n, known)
	}
	for _, kind := range []string{core.Hermite, core.Rotated, core.CNN} {
		config := core.Config{Kind: kind, Rotations: 4, Upsampling: 2, FilterSizes: []int{5, 3}, Features: []int{2, 3}, Strides: []int{1, 1}, Padding: []string{"same", "same"},
			Activations: []string{"softplus", "none"}, SmoothRel: []float64{1, 1}, SparseRel: []float64{1, 1}}
		if kind == core.CNN {
			config.Rotations = 1
		}
		c, err := core.New(config, 12, 10, 1)
		if err != nil {
			t.Fatal(err)
		}
		if n, known := core.Rotations(c); n != config.Rotations || !known {
			t.Errorf("%s: %d rotations, known: %v", kind, n, known)
		}
		if g, want := c.(core.Local).Geometry(), (core.Geometry{Stride: 1, Low: [2]int{3, 3}, Field: 7, LowBeforeLinear: [2]int{2, 2}}); g != want {
			t.Errorf("%s: geometry %+v, want %+v", kind, g, want)
		}
		part, err := c.(core.Resizable).Resize(core.Layout{Height: 9, Width: 8, Unpadded: true})
		if err != nil {
			t.Fatal(err)
		}
		if h, w, _ := part.OutputShape(); h != 3 || w != 2 {
			t.Errorf("%s: maps of 9x8 pixels without padding are %dx%d", kind, h, w)
		}
		if _, err := c.(core.Resizable).Resize(core.Layout{Height: 4, Width: 8, Unpadded: true}); err == nil {
			t.Errorf("%s: no error for an image smaller than the filters", kind)
		}
		if len(c.(core.Counted).Operations().Layers) != 2 || len(core.All()) < 3 {
			t.Errorf("%s: %+v", kind, c.(core.Counted).Operations())
		}
	}
}
