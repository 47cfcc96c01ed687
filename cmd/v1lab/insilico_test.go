package main

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets/array"
	"v1lab/v1model/insilico"
	"v1lab/v1model/readout"
)

// archive runs a verb that writes an archive, and figures, and returns the archive, what was said, and the names of the figures.
func archive(t *testing.T, args ...string) (arrays map[string]array.Array, said string, drawn []string) {
	t.Helper()
	out, figures := filepath.Join(t.TempDir(), "out.npz"), filepath.Join(t.TempDir(), "figures")
	status, stdout, stderr := v1lab(append(args, "--out", out, "--figures", figures)...)
	if status != done || !strings.HasPrefix(stdout, out+": ") {
		t.Fatalf("v1lab %v: status %d: %s%s", args, status, stdout, stderr)
	}
	arrays, err := array.ReadNPZ(out)
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(figures)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		drawn = append(drawn, f.Name())
	}
	return arrays, stderr, drawn
}

// shapes checks the arrays of an archive: those of floats are finite, but where dead says otherwise.
func shapes(t *testing.T, arrays map[string]array.Array, want map[string][]int) {
	t.Helper()
	var names []string
	for name := range want {
		names = append(names, name)
	}
	var there []string
	for name, a := range arrays {
		there = append(there, name)
		if !slices.Equal(a.Shape, want[name]) {
			t.Errorf("%s is %v, want %v", name, a.Shape, want[name])
		}
	}
	slices.Sort(there)
	equal(t, "arrays", there, names...)
	for name, a := range arrays {
		if values, ok := a.Data.([]float32); ok && slices.ContainsFunc(values, func(v float32) bool { return v != v }) {
			t.Errorf("%s has NaN", name)
		}
	}
}

func TestReceptiveFields(t *testing.T) {
	arrays, _, drawn := archive(t, "rf", "--run", fittedRun(t), "--neurons", "0-3,7")
	shapes(t, arrays, map[string][]int{"rf": {5, 16, 16}, "masked": {5, 16, 16}, "neuron": {5}, "key": {}, "dead": {5}})
	equal(t, "figures", drawn, "receptive_fields.png", "receptive_fields.svg", "receptive_fields_masked.png", "receptive_fields_masked.svg")
	if n, err := arrays["neuron"].Ints(); err != nil || !slices.Equal(n, []int{0, 1, 2, 3, 7}) {
		t.Errorf("neurons %v, %v", n, err)
	}
	at, _, _ := archive(t, "rf", "--run", fittedRun(t), "--image", imageFile(t, 3, 16, 16), "--number", "2", "--neurons", "0-3,7")
	if slices.Equal(at["rf"].Data.([]float32), arrays["rf"].Data.([]float32)) {
		t.Error("fields at an image are those at grey")
	}
}

func TestMostExcitingImages(t *testing.T) {
	arrays, said, drawn := archive(t, "mei", "--run", fittedRun(t), "--neurons", "1,2", "--images", "3", "--steps", "15")
	shapes(t, arrays, map[string][]int{"images": {2, 3, 16, 16}, "recorded_images": {2, 3, 16, 16}, "image_mean": {}, "image_sd": {}, "training_range": {2}, "rates": {2, 3}, "steps": {2}, "image_steps": {2, 3}, "loss": {2, 3}, "neuron": {2}, "key": {}, "dead": {2}})
	equal(t, "figures", drawn, "most_exciting_images.png", "most_exciting_images.svg")
	if !strings.Contains(said, "6 of 6 images in ") {
		t.Errorf("said %q", said)
	}
	if steps, err := arrays["steps"].Ints(); err != nil || !slices.Equal(steps, []int{15, 15}) {
		t.Errorf("steps %v, %v", steps, err)
	}
}

// What mei writes, predict and rf take, in the units of the recording.
func TestImagesGoBackToPredict(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles most exciting images")
	}
	dir, run := t.TempDir(), fittedRun(t)
	file, out := filepath.Join(dir, "mei.npz"), filepath.Join(dir, "rates.npy")
	works(t, "mei", "--run", run, "--neurons", "1,2", "--images", "3", "--steps", "15", "--range", "0,255", "--std", "30", "--out", file)
	arrays, err := array.ReadNPZ(file)
	if err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(dir, "images.npy")
	shown := arrays["recorded_images"]
	if err := array.WriteNPY(plain, array.New(shown.Data.([]float32), 6, 16, 16)); err != nil {
		t.Fatal(err)
	}
	if low, high := slices.Min(shown.Data.([]float32)), slices.Max(shown.Data.([]float32)); low < 0 || high > 255 {
		t.Errorf("pixels from %g to %g", low, high)
	}
	back := func(images string) {
		t.Helper()
		if r, _ := keys(t, works(t, "predict", "--run", run, "--images", images, "--out", out, "--json")); r["images"] != 6.0 || r["neurons"] != 8.0 {
			t.Errorf("%v", r)
		}
		rates, err := array.ReadNPY(out)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range arrays["rates"].Data.([]float32) {
			if got := rates.Data.([]float32)[i*8+1+i/3]; math.Abs(float64(got-want)) > 1e-5*float64(want) {
				t.Errorf("%s: image %d excites %v, found with %v", images, i, got, want)
			}
		}
	}
	back(file)
	back(plain)
	if r, _ := keys(t, works(t, "rf", "--run", run, "--neurons", "1", "--image", file, "--number", "4", "--out", filepath.Join(dir, "rf.npz"), "--json")); r["given"] != nil || r["extent"] != nil {
		t.Errorf("%v", r)
	}
	// Archives of earlier versions have normalised units only.
	for _, name := range []string{"recorded_images", "image_mean", "image_sd", "training_range", "range", "std"} {
		if _, ok := arrays[name]; !ok {
			t.Errorf("no %s", name)
		}
		delete(arrays, name)
	}
	old := filepath.Join(dir, "old.npz")
	if err := array.WriteNPZ(old, arrays); err != nil {
		t.Fatal(err)
	}
	back(old)
	arrays["key"] = array.Scalar("other [1 2]")
	if err := array.WriteNPZ(old, arrays); err != nil {
		t.Fatal(err)
	}
	fails(t, failed, []string{"predict", "--run", run, "--images", old, "--out", out}, old, "another run", "recorded_images")
	fails(t, failed, []string{"rf", "--run", run, "--image", filepath.Join(dir, "rf.npz"), "--out", out}, "rf.npz", "v1lab mei")
}

func TestTune(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles what tuning needs")
	}
	arrays, _, drawn := archive(t, "tune", "--run", fittedRun(t), "--neurons", "4-6", "--x", "7:9", "--y", "8:9")
	want := map[string][]int{"neuron": {3}, "key": {}, "dead": {3}, "optimal": {3, 7}, "optimal_rate": {3}, "numbers": {3}, "grey": {3}, "orientation": {3, 24}, "frequency": {3, 10}, "phase": {3, 16},
		"size_contrast": {3, 12, 12}, "plaids": {3, 10, 10}, "orientations": {24}, "frequencies": {10}, "phases": {16}, "sizes": {12}, "contrasts": {12}, "plaid_contrasts": {10},
		"preferred_orientation": {3}, "preferred_bars": {3}, "preferred_frequency": {3}, "preferred_phase": {3}, "surround_suppression": {3}, "cross_suppression": {3},
		"orientation_selectivity": {3}, "phase_modulation": {3}, "preferred_size": {3}, "half_contrast": {3}}
	shapes(t, arrays, want)
	equal(t, "figures", drawn, "tuning_0.png", "tuning_0.svg")
	optimal := arrays["optimal"].Data.([]float64)
	wave, bars := arrays["preferred_orientation"].Data.([]float64), arrays["preferred_bars"].Data.([]float64)
	for n := range 3 {
		if d := math.Abs(wave[n] - bars[n]); math.Abs(d-math.Pi/2) > 1e-9 || bars[n] < 0 || bars[n] >= math.Pi {
			t.Errorf("neuron %d: wave %g, bars %g; want 90 degrees between them", n, wave[n], bars[n])
		}
		if x, y := optimal[n*7], optimal[n*7+1]; x < 7 || x > 8 || y != 8 {
			t.Errorf("the optimal Gabor of neuron %d is at %g, %g", n, x, y)
		}
	}
}

// A neuron without weights is named, and its gap is drawn.
func TestDeadNeuronIsNamed(t *testing.T) {
	run := copied(t)
	path := filepath.Join(run, "best", "weights.npz")
	w, err := array.ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	features := w[readout.Features]
	clear(features.Data.([]float32)[5*features.Shape[1] : 6*features.Shape[1]])
	if err := array.WriteNPZ(path, w); err != nil {
		t.Fatal(err)
	}
	arrays, said, _ := archive(t, "rf", "--run", run)
	if !strings.Contains(said, "warning: 1 of 8 neurons are dead, and their values are NaN: 5 (no readout weights)\n") {
		t.Errorf("said %q", said)
	}
	for i, v := range arrays["rf"].Data.([]float32) {
		if math.IsNaN(float64(v)) != (i/256 == 5) {
			t.Fatalf("value %d of neuron %d is %v", i%256, i/256, v)
		}
	}
	dead := arrays["dead"].Data.([]bool)
	if !slices.Equal(dead, []bool{false, false, false, false, false, true, false, false}) {
		t.Errorf("dead %v", dead)
	}
}

// Without flags images are found as in section 4.7 of the paper; each flag changes what it names.
func TestMEIFlags(t *testing.T) {
	parsed := func(args ...string) insilico.MEIOptions {
		var c meiCmd
		parser, err := kong.New(&c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(append([]string{"--run", "r", "--out", "o.npz"}, args...)); err != nil {
			t.Fatal(err)
		}
		o, err := c.options()
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	paper := insilico.MEIOptions{Images: 8, Norm: 12, Smoothness: 0.005, LearningRate: 1, MaxSteps: 2000, Patience: 100, Batch: 32}
	if d := cmp.Diff(paper, parsed(), cmpopts.IgnoreFields(paper, "Progress", "Start")); d != "" {
		t.Errorf("defaults: %s", d)
	}
	want := insilico.MEIOptions{Images: 1, Norm: 2, Smoothness: 3, LearningRate: 4, MaxSteps: 5, Patience: 6, Seed: 7, MaskFloor: 0.08, Batch: 9, Inhibiting: true}
	got := parsed("--images", "1", "--norm", "2", "--smoothness", "3", "--learning-rate", "4", "--steps", "5", "--patience", "6", "--seed", "7", "--mask-floor", "0.08", "--batch", "9", "--inhibiting")
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(want, "Progress", "Start")); d != "" {
		t.Errorf("all flags: %s", d)
	}
	if o := parsed("--diverse"); !o.Diverse || o.Share != 0.85 {
		t.Errorf("--diverse became %+v", o)
	}
	if o := parsed("--diverse", "--share", "0.7"); o.Share != 0.7 {
		t.Errorf("--share 0.7 became %g", o.Share)
	}
	if o := parsed("--std", "30"); o.Std != 30 || o.Norm != 0 {
		t.Errorf("SD 30 became %g, with norm %g", o.Std, o.Norm)
	}
	if o := parsed("--smoothness", "0"); o.Smoothness >= 0 {
		t.Errorf("smoothness 0 became %g, which means the default", o.Smoothness)
	}
}

func TestInSilicoWrongUse(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.npz")
	with := func(args ...string) []string {
		return append([]string{args[0], "--run", fittedRun(t), "--out", out}, args[1:]...)
	}
	fails(t, wrongUse, with("rf", "--neurons", "8"), "--neurons", `"8"`, "0 to 7")
	fails(t, wrongUse, with("mei", "--neurons", "2-x"), "--neurons", "0-3,7")
	fails(t, wrongUse, with("mei", "--batch", "0"), "--batch: 0", "at least 1")
	fails(t, wrongUse, with("mei", "--mask-floor", "1"), "--mask-floor: 1")
	fails(t, wrongUse, with("mei", "--smoothness=-1"), "--smoothness: -1", "at least 0")
	fails(t, wrongUse, with("mei", "--learning-rate", "0"), "--learning-rate: 0", "above 0")
	fails(t, wrongUse, with("mei", "--patience", "0"), "--patience: 0", "at least 1")
	fails(t, wrongUse, with("mei", "--range", "255"), "--range", `"255"`, "as in 0,255")
	fails(t, wrongUse, with("mei", "--range", "0,1"), "range 0 to 1 does not hold the training images' mean")
	fails(t, wrongUse, with("mei", "--norm", "12", "--std", "9"), "--norm and --std")
	fails(t, wrongUse, with("mei", "--share", "0.5"), "--share: 0.5", "with --diverse")
	fails(t, wrongUse, with("mei", "--diverse", "--share", "1"), "--share: 1", "between 0 and 1")
	fails(t, wrongUse, with("mei", "--diverse", "--images", "1"), "--images: 1", "at least 2")
	fails(t, wrongUse, with("mei", "--diverse", "--inhibiting"), "--diverse and --inhibiting")
	fails(t, wrongUse, with("tune", "--x", "3:20"), "--x", "3:20", "B <= 16")
	fails(t, wrongUse, with("tune", "--grid", "huge"), "--grid", "small")
	fails(t, wrongUse, with("rf", "--number", "1"), "--number: 1 without --image")
	fails(t, wrongUse, with("rf", "--image", imageFile(t, 2, 16, 16), "--number", "2"), "--number: 2", "has 2 images")
	fails(t, failed, with("rf", "--image", imageFile(t, 1, 16, 17)), "16 x 17")
	fails(t, failed, []string{"rf", "--run", fittedRun(t), "--out", "/nowhere/x.npz"}, "--out", "/nowhere")
	fails(t, failed, []string{"tune", "--run", "/nowhere", "--out", out}, "/nowhere")
}

// Ctrl-C keeps what is done, and the same command goes on.
func TestInterruptedImagesGoOn(t *testing.T) {
	out := filepath.Join(t.TempDir(), "mei.npz")
	args := []string{"mei", "--run", fittedRun(t), "--neurons", "0-3", "--images", "4", "--steps", "300", "--batch", "8", "--out", out}
	p := start(t, args...)
	p.Until(t, "0 of 16 images in ")
	p.Signal(t, os.Interrupt)
	if state := p.End(t); state.Sys().(syscall.WaitStatus).Signaled() || state.ExitCode() != failed {
		t.Fatalf("%v: %s", state, p.Said())
	}
	lines := strings.Split(strings.TrimSpace(p.Said()), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "v1lab mei: stopped with 0 of 16 images finished, kept in "+out+".partial: ") || !strings.HasSuffix(last, "to go on: the same command") {
		t.Errorf("last line %q", last)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the archive is there already: %v", err)
	}
	fails(t, failed, append(args, "--seed", "2"), out+".partial", "other settings")
	works(t, args...)
	if _, err := os.Stat(out + ".partial"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unfinished work is still there: %v", err)
	}
	if arrays, err := array.ReadNPZ(out); err != nil || !slices.Equal(arrays["images"].Shape, []int{4, 4, 16, 16}) {
		t.Errorf("%v, %v", arrays["images"].Shape, err)
	}
}
