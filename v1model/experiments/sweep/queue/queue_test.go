package queue_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/experiments/sweep/queue"
	"v1lab/v1model/experiments/sweep/queue/queuetest"
)

const recording = "simulated:?neurons=4&images=40&val=10&test=8&repeats=3&height=16&width=16&seed=1"

var data = sync.OnceValues(func() (*datasets.Dataset, error) { return formats.Open(recording) })

func create(t *testing.T) *sweep.Folder {
	t.Helper()
	d, err := data()
	if err != nil {
		t.Fatal(err)
	}
	config, err := v1model.Load("quickstart", "core.rotations=4", "core.filter_sizes=5", "core.features=2", "core.strides=1", "core.padding=valid",
		"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1", "fit.batch=10", "fit.validate_every=2", "fit.max_steps=6", "fit.patience=100")
	if err != nil {
		t.Fatal(err)
	}
	f, err := sweep.Create(filepath.Join(t.TempDir(), "sweep"), sweep.Spec{}, func() (sweep.Spec, v1model.Config, error) {
		return sweep.Spec{Data: recording, Config: "quickstart", Space: []string{"fit.learning_rate=log(1e-4,1e-2)"}, Search: "tpe", Draws: 5, Seeds: 2, Ahead: 3, Slice: 1e-6,
			Fingerprint: datasets.Fingerprint(d)}, config, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// work is one worker with a queue of its own connection, as a process has.
func work(ctx context.Context, t *testing.T, f *sweep.Folder, url string, each func(sweep.Slice)) error {
	d, err := data()
	if err != nil {
		return err
	}
	q, err := queue.Open(ctx, f, url)
	if err != nil {
		return err
	}
	defer q.Close()
	w := &sweep.Worker{Folder: f, Backend: pjrttest.Backend(t), Data: d}
	return q.Work(ctx, func(ctx context.Context, task sweep.Task) error {
		s, err := w.Work(ctx, task)
		if err == nil && each != nil {
			each(s)
		}
		return err
	})
}

// together has several workers at one sweep.
func together(t *testing.T, f *sweep.Folder, url string, workers int, each func(sweep.Slice)) {
	t.Helper()
	errs := make([]error, workers)
	var wait sync.WaitGroup
	for i := range workers {
		wait.Go(func() { errs[i] = work(t.Context(), t, f, url, each) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func outcome(t *testing.T, f *sweep.Folder) map[string]string {
	t.Helper()
	s, err := sweep.NewReader(f).Read()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"state": s.State}
	for _, d := range s.Draws {
		all[fmt.Sprint(d.Number)] = fmt.Sprint(d.Values, d.State, d.ValLoss, d.Steps)
		for seed := range f.Spec.Seeds {
			weights, err := os.ReadFile(filepath.Join(f.Run(d.Number, seed), "best", "weights.npz"))
			if err != nil {
				t.Fatal(err)
			}
			all[fmt.Sprint(d.Number, " ", seed)] = fmt.Sprintf("%x", weights)
		}
	}
	return all
}

// done counts slices that ended a fit.
type done struct {
	mu  sync.Mutex
	all map[string]int
}

func (c *done) count(s sweep.Slice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.Ended == sweep.Done {
		c.all[fmt.Sprint(s.Draw, " ", s.Seed)]++
	}
}

// One worker, three on a file that is removed in between, and three on PostgreSQL: the same draws and weights, and each fit ends once.
func TestWorkersShareASweep(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many slices, and starts PostgreSQL")
	}
	one := create(t)
	together(t, one, "", 1, nil)
	want := outcome(t, one)
	check := func(what string, f *sweep.Folder, c *done) {
		t.Helper()
		if d := cmp.Diff(want, outcome(t, f)); d != "" {
			t.Errorf("1 worker (-) and %s (+) differ:\n%.1000s", what, d)
		}
		if len(c.all) != 10 {
			t.Errorf("%s: %d fits ended, want 10", what, len(c.all))
		}
		for fit, n := range c.all {
			if n != 1 {
				t.Errorf("%s: %s ended %d times", what, fit, n)
			}
		}
	}
	f, c := create(t), &done{all: map[string]int{}}
	var once sync.Once
	together(t, f, "", 3, func(s sweep.Slice) {
		c.count(s)
		if s.Draw == 2 {
			once.Do(func() {
				if err := os.Remove(filepath.Join(f.Path, queue.File)); err != nil {
					t.Error(err)
				}
			})
		}
	})
	check("three", f, c)
	f, c = create(t), &done{all: map[string]int{}}
	together(t, f, queuetest.Postgres(t), 3, c.count)
	check("three on PostgreSQL", f, c)
}

// A worker that is asked to end saves and ends, and so does one whose sweep is stopped.
func TestStop(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many slices")
	}
	f := create(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := work(ctx, t, f, "", func(sweep.Slice) { cancel() }); !errors.Is(err, queue.ErrInterrupted) {
		t.Errorf("interrupted: %v", err)
	}
	if err := work(t.Context(), t, f, "", func(sweep.Slice) {
		if err := f.Stop(); err != nil {
			t.Error(err)
		}
	}); !errors.Is(err, queue.ErrStopped) {
		t.Errorf("stopped: %v", err)
	}
	broken := errors.New("no room")
	if err := f.Go(); err != nil {
		t.Fatal(err)
	}
	q, err := queue.Open(t.Context(), f, "")
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if err := q.Work(t.Context(), func(context.Context, sweep.Task) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a worker that cannot work: %v", err)
	}
}

// A file that is no database, or half of one, is made anew: it holds no truth.
func TestDamagedFile(t *testing.T) {
	f := create(t)
	name := filepath.Join(f.Path, queue.File)
	for _, text := range []string{strings.Repeat("no database ", 1000), ""} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		q, err := queue.Open(t.Context(), f, "")
		if err != nil {
			t.Errorf("%.20q: %v", text, err)
			continue
		}
		q.Close()
	}
}

// A file that is damaged while workers use it is made anew, and the sweep ends.
func TestFileDamagedAtWork(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many slices")
	}
	f := create(t)
	name := filepath.Join(f.Path, queue.File)
	n := 0
	together(t, f, "", 1, func(sweep.Slice) {
		if n++; n != 3 {
			return
		}
		for _, name := range []string{name, name + "-wal"} {
			if err := os.WriteFile(name, []byte(strings.Repeat("rubbish ", 4096)), 0o666); err != nil {
				t.Error(err)
			}
		}
	})
	if s, err := sweep.NewReader(f).Read(); err != nil || s.State != sweep.Finished {
		t.Error(s, err)
	}
}

// A queue that is not there is an error in one line, without the password.
func TestNoQueue(t *testing.T) {
	f := create(t)
	if _, err := queue.Open(t.Context(), f, "postgres://lab@127.0.0.1:1/sweeps"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("nobody listens: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, url := range []string{"postgres://lab:secret@127.0.0.1:1/sweeps", "mysql://lab:secret@host/x", "/tmp/queue.sqlite"} {
		_, err := queue.Open(ctx, f, url)
		if err == nil || strings.Contains(err.Error(), "secret") || !strings.HasPrefix(err.Error(), "queue ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
