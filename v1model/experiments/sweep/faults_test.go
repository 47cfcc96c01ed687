package sweep_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"v1lab/datasets/durable"
	"v1lab/datasets/durable/faulty"
	"v1lab/v1model"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/runfolder"
)

// Every wrong value of a sweep is refused by name, and leaves nothing.
func TestBadSpecs(t *testing.T) {
	base := tiny(t)
	for text, change := range map[string]func(*sweep.Spec){
		`core.feature`:      func(s *sweep.Spec) { s.Space = []string{"core.feature=int(1,2)"} },
		`did you mean`:      func(s *sweep.Spec) { s.Space = []string{"readout.sparsty=log(1e-3,1)"} },
		`is empty`:          func(s *sweep.Spec) { s.Space = []string{"readout.sparsity=lin(2,1)"} },
		`no logarithm`:      func(s *sweep.Spec) { s.Space = []string{"readout.sparsity=log(0,1)"} },
		`must be above 0`:   func(s *sweep.Spec) { s.Space = []string{"fit.learning_rate=lin(0,1)"} },
		`fit.seed`:          func(s *sweep.Spec) { s.Space = []string{"fit.seed=int(1,9)"} },
		`fit.schedule`:      func(s *sweep.Spec) { s.ASHA, s.Space = true, []string{"fit.schedule=one(reference,one_cycle)"} },
		`fit.max_steps`:     func(s *sweep.Spec) { s.ASHA, s.Space = true, []string{"fit.max_steps=int(5,9)"} },
		`"magic"; accepted`: func(s *sweep.Spec) { s.Search = "magic" },
		`draws: -1`:         func(s *sweep.Spec) { s.Draws = -1 },
		`slice: -1`:         func(s *sweep.Spec) { s.Slice = -1 },
		`objective`:         func(s *sweep.Spec) { s.Objective = "test_corr" },
		`space: missing`:    func(s *sweep.Spec) { s.Space = nil },
		`reduction factor`:  func(s *sweep.Spec) { s.ASHA, s.Reduction = true, 1 },
	} {
		s := small("random", false)
		change(&s)
		dir := filepath.Join(t.TempDir(), "sweep")
		_, err := sweep.Create(dir, sweep.Spec{}, func() (sweep.Spec, v1model.Config, error) { return s, base, nil })
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q in it", err, text)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was left: %v", text, err)
		}
	}
}

// Losses half way through a cycle of the rate are not compared.
func TestNoASHAOfCycles(t *testing.T) {
	base := tiny(t)
	if err := base.Set("fit.schedule=one_cycle", "fit.peak_rate=0.01", "fit.steps=6"); err != nil {
		t.Fatal(err)
	}
	s := small("random", true)
	s.Space = []string{"fit.peak_rate=log(1e-3,1e-2)"}
	_, err := sweep.Create(filepath.Join(t.TempDir(), "sweep"), sweep.Spec{}, func() (sweep.Spec, v1model.Config, error) { return s, base, nil })
	if err == nil || !strings.Contains(err.Error(), "fit.schedule: one_cycle, its losses half way say little of the end") {
		t.Error(err)
	}
	s.ASHA, s.MinSteps, s.Reduction = false, 0, 0
	if _, err := sweep.Create(filepath.Join(t.TempDir(), "sweep"), sweep.Spec{}, func() (sweep.Spec, v1model.Config, error) { return s, base, nil }); err != nil {
		t.Error(err)
	}
}

// A folder holds one sweep; the same one may be asked for again, with more draws.
func TestOneSweepInAFolder(t *testing.T) {
	f := create(t, small("random", false))
	again := func(asked sweep.Spec) (*sweep.Folder, error) {
		return sweep.Create(f.Path, asked, func() (sweep.Spec, v1model.Config, error) { panic("it is there") })
	}
	for text, asked := range map[string]sweep.Spec{
		"--search tpe, the sweep there has random": {Search: "tpe"}, "--draws 5": {Draws: 5}, "--seeds 3": {Seeds: 3}, "--seed 2": {Seed: 2},
		"--space": {Space: []string{"fit.batch=int(2,4)"}}, "--data npz:other.npz": {Data: "npz:other.npz"}, "--set": {Set: []string{"fit.batch=5"}}, "--asha": {ASHA: true},
	} {
		if _, err := again(asked); err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "another sweep") {
			t.Errorf("%v, want %q in it", err, text)
		}
	}
	more, err := again(sweep.Spec{Draws: 8, Search: "random"})
	if err != nil || more.Spec.Draws != 8 || len(read(t, more).Draws) != 8 {
		t.Errorf("more draws: %v", err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "notes.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := sweep.Create(other, sweep.Spec{}, nil); err == nil || !strings.Contains(err.Error(), "notes.txt") {
		t.Errorf("a folder with other things: %v", err)
	}
	if _, err := sweep.Open(other); err == nil || !strings.Contains(err.Error(), "is no sweep") {
		t.Errorf("no sweep: %v", err)
	}
}

// A sweep of another version is refused, and left as it is.
func TestOtherVersions(t *testing.T) {
	for _, version := range []string{"0", "2"} {
		f := create(t, small("random", false))
		name := filepath.Join(f.Path, "sweep.yaml")
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.Replace(string(text), "version: 1", "version: "+version, 1))
		if err := os.WriteFile(name, text, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := sweep.Open(f.Path); err == nil || !strings.Contains(err.Error(), "version: found "+version+", accepted: 1") {
			t.Errorf("version %s: %v", version, err)
		}
	}
}

// A fit that fails is tried three times, keeps its error, stops nothing, and can be tried anew.
func TestFailedDraws(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many slices")
	}
	s := small("tpe", false)
	s.Space, s.Seeds, s.Draws = []string{"fit.batch=one(10,100)"}, 1, 5
	f := create(t, s)
	state := finish(t, f, 1, func(int) int { return 0 })
	failed := state.Count(sweep.Failed)
	if failed == 0 || failed+state.Count(sweep.Done) != 5 {
		t.Fatalf("%d draws failed, %d are done", failed, state.Count(sweep.Done))
	}
	first := 0
	for _, d := range state.Draws {
		if d.State == sweep.Failed && (d.Attempts != 3 || !strings.Contains(d.Error, "fit.batch: 100")) {
			t.Errorf("draw %d: %d attempts, %q", d.Number, d.Attempts, d.Error)
		}
		if d.State == sweep.Done {
			first = d.Number
		}
	}
	if _, err := f.Retry(first); err == nil || !strings.Contains(err.Error(), "it is done") {
		t.Errorf("retry of a draw that is done: %v", err)
	}
	again, err := f.Retry()
	if s := read(t, f); err != nil || len(again) != failed || s.State != sweep.Waiting || s.Count(sweep.Failed) != 0 {
		t.Errorf("retry: draws %v, %v; the sweep is %s", again, err, s.State)
	}
	if s := finish(t, f, 1, func(int) int { return 0 }); s.Count(sweep.Failed) != failed {
		t.Errorf("tried anew, %d draws failed, want %d", s.Count(sweep.Failed), failed)
	}
}

// A fit whose process is killed again and again before it gets further ends the draw, not the sweep.
func TestFitsThatKillTheirWorker(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many slices")
	}
	s := small("random", false)
	s.Draws, s.Seeds = 2, 1
	f := create(t, s)
	w := worker(t, f)
	for kills := 0; ; kills++ {
		var first *sweep.Task
		for task, err := range f.Tasks(read(t, f)) {
			if err != nil {
				t.Fatal(err)
			}
			first = &task
			break
		}
		if first == nil || first.Draw > 0 {
			if kills < 10 || kills > 11 {
				t.Errorf("given up after %d kills", kills)
			}
			break
		}
		if kills > 0 { // what a kill leaves: a lock file with the writer's note, which nobody holds
			note := `{"pid":1,"host":"there","since":"2026-01-01T00:00:00Z","progress":{"steps":1}}` + "\n"
			if err := os.WriteFile(filepath.Join(f.Run(0, 0), ".lock"), []byte(note), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.Work(ctx, *first); err != nil {
			t.Fatal(err)
		}
	}
	state := finish(t, f, 1, func(int) int { return 0 })
	if d := state.Draws[0]; d.State != sweep.Failed || !strings.Contains(d.Error, "killed 10 times without getting beyond step 1") || d.Attempts != 3 || state.Draws[1].State != sweep.Done {
		t.Errorf("draw 0 %s: %q; draw 1 %s", d.State, d.Error, state.Draws[1].State)
	}
}

// A full disk is an error of the worker, not of the draw. Once there is room the sweep goes on and ends as if there had always been.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many slices")
	}
	s := small("random", false)
	s.Draws, s.Seeds = 2, 1
	whole, full := create(t, s), create(t, s)
	want := outcome(t, whole, finish(t, whole, 1, func(int) int { return 0 }))
	w := worker(t, full)
	hit := 0
	for n := 1; n < 200; n += 11 {
		disk, err := faulty.New(full.Path)
		if err != nil {
			t.Fatal(err)
		}
		restore := durable.Use(disk)
		disk.FailAt(n, faulty.Full)
		state, err := sweep.NewReader(full).Read()
		if err == nil && state.State == sweep.Finished {
			restore()
			break
		}
		for task, e := range full.Tasks(state) {
			if err = e; err == nil {
				_, err = w.Work(t.Context(), task)
			}
			break
		}
		restore()
		if err != nil {
			hit++
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("operation %d: %v", n, err)
			}
		}
	}
	got := finish(t, full, 1, func(int) int { return 0 })
	if d := diff(want, outcome(t, full, got)); d != "" || hit == 0 {
		t.Errorf("%d writes failed; afterwards: %s", hit, d)
	}
}

func diff(want, got map[string]string) string {
	for k, v := range want {
		if got[k] != v {
			return fmt.Sprintf("%s: %.200q, want %.200q", k, got[k], v)
		}
	}
	return ""
}

// sweep.json is only a copy: missing, damaged, old or of another sweep, the folders count.
func TestStateIsMadeAgain(t *testing.T) {
	s := small("random", false)
	s.Draws, s.Seeds = 2, 1
	f := create(t, s)
	before := read(t, f)
	if err := before.Keep(f); err != nil {
		t.Fatal(err)
	}
	want := finish(t, f, 1, func(int) int { return 0 })
	name := filepath.Join(f.Path, "sweep.json")
	old, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := want.Keep(f); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string][]byte{
		"old": old, "half": kept[:len(kept)/2], "none": nil, "another's": []byte(strings.Replace(string(kept), f.Spec.ID, "other", 1)),
		"kept": kept,
	} {
		if err := os.WriteFile(name, text, 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(read(t, f))
		if err != nil || string(got)+"\n" != string(kept) {
			t.Errorf("%s: %v: %.300s, want %.300s", what, err, got, kept)
		}
	}
	// A run that is taken away is to be made again.
	if err := os.RemoveAll(f.Run(1, 0)); err != nil {
		t.Fatal(err)
	}
	if s := read(t, f); s.State != sweep.Waiting || s.Draws[1].State != sweep.Waiting || s.Draws[0].State != sweep.Done {
		t.Errorf("without a run the sweep is %s", s.State)
	}
}

// 10 000 draws are read in a second on a quiet machine; here a limit for one that is not.
func TestManyDraws(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 40 000 files")
	}
	restore := durable.Use(faulty.Unsynced{})
	defer restore()
	s := small("random", false)
	s.Draws, s.Seeds = 10_000, 1
	f := create(t, s)
	for range f.Tasks(read(t, f)) { // proposes all
	}
	for n := range s.Draws {
		folder := runfolder.Folder{Path: f.Run(n, 0)}
		if err := os.MkdirAll(folder.Path, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := folder.WriteResult(runfolder.Result{Reason: runfolder.ReasonCap, Steps: 12, ValLoss: 1}); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	state := read(t, f)
	t.Logf("without sweep.json: %v", time.Since(begun))
	if err := state.Keep(f); err != nil || state.State != sweep.Finished {
		t.Fatal(state.State, err)
	}
	begun = time.Now()
	state = read(t, f)
	took := time.Since(begun)
	t.Logf("with sweep.json: %v", took)
	if state.State != sweep.Finished || took > 10*time.Second {
		t.Errorf("%s after %v", state.State, took)
	}
}
