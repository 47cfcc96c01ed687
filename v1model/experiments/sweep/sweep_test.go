package sweep_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/experiments/sweep"
)

const recording = "simulated:?neurons=4&images=40&val=10&test=8&repeats=3&height=16&width=16&seed=1"

var data = sync.OnceValues(func() (*datasets.Dataset, error) { return formats.Open(recording) })

// tiny is a config that compiles in a moment and has six steps.
func tiny(t *testing.T) v1model.Config {
	t.Helper()
	config, err := v1model.Load("quickstart", "core.rotations=4", "core.filter_sizes=5", "core.features=2", "core.strides=1", "core.padding=valid",
		"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1", "fit.batch=10", "fit.validate_every=2", "fit.max_steps=6", "fit.patience=100")
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// small is a sweep of which every slice ends after one or two steps.
func small(search string, asha bool) sweep.Spec {
	return sweep.Spec{Data: recording, Config: "quickstart", Space: []string{"fit.learning_rate=log(1e-4,1e-2)", "readout.sparsity=log(1e-3,1e-1)"}, Search: search, ASHA: asha,
		Draws: 6, Seeds: 2, Ahead: 3, Slice: 1e-6}
}

func create(t *testing.T, s sweep.Spec) *sweep.Folder {
	t.Helper()
	d, err := data()
	if err != nil {
		t.Fatal(err)
	}
	s.Fingerprint = datasets.Fingerprint(d)
	f, err := sweep.Create(filepath.Join(t.TempDir(), "sweep"), sweep.Spec{}, func() (sweep.Spec, v1model.Config, error) { return s, tiny(t), nil })
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func worker(t *testing.T, f *sweep.Folder) *sweep.Worker {
	t.Helper()
	d, err := data()
	if err != nil {
		t.Fatal(err)
	}
	w := &sweep.Worker{Folder: f, Backend: pjrttest.Backend(t), Data: d, Open: formats.Open}
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
	return w
}

func read(t *testing.T, f *sweep.Folder) *sweep.State {
	t.Helper()
	s, err := sweep.NewReader(f).Read()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// finish works on a sweep to its end. Of the first tasks, as many as there are workers, choose takes the one that goes on.
func finish(t *testing.T, f *sweep.Folder, workers int, choose func(tasks int) int) *sweep.State {
	t.Helper()
	w := worker(t, f)
	reader := sweep.NewReader(f)
	for range 10_000 {
		s, err := reader.Read()
		if err != nil {
			t.Fatal(err)
		}
		if s.State == sweep.Finished {
			return s
		}
		var tasks []sweep.Task
		for task, err := range f.Tasks(s) {
			if err != nil {
				t.Fatal(err)
			}
			if tasks = append(tasks, task); len(tasks) == workers {
				break
			}
		}
		if len(tasks) == 0 {
			t.Fatalf("nothing to do, and the sweep is %s with %d draws over", s.State, s.Over)
		}
		if _, err := w.Work(t.Context(), tasks[choose(len(tasks))]); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("it does not end")
	return nil
}

// outcome is what must not depend on who worked when: values, states and losses of draws, and the bytes of the weights.
func outcome(t *testing.T, f *sweep.Folder, s *sweep.State) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, d := range s.Draws {
		all[fmt.Sprint("draw ", d.Number)] = fmt.Sprint(d.Values, d.State, d.ValLoss, d.ValLossSD, d.Steps, d.Attempts, d.Error)
		for seed := range f.Spec.Seeds {
			weights, err := os.ReadFile(filepath.Join(f.Run(d.Number, seed), "best", "weights.npz"))
			if err != nil {
				t.Fatal(err)
			}
			all[fmt.Sprint("weights ", d.Number, " ", seed)] = fmt.Sprintf("%x", weights)
		}
	}
	return all
}

// One worker that works in order, two that take turns, and eight of which chance decides who is next: the same draws, and the same weights to the bit.
func TestOrderOfWorkDoesNotMatter(t *testing.T) {
	if testing.Short() {
		t.Skip("makes hundreds of slices; TestSlicesOfAFit makes a few")
	}
	for _, c := range []struct {
		search string
		asha   bool
	}{{"tpe", false}, {"tpe", true}} {
		t.Run(fmt.Sprint(c.search, c.asha), func(t *testing.T) {
			one := create(t, small(c.search, c.asha))
			serial := finish(t, one, 1, func(int) int { return 0 })
			want := outcome(t, one, serial)
			if stopped := serial.Count(sweep.Stopped); (stopped > 0) != c.asha || serial.Count(sweep.Done) == 0 {
				t.Errorf("%d draws done, %d stopped early", serial.Count(sweep.Done), stopped)
			}
			turn := 0
			random := rand.New(rand.NewPCG(1, 2))
			for workers, choose := range map[int]func(int) int{2: func(n int) int { turn++; return turn % n }, 8: random.IntN} {
				f := create(t, small(c.search, c.asha))
				if d := cmp.Diff(want, outcome(t, f, finish(t, f, workers, choose))); d != "" {
					t.Errorf("1 worker (-) and %d (+) differ:\n%.2000s", workers, d)
				}
			}
		})
	}
}

// A slice of a fit ends with a saved fit, and more slices give what one fit without them gives.
func TestSlicesOfAFit(t *testing.T) {
	whole, parts := small("random", false), small("random", false)
	whole.Draws, whole.Seeds, whole.Slice = 1, 1, 1000
	parts.Draws, parts.Seeds = 1, 1
	one, many := create(t, whole), create(t, parts)
	slices := 0
	want := outcome(t, one, finish(t, one, 1, func(int) int { return 0 }))
	got := outcome(t, many, finish(t, many, 1, func(int) int { slices++; return 0 }))
	if d := cmp.Diff(want, got); d != "" || slices < 3 {
		t.Errorf("%d slices; in one (-) and many (+) differ: %.500s", slices, d)
	}
}

// Proposals of a method that learns wait for the draws they depend on, and for no others.
func TestProposalsWait(t *testing.T) {
	f := create(t, small("tpe", false)) // three ahead
	proposed := map[int]bool{}
	for task, err := range f.Tasks(read(t, f)) {
		if err != nil {
			t.Fatal(err)
		}
		proposed[task.Draw] = true
	}
	if len(proposed) != 3 || read(t, f).Proposed() != 3 {
		t.Errorf("before any draw is over, %d are proposed, want 3", len(proposed))
	}
	random := create(t, small("random", false))
	all := slices.Collect(func(yield func(sweep.Task) bool) {
		for task := range random.Tasks(read(t, random)) {
			if !yield(task) {
				return
			}
		}
	})
	if len(all) != 12 {
		t.Errorf("a method that does not learn has %d tasks, want 12", len(all))
	}
}
