package fitted_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/features"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

const twelve = "simulated:?neurons=12&images=40&val=20&test=10&repeats=3&height=16&width=16"

// planted makes a run folder whose readout uses one feature for the first half of the neurons and another for the rest, each at
// an orientation of its own.
func planted(t *testing.T) string {
	t.Helper()
	data, err := formats.Open(twelve)
	if err != nil {
		t.Fatal(err)
	}
	return plant(t, runfolder.Describe(data))
}

// plant makes the folder of planted for twelve neurons of any recording. Some have no weights.
func plant(t *testing.T, record runfolder.Dataset, without ...int) string {
	t.Helper()
	config, err := v1model.Load("quickstart", "core.features=2,2,2", "core.filter_sizes=5,3,3", "core.rotations=4", "core.padding=same,same,same")
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, record.Shape)
	if err != nil {
		t.Fatal(err)
	}
	values := weights.Init(m.Specs(), 1)
	w := values[readout.Features].Data.([]float32)
	clear(w)
	rng := rand.New(rand.NewPCG(1, 0))
	for n := range 12 {
		w[n*8+rng.IntN(4)*2+n/6] = -0.5 - rng.Float32()
	}
	for _, n := range without {
		clear(w[n*8 : (n+1)*8])
	}
	path := filepath.Join(t.TempDir(), "run")
	if err := runfolder.Store(path, config, record, values); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string, o fitted.Options) *fitted.Run {
	t.Helper()
	if o.Device == nil {
		o.Device = fitted.On(pjrttest.Backend(t))
	}
	run, err := fitted.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run.Close(); err != nil {
			t.Error(err)
		}
	})
	return run
}

// everything asks a run for all that follows from it.
func everything(t *testing.T, run *fitted.Run) {
	t.Helper()
	ctx := t.Context()
	for name, ask := range map[string]func() error{
		"model":      func() error { _, err := run.Model(); return err },
		"weights":    func() error { _, err := run.Weights(); return err },
		"readout":    func() error { _, err := run.Readout(); return err },
		"power":      func() error { _, err := run.Power(); return err },
		"training":   func() error { _, err := run.Predictions(ctx, fitted.Training); return err },
		"validation": func() error { _, err := run.Predictions(ctx, fitted.Validation); return err },
		"scores":     func() error { _, err := run.Scores(ctx); return err },
		"filters":    func() error { _, err := run.Filters(ctx); return err },
		"covariance": func() error { _, err := run.Covariance(ctx); return err },
		"clusters":   func() error { _, err := run.Cluster(ctx, features.Options{K: 2}); return err },
		"analysis":   func() error { _, err := run.Analyse(ctx, features.Options{K: 2}); return err },
		"subject":    func() error { _, err := run.Subject(ctx); return err },
		"kept":       func() error { _, err := run.Kept(); return err },
	} {
		if err := ask(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Weights, recording and device are opened once: after that neither file nor opener is needed, and what is asked for again is the same.
func TestOpenedOnce(t *testing.T) {
	path, devices, recordings := planted(t), 0, 0
	run := open(t, path, fitted.Options{
		Device: func(context.Context, v1model.Config) (compute.Backend, error) {
			devices++
			return pjrttest.Backend(t), nil
		},
		Data: twelve, Recordings: &fitted.Recordings{Open: func(name string) (*datasets.Dataset, error) {
			recordings++
			return formats.Open(name)
		}},
	})
	if _, err := run.Weights(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(path, "best")); err != nil {
		t.Fatal(err)
	}
	everything(t, run)
	everything(t, run)
	if devices != 1 || recordings != 1 {
		t.Errorf("opened %d devices and %d recordings", devices, recordings)
	}
	first, err := run.Scores(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := run.Scores(t.Context()); err != nil || again != first {
		t.Errorf("scores are made anew (%v)", err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Rates(t.Context(), must(run.Recording())(t).Test.Images); err != nil { // a closed run takes the device again
		t.Error(err)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Rates are those of the best weights, which may come while the run is open.
func TestTheBestWeights(t *testing.T) {
	path := planted(t)
	stored := filepath.Join(path, "best", "weights.npz")
	content := must(os.ReadFile(stored))(t)
	if err := os.Remove(stored); err != nil {
		t.Fatal(err)
	}
	run := open(t, path, fitted.Options{})
	images := must(run.Recording())(t).Test.Images
	if _, err := run.Rates(t.Context(), images); err == nil || !strings.Contains(err.Error(), "no weights yet; let the fit reach its first validation") {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(stored, content, 0o644); err != nil {
		t.Fatal(err)
	}
	got := must(run.Rates(t.Context(), images))(t)
	m, w, err := run.Folder.Fitted()
	if err != nil {
		t.Fatal(err)
	}
	d := must(ondevice.New(pjrttest.Backend(t), m, w))(t)
	defer d.Close() //nolint:errcheck // frees memory only
	if want := must(d.Rates(t.Context(), images))(t); !slices.Equal(got.Values, want.Values) {
		t.Errorf("rates %v, want %v", got.Values, want.Values)
	}
}

// Scores agree with what the fit said.
func TestScoresAreTheFits(t *testing.T) {
	config := must(v1model.Load("quickstart", "core.rotations=4", "core.filter_sizes=3", "core.features=2", "core.strides=1", "core.padding=same",
		"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1", "fit.batch=10", "fit.max_steps=4"))(t)
	data := must(formats.Open(strings.Replace(twelve, "neurons=12", "neurons=4", 1)))(t)
	path := filepath.Join(t.TempDir(), "run")
	result, _, err := fit.Run(t.Context(), pjrttest.Backend(t), data, config, path, fit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := must(open(t, path, fitted.Options{Recordings: fitted.WithRecording(data)}).Scores(t.Context()))(t)
	if math.Abs(float64(r.ValLoss/result.ValLoss)-1) > 1e-5 || len(r.Neurons) != 4 {
		t.Errorf("%+v, the fit ended with %g", r, result.ValLoss)
	}
}

// A run without its recording says why, and still does what needs none.
func TestWithoutRecording(t *testing.T) {
	path := planted(t)
	other := strings.Replace(twelve, "neurons=12", "neurons=4", 1)
	cases := map[string]struct {
		change func(d *runfolder.Dataset)
		data   string
	}{
		"none, it was imported without; accepted: a run that v1lab import made with --data": {func(d *runfolder.Dataset) { d.Fingerprint = "" }, ""},
		"not recorded in dataset.json": {func(d *runfolder.Dataset) { d.Spec = "" }, ""},
		"/nowhere.npz":                 {func(d *runfolder.Dataset) { d.Spec = "npz:/nowhere.npz" }, ""},
		`"` + other + `" is not what it was fitted to (fingerprint `: {nil, other},
		"given: cannot be read": {nil, "npz:given"},
	}
	recordings := &fitted.Recordings{Open: func(name string) (*datasets.Dataset, error) {
		if name == "npz:given" {
			return nil, errors.New("given: cannot be read")
		}
		return formats.Open(name)
	}}
	for want, c := range cases {
		run := open(t, path, fitted.Options{Data: c.data, Recordings: recordings, Device: func(context.Context, v1model.Config) (compute.Backend, error) {
			return nil, errors.New("a device was asked for")
		}})
		if c.change != nil {
			c.change(&run.Dataset)
		}
		_, err := run.Recording()
		if err == nil || !strings.HasPrefix(err.Error(), "data of run "+path+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if _, again := run.Scores(t.Context()); again != err || run.Truth() != nil {
			t.Errorf("asked for scores: error %v, want %v", again, err)
		}
		if c, err := run.Cluster(t.Context(), features.Options{K: 2}); err != nil || c.K != 2 {
			t.Errorf("%s: clusters %v (%v)", want, c.Labels, err)
		}
	}
}

// Runs of one recording read it once, if they are told to share.
func TestSharedRecordings(t *testing.T) {
	shared := &fitted.Recordings{}
	a, b := open(t, planted(t), fitted.Options{Recordings: shared}), open(t, planted(t), fitted.Options{Recordings: shared})
	b.Dataset.Spec = "npz:/moved.npz"
	if must(a.Recording())(t) != must(b.Recording())(t) {
		t.Error("read twice")
	}
	c := open(t, a.Path, fitted.Options{Recordings: shared, Data: "npz:/nowhere.npz"})
	if _, err := c.Recording(); err == nil || !strings.Contains(err.Error(), "/nowhere.npz") {
		t.Errorf("another name is given, and is not looked at: %v", err)
	}
}

func TestClusterFindsThePlantedTypes(t *testing.T) {
	want := []int{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}
	path := planted(t)
	with, without := open(t, path, fitted.Options{}), open(t, path, fitted.Options{})
	without.Dataset.Spec = ""
	for name, run := range map[string]*fitted.Run{"with covariance": with, "without data": without} {
		c, err := run.Cluster(t.Context(), features.Options{K: 2})
		if err != nil {
			t.Fatal(err)
		}
		if ari := features.ARI(c.Labels, want); ari != 1 {
			t.Errorf("%s: labels %v, want those of %v", name, c.Labels, want)
		}
		a, err := run.Analyse(t.Context(), features.Options{K: 2})
		if err != nil || !slices.Equal(a.Clustering.Labels, c.Labels) {
			t.Errorf("%s: the analysis has %v (%v)", name, a.Clustering.Labels, err)
		}
	}
}

// What is kept is read again after something was added.
func TestKeep(t *testing.T) {
	run := open(t, planted(t), fitted.Options{})
	if k := must(run.Kept())(t); k.MEIs != nil || k.Tuning != nil {
		t.Errorf("kept %+v", k)
	}
	m, err := must(run.Subject(t.Context()))(t).MEIs(t.Context(), []int{3}, insilico.MEIOptions{Images: 2, MaxSteps: 2})
	if err != nil {
		t.Fatal(err)
	}
	key := must(run.Key([]int{3}, ""))(t)
	file := kept.File(run.Path, "meis", key)
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := run.Keep(file, key, m); err != nil {
		t.Fatal(err)
	}
	k := must(run.Kept())(t)
	if len(k.MEIs) != 1 || !slices.Equal(k.MEIs[0].Images.Data.([]float32), m.Images.Data.([]float32)) {
		t.Errorf("kept %+v", k)
	}
}

func TestComparable(t *testing.T) {
	run := func(neurons int, fingerprint string) *fitted.Run {
		r := &runfolder.Folder{Path: "r" + fingerprint}
		r.Dataset.Shape.Neurons, r.Dataset.Fingerprint, r.Dataset.Spec = neurons, fingerprint, "npz:"+fingerprint
		return &fitted.Run{Folder: r}
	}
	for _, c := range []struct {
		a, b *fitted.Run
		want string
	}{
		{run(3, "a"), run(3, "a"), ""},
		{run(3, "a"), run(3, ""), ""}, // imported without data
		{run(3, "a"), run(4, "a"), "4 neurons, run ra has 3; accepted: fits of the same neurons"},
		{run(3, "a"), run(3, "b"), `run rb: fitted to "npz:b" (fingerprint b), run ra to "npz:a" (a); accepted: fits of the same recording`},
	} {
		err := fitted.Comparable(c.a, c.b)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestSameNeurons(t *testing.T) {
	runs := 0
	run := func(name string) *fitted.Run {
		r := &runfolder.Folder{Path: "r"}
		runs++
		r.Dataset.Shape.Neurons, r.Dataset.Fingerprint, r.Dataset.Spec = 3, fmt.Sprint(runs), name
		return &fitted.Run{Folder: r}
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"npz:a.npz?train_share=0.5&subset_seed=1", "npz:a.npz?train_share=0.5&subset_seed=2", true},
		{"npz:a.npz?crop=0,0,9,9", "npz:a.npz?crop=0,0,9,9&train_share=0.25", true},
		{"npz:a.npz?train_share=0.5", "npz:a.npz?train_share=0.5", false}, // changed between the fits
		{"npz:a.npz?train_share=0.5", "npz:b.npz?train_share=0.5", false},
		{"npz:a.npz?crop=0,0,9,9", "npz:a.npz", false},
		{"npz:a.npz?neuron_share=0.5&subset_seed=1", "npz:a.npz?neuron_share=0.5&subset_seed=2", false},
	} {
		if err := fitted.SameNeurons(run(c.a), run(c.b)); (err == nil) != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, err)
		}
		if err := fitted.Comparable(run(c.a), run(c.b)); err == nil {
			t.Errorf("%s and %s: one recording", c.a, c.b)
		}
	}
}

func TestBadOpen(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fitted.Open(ended, planted(t), fitted.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	empty := t.TempDir()
	if _, err := fitted.Open(t.Context(), empty, fitted.Options{}); err == nil || !strings.Contains(err.Error(), empty+": no config.yaml there") {
		t.Errorf("error %v", err)
	}
	run := must(fitted.Open(t.Context(), planted(t), fitted.Options{}))(t)
	if _, err := run.Filters(t.Context()); err == nil || !strings.Contains(err.Error(), "none was given when the run was opened") {
		t.Errorf("error %v", err)
	}
	if _, err := run.Predictions(t.Context(), 7); err == nil || !strings.Contains(err.Error(), "part 7") {
		t.Errorf("error %v", err)
	}
	path := filepath.Join(planted(t), "best", "weights.npz")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 100), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := open(t, filepath.Dir(filepath.Dir(path)), fitted.Options{})
	for name, ask := range map[string]func() error{
		"readout": func() error { _, err := broken.Readout(); return err },
		"power":   func() error { _, err := broken.Power(); return err },
		"scores":  func() error { _, err := broken.Scores(t.Context()); return err },
		"subject": func() error { _, err := broken.Subject(t.Context()); return err },
		"key":     func() error { _, err := broken.Key(nil, ""); return err },
		"kept":    func() error { _, err := broken.Kept(); return err },
		"cluster": func() error { _, err := broken.Cluster(t.Context(), features.Options{}); return err },
	} {
		if err := ask(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
