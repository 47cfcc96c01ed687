package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/notebooks/lab/answers"
	"v1lab/notebooks/lab/engine"
	"v1lab/notebooks/lab/exact"
	"v1lab/notebooks/lab/questions"
	"v1lab/notebooks/lab/resident"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/runfolder/runfoldertest"
)

const data = "simulated:?neurons=8&images=120&val=30&test=20&repeats=3&height=16&width=16"

var (
	folder string
	// shared is a model with its start values, as a run folder that the tests only read.
	shared = sync.OnceValues(func() (string, error) { path := filepath.Join(folder, "run"); return path, store(path, 1) })
)

func store(path string, seed int) error {
	d, err := open(data)
	if err != nil {
		return err
	}
	return runfoldertest.Start(path, d, fmt.Sprint("fit.seed=", seed))
}

func open(spec string) (*datasets.Dataset, error) {
	return answers.To(context.Background(), questions.Data, answers.Asked{}, spec)
}

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "v1lab-engine-test"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	os.Exit(status)
}

// serve serves the questions of this process until the test ends.
func serve(t *testing.T) (run string) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	socket, err := resident.Socket()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- engine.Serve(ctx, answers.Device, socket, os.Getpid()) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for {
		if info, err := os.Stat(socket); err == nil {
			if mode := info.Mode().Perm(); mode != 0o600 {
				t.Errorf("socket of mode %o", mode)
			}
			break
		}
		time.Sleep(time.Millisecond)
	}
	if run, err = shared(); err != nil {
		t.Fatal(err)
	}
	return run
}

// same asks the engine and this process, and wants one answer to the last bit.
func same[Q, A any](t *testing.T, run string, q questions.Question[Q, A], with Q) (answer A) {
	t.Helper()
	answer, err := resident.Ask(t.Context(), q, run, with, resident.Watch{})
	about := answers.Asked{Recordings: &fitted.Recordings{}}
	if run != "" {
		r, errOpen := fitted.Open(t.Context(), run, fitted.Options{Device: answers.Device, Recordings: about.Recordings})
		if errOpen != nil {
			t.Fatal(errOpen)
		}
		defer r.Close() //nolint:errcheck // frees memory only
		about.Run = r
	}
	want, errHere := answers.To(t.Context(), q, about, with)
	if fmt.Sprint(err) != fmt.Sprint(errHere) {
		t.Fatalf("%s: error %v; here %v", q, err, errHere)
	}
	if got, want := coded(t, answer), coded(t, want); !reflect.DeepEqual(got, want) {
		t.Errorf("%s: another answer than here: %+v", q, answer)
	}
	return answer
}

// coded is a value as bytes, in which NaN equals NaN.
func coded[T any](t *testing.T, v T) exact.Message {
	t.Helper()
	m, err := exact.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The engine's answer to every question is that of the cell's own process, bit by bit.
func TestSameAnswers(t *testing.T) {
	run := serve(t)
	d := same(t, run, questions.Recording, questions.None{})
	same(t, "", questions.Data, data)
	same(t, "", questions.Source, questions.SourceOf{Program: []byte("package main\n\nfunc six() int { return 6 }\n"), Line: 3})
	same(t, run, questions.Scores, questions.None{})
	same(t, run, questions.Rates, d.Test.Images)
	same(t, run, questions.Filters, questions.None{})
	same(t, run, questions.Readout, questions.None{})
	same(t, run, questions.Layout, questions.None{})
	same(t, run, questions.Cluster, 2)
	same(t, run, questions.Key, questions.KeyOf{Neurons: []int{1}, Settings: "a"})
	same(t, run, questions.Kept, questions.None{})
	same(t, run, questions.Because, questions.Silent{Neurons: []int{1, 2}, Other: "nothing", Most: 1})
	same(t, run, questions.Fields, questions.FieldsOf{Neurons: []int{2}, At: d.Val.Images.At(3)})
	if !testing.Short() { // each compiles several programs
		same(t, run, questions.Page, `{"gabor": {"neurons": [2, 5], "gabor": {"x": 7, "y": 8, "size": 9, "frequency": 0.1, "orientation": 30, "phase": 90, "contrast": 2}}}`)
		same(t, run, questions.Page, `{"field": {"neuron": 2, "number": 3, "x": 1, "y": 15}}`)
		same(t, run, questions.Portrait, []int{3, 1})
		same(t, run, questions.MEIs, questions.MEIsOf{Neurons: []int{2, 5}, Options: insilico.MEIOptions{Images: 2, MaxSteps: 4}})
		same(t, run, questions.Tuning, questions.TuningOf{Neurons: []int{2}, Grid: "coarse"})
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := store(other, 2); err != nil {
		t.Fatal(err)
	}
	same(t, run, questions.Types, questions.TypesOf{K: 2, Others: []string{other}})

	// So are errors.
	same(t, run, questions.Fields, questions.FieldsOf{Neurons: []int{9}})
	same(t, run, questions.Page, `{"gabor": {"neurons": [9], "gabor": null}}`)
	same(t, run, questions.Types, questions.TypesOf{K: 2, Others: []string{run}})
	same(t, "", questions.Data, "simulated:?neurons=-1")
	same(t, "", questions.Source, questions.SourceOf{Program: []byte("package main\n"), Line: 3})
}

// What a cell writes to its recording, the next cell does not see.
func TestRecordingsAreNotShared(t *testing.T) {
	run := serve(t)
	ask := func() *datasets.Dataset {
		d, err := resident.Ask(t.Context(), questions.Recording, run, questions.None{}, resident.Watch{})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	first := ask()
	was := first.Train.Images.Pixels[0]
	first.Train.Images.Pixels[0] = was + 1
	if now := ask().Train.Images.Pixels[0]; now != was {
		t.Errorf("pixel %g, another cell has written %g", was, now)
	}
}

// A run whose folder has changed is opened anew.
func TestChangedRun(t *testing.T) {
	run := serve(t)
	path := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(path, os.DirFS(run)); err != nil {
		t.Fatal(err)
	}
	before := same(t, path, questions.Readout, questions.None{})
	file := filepath.Join(path, "best", "weights.npz")
	w, err := array.ReadNPZ(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range w {
		if values, ok := a.Data.([]float32); ok {
			for i := range values {
				values[i] *= 1.5
			}
		}
	}
	if err := array.WriteNPZ(file, w); err != nil {
		t.Fatal(err)
	}
	after, err := resident.Ask(t.Context(), questions.Readout, path, questions.None{}, resident.Watch{})
	if err == nil && slices.Equal(before.Weights.Values, after.Weights.Values) {
		t.Error("the old weights")
	}
	if err != nil && !strings.Contains(err.Error(), "weights") {
		t.Error(err)
	}
}

// A cell that gives up a question ends its work, says how far it came, and the engine answers the next one.
func TestCancel(t *testing.T) {
	run := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	partial := filepath.Join(t.TempDir(), "partial")
	begun := time.Now()
	time.AfterFunc(300*time.Millisecond, cancel)
	_, err := resident.Ask(ctx, questions.MEIs, run, questions.MEIsOf{Neurons: []int{0, 1, 2, 3}, Partial: partial,
		Options: insilico.MEIOptions{Images: 8, MaxSteps: 100_000, Patience: 100_000}}, resident.Watch{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
	same(t, run, questions.Readout, questions.None{})
}
