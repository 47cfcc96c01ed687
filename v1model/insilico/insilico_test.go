package insilico_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/insilico"
	"v1lab/v1model/loss"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// small is a model whose masks are spots of a few pixels at the given places, and 0 elsewhere.
func small(t *testing.T, height, width int, places [][2]int, settings ...string) (*v1model.Model, weights.Values) {
	t.Helper()
	config, err := v1model.Load("quickstart", append([]string{"core.rotations=4", "core.features=2,2,3", "core.filter_sizes=5,3,3"}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, v1model.Shape{Height: height, Width: width, Channels: 1, Neurons: len(places)})
	if err != nil {
		t.Fatal(err)
	}
	w := weights.Init(m.Specs(), 3)
	for name, a := range w { // far from the start, where all neurons are alike
		rng := weights.Stream(1, name)
		for i := range a.Data.([]float32) {
			w.Float32(name)[i] += float32(0.3 * rng.Float64())
		}
	}
	h, wide, _ := m.Core.OutputShape()
	masks := w.Float32(readout.Masks)
	for n, p := range places {
		for i := range h * wide {
			if dy, dx := i/wide-p[0], i%wide-p[1]; dy < 0 || dy > 1 || dx < 0 || dx > 2 {
				masks[n*h*wide+i] = 0
			}
		}
	}
	return m, w
}

func meis(t *testing.T, s *insilico.Subject, neurons []int, o insilico.MEIOptions) *insilico.MEIs {
	t.Helper()
	got, err := s.MEIs(context.Background(), neurons, o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What is computed inside a window around what a neuron sees equals what is computed over the whole field: in the middle and at every border, with
// every padding. Weights too small to matter outside of the spots make the window as large as the field.
func TestWindowsAreExact(t *testing.T) {
	for name, c := range map[string]struct {
		height, width int
		places        [][2]int
		settings      []string
	}{
		"same":    {26, 31, [][2]int{{12, 14}, {0, 0}, {24, 28}, {0, 17}, {11, 1}, {23, 3}, {5, 20}}, []string{"core.padding=same,same,same"}},
		"valid":   {20, 23, [][2]int{{5, 6}, {0, 0}, {10, 12}}, nil},
		"mixed":   {24, 24, [][2]int{{9, 9}, {0, 2}, {20, 17}}, []string{"core.padding=same,valid,same", "core.filter_sizes=4,3,2"}},
		"curved":  {24, 24, [][2]int{{9, 9}, {0, 2}, {20, 17}}, []string{"core.padding=same,same,same", "core.activations=softplus,none,elu"}},
		"strides": {24, 24, [][2]int{{3, 3}, {0, 0}}, []string{"core.padding=same,same,same", "core.strides=1,2,1"}},
		"dilated": {30, 30, [][2]int{{14, 14}, {0, 1}}, []string{"core.padding=same,same,same", "core.kind=cnn", "core.rotations=1", "core.upsampling=0", "core.features=5,6,7", "core.dilations=1,2,2"}},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "same" && name != "strides" {
				t.Skip("one core of each stride does")
			}
			m, w := small(t, c.height, c.width, c.places, c.settings...)
			neurons, _ := insilico.ParseNeurons("", len(c.places)) //nolint:errcheck // all of them
			o := insilico.MEIOptions{Images: 2, MaxSteps: 6, LearningRate: 0.1, Batch: 8}
			windowed := meis(t, subject(t, m, w), neurons, o)
			for i, v := range w.Float32(readout.Masks) {
				if v == 0 {
					w.Float32(readout.Masks)[i] = 1e-20
				}
			}
			whole := meis(t, subject(t, m, w), neurons, o)
			golden.Compare(t, "images", floats(windowed.Images), floats(whole.Images), golden.Gradient)
			golden.Compare(t, "rates", floats(windowed.Rates), floats(whole.Rates), golden.Value)
			golden.Compare(t, "loss", floats(windowed.Loss), floats(whole.Loss), golden.Value)
		})
	}
}

// All images together take the steps that the images of one neuron take one by one, through the whole model, with the link of any loss.
func TestOneByOneIsTheSame(t *testing.T) {
	for _, about := range loss.All() {
		m, w := small(t, 20, 20, twoPlaces, "fit.loss="+about.Name)
		s := subject(t, m, w)
		o := insilico.MEIOptions{Images: 3, MaxSteps: 8, LearningRate: 0.1}
		together := meis(t, s, []int{1}, o)
		for _, plain := range []bool{false, true} {
			one, err := s.OneByOne(context.Background(), 1, plain, o)
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, "images", floats(one.Images), floats(together.Images), golden.Gradient)
			golden.Compare(t, "rates", floats(one.Rates), floats(together.Rates), golden.Value)
			golden.Compare(t, "loss", floats(one.Loss), floats(together.Loss), golden.Value)
			if !slices.Equal(one.Steps.Data.([]int64), together.Steps.Data.([]int64)) {
				t.Errorf("%s: steps %v, together %v", about.Name, one.Steps.Data, together.Steps.Data)
			}
		}
		if _, err := s.OneByOne(context.Background(), 3, false, o); err == nil || !strings.Contains(err.Error(), "neuron 3 does not exist; accepted: 0 to 2") {
			t.Errorf("error %v", err)
		}
	}
}

var twoPlaces = [][2]int{{5, 6}, {2, 3}, {4, 4}}

// Images stop one by one, and do not depend on the images beside them.
func TestImagesAreIndependent(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	o := insilico.MEIOptions{Images: 5, MaxSteps: 600, Patience: 4, Batch: 9}
	all := meis(t, s, []int{0, 1, 2}, o)
	steps := slices.Clone(all.Steps.Data.([]int64))
	slices.Sort(steps)
	if steps[0] < 6 || steps[14] > 600 || len(slices.Compact(steps)) < 3 {
		t.Errorf("steps %v: want some that end early, each in its time", all.Steps.Data)
	}
	for i := range 15 {
		length := 0.0
		for _, v := range floats(all.Images)[i*400 : (i+1)*400] {
			length += float64(v) * float64(v)
		}
		if math.Abs(math.Sqrt(length)-12) > 1e-3 {
			t.Errorf("image %d has norm %g, want 12", i, math.Sqrt(length))
		}
	}
	o.Batch = 2
	one := meis(t, s, []int{1}, o)
	golden.Compare(t, "images", floats(one.Images), floats(all.Images)[5*400:10*400], 1e-2)
	golden.Compare(t, "rates", floats(one.Rates), floats(all.Rates)[5:10], 1e-3)
	// The ascent ascends: well above the answers to where it began.
	o.MaxSteps = 1
	for i, v := range floats(meis(t, s, []int{1}, o).Rates) {
		if after := floats(one.Rates)[i]; !(after > v) {
			t.Errorf("image %d excites %g in the end, %g in the beginning", i, after, v)
		}
	}
}

// Stopped at any time, the work goes on where it was and ends with the same images; what belongs to other settings is refused.
func TestResume(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	partial := filepath.Join(t.TempDir(), "mei.npz.partial")
	o := insilico.MEIOptions{Images: 4, MaxSteps: 70, LearningRate: 0.3, Batch: 8, Partial: partial}
	whole := meis(t, s, []int{0, 2}, insilico.MEIOptions{Images: 4, MaxSteps: 70, LearningRate: 0.3, Batch: 8})

	ctx, cancel := context.WithCancel(context.Background())
	first := o
	first.Progress = func(insilico.Progress) { cancel() }
	_, err := s.MEIs(ctx, []int{0, 2}, first)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "kept in "+partial) {
		t.Fatalf("stopped: %v", err)
	}
	other := o
	other.Norm = 10
	if _, err := s.MEIs(context.Background(), []int{0, 2}, other); err == nil || !strings.Contains(err.Error(), partial+" is of another run, other neurons or other settings") {
		t.Errorf("other settings: %v", err)
	}
	var reports []insilico.Progress
	o.Progress = func(p insilico.Progress) { reports = append(reports, p) }
	again := meis(t, s, []int{0, 2}, o)
	golden.Compare(t, "images", floats(again.Images), floats(whole.Images), golden.Gradient)
	if !slices.Equal(again.Steps.Data.([]int64), whole.Steps.Data.([]int64)) {
		t.Errorf("steps %v, want %v", again.Steps.Data, whole.Steps.Data)
	}
	if last := reports[len(reports)-1]; last.Done != 8 || last.Total != 8 || last.Left != 0 {
		t.Errorf("last report %+v", last)
	}
	if _, err := os.Stat(partial); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("unfinished work is still there: %v", err)
	}
	if err := os.WriteFile(partial, []byte("PK"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.MEIs(context.Background(), []int{0, 2}, o); err == nil || !strings.Contains(err.Error(), partial) || !strings.Contains(err.Error(), "remove the file to begin anew") {
		t.Errorf("damaged: %v", err)
	}
}

// A search that was stopped goes on where it was and ends with the same Gabors; what belongs to another grid or model, or to other neurons, is refused.
func TestSearchGoesOn(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	grid := insilico.SmallGrid(insilico.Range(8, 11), insilico.Range(8, 10))
	whole, err := s.OptimalGabors(context.Background(), []int{0, 1, 2}, grid, insilico.SearchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	partial := filepath.Join(t.TempDir(), "tuning.npz.partial")
	stop := func() {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := s.OptimalGabors(ctx, []int{0, 1, 2}, grid, insilico.SearchOptions{Partial: partial, Progress: func(insilico.Progress) { cancel() }})
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), " of 4608 Gabors, kept in "+partial) {
			t.Fatalf("stopped: %v", err)
		}
	}
	stop()
	stop()
	other := grid
	other.Contrasts = []float64{3}
	if _, err := s.OptimalGabors(context.Background(), []int{0}, other, insilico.SearchOptions{Partial: partial}); err == nil || !strings.Contains(err.Error(), partial+" is of another run or another grid") {
		t.Errorf("another grid: %v", err)
	}
	if _, err := s.OptimalGabors(context.Background(), []int{0}, grid, insilico.SearchOptions{Partial: partial}); err == nil || !strings.Contains(err.Error(), "or of other neurons") {
		t.Errorf("other neurons: %v", err)
	}
	var reports []insilico.Progress
	again, err := s.OptimalGabors(context.Background(), []int{0, 1, 2}, grid, insilico.SearchOptions{Partial: partial, Progress: func(p insilico.Progress) { reports = append(reports, p) }})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again.Indices, whole.Indices) || !slices.Equal(again.Rates, whole.Rates) {
		t.Errorf("went on to %v with %v, unbroken %v with %v", again.Indices, again.Rates, whole.Indices, whole.Rates)
	}
	// Each of the calls before showed 256; only what was left is shown now.
	if first, last := reports[0], reports[len(reports)-1]; first.Done <= 512 || last.Done != 4608 || last.Left != 0 {
		t.Errorf("first report %+v, last %+v", first, last)
	}
	if _, err := os.Stat(partial); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("unfinished work is still there: %v", err)
	}
	if err := os.WriteFile(partial, []byte("PK"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OptimalGabors(context.Background(), []int{0}, grid, insilico.SearchOptions{Partial: partial}); err == nil || !strings.Contains(err.Error(), partial) || !strings.Contains(err.Error(), "remove the file to begin anew") {
		t.Errorf("damaged: %v", err)
	}
}

// What is turned into arrays and back is the same.
func TestArchives(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	clear(w.Float32(readout.Features)[12:24]) // neuron 1 is dead
	s := subject(t, m, w)
	images := meis(t, s, []int{2, 1}, insilico.MEIOptions{Images: 2, MaxSteps: 2})
	back, err := insilico.MEIsFromArrays(images.Arrays())
	if d := cmp.Diff(images, back, cmpopts.EquateNaNs()); err != nil || d != "" {
		t.Errorf("%v: %s", err, d)
	}
	tuning, err := s.Tuning(context.Background(), []int{2, 1}, insilico.SmallGrid([]float64{10}, []float64{9}), insilico.Axes{}, insilico.SearchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	same, err := insilico.TuningFromArrays(tuning.Arrays())
	if d := cmp.Diff(tuning, same, cmpopts.EquateNaNs()); err != nil || d != "" {
		t.Errorf("%v: %s", err, d)
	}
	for want, change := range map[string]func(map[string]array.Array){
		`no array "phases"`: func(a map[string]array.Array) { delete(a, "phases") },
		"grey: ":            func(a map[string]array.Array) { a["grey"] = array.Scalar("none") },
		"plaids: [2, 3]; accepted: [2, 10, 10], of 2 neurons and the axes": func(a map[string]array.Array) { a["plaids"] = array.New(make([]float32, 6), 2, 3) },
		"1, with 2 rates, for 2 neurons":                                   func(a map[string]array.Array) { a["optimal"] = array.New(make([]float64, 7), 1, 7) },
	} {
		arrays := tuning.Arrays()
		change(arrays)
		if _, err := insilico.TuningFromArrays(arrays); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	arrays := images.Arrays()
	arrays["rates"] = array.New(make([]float32, 3), 3)
	if _, err := insilico.MEIsFromArrays(arrays); err == nil || !strings.Contains(err.Error(), "images [2, 2, 20, 20] with rates [3] and steps [2, 2] for 2 neurons") {
		t.Errorf("rates of other neurons: %v", err)
	}
}

// A neuron without weights is marked everywhere, and does not disturb the others.
func TestDeadNeuronsAreMarked(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	clear(w.Float32(readout.Features)[12:24]) // neuron 1
	s := subject(t, m, w)
	all, want := []int{0, 1, 2}, []bool{false, true, false}
	gap := func(what string, a array.Array, dead []bool) {
		t.Helper()
		if !slices.Equal(dead, want) {
			t.Errorf("%s: dead %v, want %v", what, dead, want)
		}
		size := a.Len() / 3
		for i, v := range floats(a) {
			if isNaN := v != v; isNaN != want[i/size] {
				t.Fatalf("%s: value %d of neuron %d is %v", what, i%size, i/size, v)
			}
		}
	}
	f, err := s.Fields(context.Background(), all, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	gap("raw", f.Raw, f.Dead)
	gap("masked", f.Masked, f.Dead)
	e := meis(t, s, all, insilico.MEIOptions{Images: 2, MaxSteps: 3})
	gap("images", e.Images, e.Dead)
	gap("rates", e.Rates, e.Dead)
	if steps := e.Steps.Data.([]int64); !slices.Equal(steps, []int64{3, 3, 0, 0, 3, 3}) {
		t.Errorf("steps %v", steps)
	}
	axes := insilico.Axes{Orientations: []float64{0, 1}, Frequencies: []float64{.1}, Phases: []float64{0}, Sizes: []float64{5, 9}, Contrasts: []float64{1}, PlaidContrasts: []float64{0, 1}}
	tuning, err := s.Tuning(context.Background(), all, insilico.SmallGrid([]float64{10}, []float64{9, 10}), axes, insilico.SearchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]array.Array{"orientation": tuning.Orientation, "sizes": tuning.SizeContrast, "plaids": tuning.Plaids, "grey": array.New(tuning.Grey)} {
		gap(name, a, tuning.Optimal.Dead)
	}
	if tuning.Optimal.Indices[1] != -1 {
		t.Errorf("the dead neuron's Gabor has number %d", tuning.Optimal.Indices[1])
	}
	if p := insilico.Preferred(tuning.Orientation, axes.Orientations); !math.IsNaN(p[1]) || math.IsNaN(p[0]) {
		t.Errorf("preferred orientations %v", p)
	}
	// All of them dead is no error either.
	if dead := meis(t, s, []int{1}, insilico.MEIOptions{}); !dead.Dead[0] {
		t.Error("not dead when alone")
	}
}

// Masked fields lie where the mask is: with valid padding the mask's first position is centred half a receptive field into the image.
func TestMaskedFields(t *testing.T) {
	m, w := small(t, 20, 20, [][2]int{{5, 6}})
	f, err := subject(t, m, w).Fields(context.Background(), []int{0}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	half := m.Core.(core.Local).Geometry().Field / 2
	for i, v := range floats(f.Masked) {
		y, x := i/20-half, i%20-half
		inside := y >= 5 && y <= 6 && x >= 6 && x <= 8
		if raw := floats(f.Raw)[i]; !inside && v != 0 || math.Abs(float64(v)) > math.Abs(float64(raw)) {
			t.Fatalf("pixel %d, %d: %g masked, %g raw", i/20, i%20, v, raw)
		}
	}
	if slices.Max(floats(f.Masked)) == 0 && slices.Min(floats(f.Masked)) == 0 {
		t.Error("nothing is left")
	}
}

// A gradient is what a small change of one pixel changes.
func TestFieldsAtAnImage(t *testing.T) {
	m, w := small(t, 16, 16, [][2]int{{2, 2}, {3, 1}}, "core.padding=same,same,same")
	s := subject(t, m, w)
	at := make([]float32, 256)
	weights.TruncatedNormal(1)(weights.Stream(2, "image"), at)
	f, err := s.Fields(context.Background(), []int{1, 0}, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	grey, err := s.Fields(context.Background(), []int{1, 0}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(floats(f.Raw), floats(grey.Raw)) {
		t.Error("the same field at an image as at grey")
	}
	if _, err := s.Fields(context.Background(), []int{0}, at[1:], nil); err == nil || !strings.Contains(err.Error(), "the image has 255 values; accepted: 256") {
		t.Errorf("a short image: %v", err)
	}
}

// gaborNeurons are neurons that each sum the image under one Gabor, of each channel its share.
func gaborNeurons(t *testing.T, gabors []insilico.Gabor, shares ...float32) *insilico.Subject {
	t.Helper()
	if shares == nil {
		shares = []float32{1}
	}
	const size = 25
	config, err := v1model.Load("quickstart", "core.kind=cnn", "core.rotations=1", "core.upsampling=0", "core.filter_sizes=25", "core.features=4", "core.strides=1",
		"core.padding=valid", "core.activations=none", "core.smoothness_rel=1", "core.sparsity_rel=0")
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, v1model.Shape{Height: size, Width: size, Channels: len(shares), Neurons: len(gabors)})
	if err != nil {
		t.Fatal(err)
	}
	w := weights.Init(m.Specs(), 1)
	for n, g := range gabors {
		filter, err := insilico.Draw(pjrttest.Backend(t), []insilico.Plaid{{g}}, size, size)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range filter {
			for c, share := range shares {
				w.Float32("core/conv0/weights")[(i*len(shares)+c)*4+n] = share * v
			}
		}
		w.Float32(readout.Masks)[n] = 0.05
		for f := range 4 {
			w.Float32(readout.Features)[n*4+f] = 0
		}
		w.Float32(readout.Features)[n*4+n] = 1
	}
	return subject(t, m, w)
}

// In colour, all channels show the Gabor: neurons that take a share of each channel respond as those that take all of a grey image.
func TestTuningInColour(t *testing.T) {
	truth := []insilico.Gabor{{X: 12, Y: 12, Size: 12, Frequency: 0.13, Contrast: 1, Orientation: 0.7, Phase: 2.1}, {X: 12, Y: 12, Size: 10, Frequency: 0.1, Contrast: 1, Orientation: 2, Phase: 1}}
	grid := insilico.SmallGrid([]float64{12}, []float64{12})
	of := func(shares ...float32) *insilico.Tuning {
		tuning, err := gaborNeurons(t, truth, shares...).Tuning(t.Context(), []int{0, 1}, grid, insilico.Axes{}, insilico.SearchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return tuning
	}
	grey, colour := of(), of(0.2, 0.3, 0.5)
	for i, v := range grey.Orientation.Data.([]float32) {
		if got := colour.Orientation.Data.([]float32)[i]; math.Abs(float64(got/v-1)) > 1e-4 {
			t.Fatalf("rate %d: %g in colour, %g in grey", i, got, v)
		}
	}
	if !slices.Equal(grey.Optimal.Gabors, colour.Optimal.Gabors) {
		t.Errorf("optimal %v in colour, %v in grey", colour.Optimal.Gabors, grey.Optimal.Gabors)
	}
}

// Neurons whose orientation, frequency, phase and place are known, none of them on the grid: what comes back is within its steps.
func TestTuningFindsTheTruth(t *testing.T) {
	truth := []insilico.Gabor{
		{X: 12.3, Y: 11.6, Size: 12, Frequency: 0.13, Contrast: 1, Orientation: 0.7, Phase: 2.1},
		{X: 11.4, Y: 13.2, Size: 14, Frequency: 0.09, Contrast: 1, Orientation: 2.4, Phase: 5.0},
		{X: 12.0, Y: 12.0, Size: 10, Frequency: 0.17, Contrast: 1, Orientation: 1.5, Phase: 0.3},
		{X: 13.1, Y: 10.9, Size: 13, Frequency: 0.11, Contrast: 1, Orientation: 0.05, Phase: 3.9},
	}
	s := gaborNeurons(t, truth)
	axes := insilico.DefaultAxes()
	var last insilico.Progress
	tuning, err := s.Tuning(context.Background(), []int{0, 1, 2, 3}, insilico.SmallGrid(insilico.Range(11, 15), insilico.Range(10, 14)), axes, insilico.SearchOptions{Progress: func(p insilico.Progress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	if all := 16 * 4 * 4 * 8 * 6; last.Done != all || last.Total != all {
		t.Errorf("last report %+v, want %d of %d", last, all, all)
	}
	orientations := insilico.Preferred(tuning.Orientation, axes.Orientations)
	frequencies := insilico.Preferred(tuning.Frequency, axes.Frequencies)
	phases := insilico.Preferred(tuning.Phase, axes.Phases)
	for n, want := range truth {
		found := tuning.Optimal.Gabors[n]
		// The phase at the true centre: a grid's centre lies elsewhere on the grating.
		sin, cos := math.Sincos(want.Orientation)
		shift := 2 * math.Pi * want.Frequency * (cos*(found.X-want.X) - sin*(found.Y-want.Y))
		wantPhase := want.Phase + shift
		if found.Orientation-want.Orientation > math.Pi/2 || want.Orientation-found.Orientation > math.Pi/2 {
			wantPhase = -wantPhase // half a turn apart
		}
		if d := circular(orientations[n]-want.Orientation, math.Pi); d > math.Pi/8 {
			t.Errorf("neuron %d: orientation %g, want %g", n, orientations[n], want.Orientation)
		}
		if r := math.Abs(math.Log(frequencies[n] / want.Frequency)); r > math.Log(math.Sqrt2) {
			t.Errorf("neuron %d: frequency %g, want %g", n, frequencies[n], want.Frequency)
		}
		if d := circular(phases[n]-wantPhase, 2*math.Pi); d > 2*math.Pi/6 {
			t.Errorf("neuron %d: phase %g, want %g", n, phases[n], wantPhase)
		}
		if math.Hypot(found.X-want.X, found.Y-want.Y) > 2.5 {
			t.Errorf("neuron %d: found at %g, %g, is at %g, %g", n, found.X, found.Y, want.X, want.Y)
		}
	}
	// Sums over an image have neither surround nor cross-orientation suppression.
	for n, v := range tuning.CrossSuppression() {
		if math.Abs(v) > 0.2 {
			t.Errorf("neuron %d: cross-orientation suppression %g of a linear sum", n, v)
		}
	}
	for n, v := range tuning.SurroundSuppression() {
		if !(v >= 0 && v < 0.3) {
			t.Errorf("neuron %d: surround suppression %g", n, v)
		}
	}
}

// circular is a distance on a circle.
func circular(d, period float64) float64 {
	d = math.Mod(math.Abs(d), period)
	return min(d, period-d)
}

func TestBadInputIsNamed(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	ctx := context.Background()
	for want, f := range map[string]func() error{
		"neuron 3 does not exist; accepted: 0 to 2":  func() error { _, err := s.MEIs(ctx, []int{0, 3}, insilico.MEIOptions{}); return err },
		"neuron -1 does not exist; accepted: 0 to 2": func() error { _, err := s.Fields(ctx, []int{-1}, nil, nil); return err },
		"no neurons chosen": func() error {
			_, err := s.OptimalGabors(ctx, nil, insilico.SmallGrid([]float64{1}, []float64{1}), insilico.SearchOptions{})
			return err
		},
		"mei: batch: -1, must be at least 1": func() error { _, err := s.MEIs(ctx, []int{0}, insilico.MEIOptions{Batch: -1}); return err },
		"mei: norm: -2, must be above 0":     func() error { _, err := s.MEIs(ctx, []int{0}, insilico.MEIOptions{Norm: -2}); return err },
		"mei: mask floor: 1":                 func() error { _, err := s.MEIs(ctx, []int{0}, insilico.MEIOptions{MaskFloor: 1}); return err },
		"start of image 0 of neuron 0 has 3 values; accepted: 400": func() error {
			_, err := s.MEIs(ctx, []int{0}, insilico.MEIOptions{Start: func(int, int) []float32 { return make([]float32, 3) }})
			return err
		},
		"gabors: x: none": func() error {
			_, err := s.OptimalGabors(ctx, []int{0}, insilico.SmallGrid(nil, []float64{1}), insilico.SearchOptions{})
			return err
		},
		"gabors: sizes: 0": func() error {
			g := insilico.SmallGrid([]float64{1}, []float64{1})
			g.Sizes = []float64{0}
			_, err := s.OptimalGabors(ctx, []int{0}, g, insilico.SearchOptions{})
			return err
		},
		"1 plaids for 2 neurons": func() error { _, err := s.Respond([]int{0, 1}, []insilico.Plaid{nil}); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	w.Float32(readout.Biases)[1] = float32(math.NaN())
	if _, err := insilico.New(device(t, m, w)); err == nil || !strings.Contains(err.Error(), `variable "readout/biases" has the value NaN at place 1`) {
		t.Errorf("NaN: %v", err)
	}
}

func TestParseNeurons(t *testing.T) {
	for list, want := range map[string][]int{"": {0, 1, 2, 3}, "2": {2}, "0-2,3": {0, 1, 2, 3}, "3, 0-1": {3, 0, 1}} {
		if got, err := insilico.ParseNeurons(list, 4); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", list, got, err)
		}
	}
	for list, want := range map[string]string{"4": "the run has 4 neurons, accepted: 0 to 3", "0-9": "accepted: 0 to 3", "x": "numbers and ranges", "3-1": "numbers and ranges", "1,,2": "numbers and ranges", "1,0-2": "1 is named twice", "-1": "numbers and ranges"} {
		if _, err := insilico.ParseNeurons(list, 4); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", list, err, want)
		}
	}
}
