package fit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"pgregory.net/rapid"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
)

// The unbroken fit is what the tests below compare with: it should go back to its best and forward again.
func TestFitGoesThroughItsSchedule(t *testing.T) {
	o := unbroken(t)
	if o.Result.Reason != runfolder.ReasonConverged {
		t.Errorf("result %+v, want converged", o.Result)
	}
	best := map[int]int{}
	for _, m := range o.Metrics {
		if m.Best {
			best[m.Stage]++
		}
		if m.Best && m.ValLoss < o.Result.ValLoss {
			t.Errorf("validation loss %g at step %d, and %g is said to be the best", m.ValLoss, m.Step, o.Result.ValLoss)
		}
		if !(m.TrainLoss > 0 && m.Penalty > 0) {
			t.Errorf("step %d: training loss %g, penalty %g", m.Step, m.TrainLoss, m.Penalty)
		}
	}
	if best[1] < 2 {
		t.Errorf("%d times the best in stage 1, want a fit that learns", best[1])
	}
	if last := o.Metrics[len(o.Metrics)-1]; last.Stage != 2 || last.Step != o.Result.Steps {
		t.Errorf("last validation %+v, result %+v", last, o.Result)
	}
}

// cancelAt runs or resumes a fit and ends its context after a step; 0 means before the first of this process.
func cancelAt(t testing.TB, path string, resume bool, step int) error {
	return cancelFitAt(t, tiny(), path, resume, step)
}

func cancelFitAt(t testing.TB, config v1model.Config, path string, resume bool, step int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if step == 0 {
		cancel()
	}
	o := Options{Progress: func(p Progress) {
		if p.Steps == step {
			cancel()
		}
	}}
	var err error
	if resume {
		_, _, err = Resume(ctx, pjrttest.Backend(t), small(), path, o)
	} else {
		_, _, err = Run(ctx, pjrttest.Backend(t), small(), config, path, o)
	}
	return err
}

func ascending(steps []int) []int {
	slices.Sort(steps)
	return steps
}

// Checkpoints are made between validations too: what a kill costs does not depend on how often a fit validates.
func TestCheckpointsBetweenValidations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	config := tiny()
	config.Fit.ValidateEvery, config.Fit.MaxSteps = 20, 20
	var last checkpointState
	o := Options{CheckpointEvery: time.Nanosecond, Progress: func(p Progress) {
		if p.Steps != 7 {
			return
		}
		folder, err := runfolder.Open(path)
		if err != nil {
			t.Error(err)
			return
		}
		if _, _, ok, err := folder.LoadCheckpoint(&last, &struct{}{}); err != nil || !ok {
			t.Errorf("no checkpoint (%v)", err)
		}
		if p.Saved != 6 {
			t.Errorf("progress tells of a checkpoint at step %d, want 6", p.Saved)
		}
	}}
	if _, _, err := Run(t.Context(), pjrttest.Backend(t), small(), config, path, o); err != nil {
		t.Fatal(err)
	}
	if last.Schedule.Steps != 6 || len(last.Losses) != 12 {
		t.Errorf("at step 7 the checkpoint is that of step %d with %d losses, want 6 and 12", last.Schedule.Steps, len(last.Losses))
	}
}

// The time between checkpoints follows what one takes, unless it is given.
func TestCheckpointInterval(t *testing.T) {
	for _, c := range []struct{ given, took, want time.Duration }{
		{0, 10 * time.Millisecond, checkpointEvery}, {0, 2 * time.Second, 40 * time.Second}, {time.Second, time.Minute, time.Second},
	} {
		l := loop{options: Options{CheckpointEvery: c.given}, saveTime: c.took}
		if got := l.interval(); got != c.want {
			t.Errorf("asked for %v, the last took %v: next after %v, want %v", c.given, c.took, got, c.want)
		}
	}
}

// looks is a context that ends when it has been looked at a number of times.
type looks struct {
	context.Context
	left int
}

func (c *looks) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A validation that is interrupted leaves no trace: it is made again, and the fit ends with the same bits.
func TestInterruptedValidation(t *testing.T) {
	data, config := recording(45, 2*maxChunk+10, 7, 6, 3), tiny()
	config.Fit.MaxSteps = 10
	whole := filepath.Join(t.TempDir(), "whole")
	if _, _, err := Run(t.Context(), pjrttest.Backend(t), data, config, whole, Options{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run")
	// It is looked at before each of 4 steps, and then before each of 3 chunks.
	_, _, err := Run(&looks{t.Context(), 6}, pjrttest.Backend(t), data, config, path, Options{})
	if !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), "at step 4;") {
		t.Fatalf("error %v, want an interruption at step 4", err)
	}
	if text, err := os.ReadFile(filepath.Join(path, "metrics.jsonl")); err != nil || len(text) > 0 {
		t.Errorf("the validation is on record: %s (%v)", text, err)
	}
	if _, _, err := Resume(t.Context(), pjrttest.Backend(t), data, path, Options{}); err != nil {
		t.Fatal(err)
	}
	if d := left(t, whole).diff(left(t, path)); d != "" {
		t.Errorf("unbroken and interrupted differ:\n%s", d)
	}
}

func TestInterruptedFitEndsWithTheSameBits(t *testing.T) {
	few(t, "2")
	want := unbroken(t)
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		runs++
		path := filepath.Join(dir, fmt.Sprint(runs))
		steps := ascending(rapid.SliceOfNDistinct(rapid.IntRange(0, want.Result.Steps-1), 1, 2, rapid.ID[int]).Draw(r, "interrupted at"))
		for i, step := range steps {
			if err := cancelAt(t, path, i > 0, step); !errors.Is(err, ErrInterrupted) {
				r.Fatalf("error %v, want an interruption", err)
			}
		}
		if _, _, err := Resume(context.Background(), pjrttest.Backend(t), small(), path, Options{}); err != nil {
			r.Fatal(err)
		}
		if d := want.diff(left(t, path)); d != "" {
			r.Fatalf("unbroken and interrupted at %v differ:\n%s", steps, d)
		}
	})
}

// victim fits, beginning or going on, until it is killed.
func victim(backend compute.Backend, path string) error {
	o := Options{CheckpointEvery: time.Nanosecond, Progress: func(p Progress) {
		fmt.Println(p.Steps)
		time.Sleep(time.Millisecond)
	}}
	if _, err := runfolder.Open(path); err == nil {
		_, _, err = Resume(context.Background(), backend, small(), path, o)
		return err
	}
	_, _, err := Run(context.Background(), backend, small(), tiny(), path, o)
	return err
}

// Killed twice, each time at another moment: some fall into a checkpoint being written.
func TestKilledFitEndsWithTheSameBits(t *testing.T) {
	want := unbroken(t)
	path := filepath.Join(t.TempDir(), "run")
	for range 2 {
		child := asChild(t, victimFolder, path)
		steps, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(steps)
		for range 1 + rand.IntN(want.Result.Steps/2) {
			lines.Scan()
		}
		time.Sleep(rand.N(5 * time.Millisecond))
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		seen := lines.Text()
		for lines.Scan() { // what it printed meanwhile
			seen = lines.Text()
		}
		err = child.Wait()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Exited() {
			t.Fatalf("the process ended by itself: %v", err)
		}
		t.Logf("killed after step %s of %d", seen, want.Result.Steps)
	}
	if _, _, err := Resume(context.Background(), pjrttest.Backend(t), small(), path, Options{}); err != nil {
		t.Fatal(err)
	}
	if d := want.diff(left(t, path)); d != "" {
		t.Errorf("unbroken and killed differ:\n%s", d)
	}
}

// A kill between the state at the best and the last state, written in this order, must not give the older last state a newer best:
// the fit may still go back to the older one.
func TestKillBetweenTheFilesOfACheckpoint(t *testing.T) {
	want := unbroken(t)
	path := filepath.Join(t.TempDir(), "run")
	if err := cancelAt(t, path, false, want.Result.Best+1); !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	folder, err := runfolder.OpenForWriting(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := folder.Model()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := folder.LoadCheckpoint(&checkpointState{}, &struct{}{}); err != nil {
		t.Fatal(err)
	}
	start, _, err := m.Start(small()) // anything but the best
	if err != nil {
		t.Fatal(err)
	}
	newer := runfolder.Checkpoint{Arrays: withOptimiser(m, start), State: struct{}{}}
	if err := folder.SaveCheckpoint(runfolder.Checkpoint{Arrays: want.Last, State: func() {}}, &newer, m.Specs()); err == nil {
		t.Fatal("the last state was written")
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Resume(context.Background(), pjrttest.Backend(t), small(), path, Options{}); err != nil {
		t.Fatal(err)
	}
	if d := want.diff(left(t, path)); d != "" {
		t.Errorf("unbroken and killed differ:\n%s", d)
	}
}

func TestResumeOfWhatIsOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	config := tiny()
	config.Fit.MaxSteps = 6
	want, _, err := Run(context.Background(), pjrttest.Backend(t), small(), config, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want.Reason != runfolder.ReasonCap || want.Steps != 6 {
		t.Errorf("result %+v, want the cap at 6 steps", want)
	}
	got, _, err := Resume(context.Background(), pjrttest.Backend(t), small(), path, Options{Progress: func(Progress) { t.Error("another step") }})
	if err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	_, _, err = Run(context.Background(), pjrttest.Backend(t), small(), config, path, Options{})
	fails(t, err, "exists already; accepted: a new folder, or --resume")

	// Killed after the last checkpoint and before the result.
	if err := os.Remove(filepath.Join(path, "result.json")); err != nil {
		t.Fatal(err)
	}
	got, _, err = Resume(context.Background(), pjrttest.Backend(t), small(), path, Options{Progress: func(p Progress) {
		if p.Steps > want.Steps {
			t.Error("another step")
		}
	}})
	got.Seconds = want.Seconds
	if err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// A fit that ended at its cap goes on, with more steps allowed, as if it had never stopped: after a validation and between two, and again.
func TestFitGoesOnWithMoreSteps(t *testing.T) {
	want := unbroken(t)
	for _, caps := range [][]int{{8}, {6}, {5, 12, 13}} {
		path := filepath.Join(t.TempDir(), "run")
		config := tiny()
		config.Fit.MaxSteps = caps[0]
		if r, _, err := Run(context.Background(), pjrttest.Backend(t), small(), config, path, Options{}); err != nil || r.Reason != runfolder.ReasonCap {
			t.Fatalf("%+v, %v", r, err)
		}
		for _, steps := range append(caps[1:], tiny().Fit.MaxSteps) {
			if _, _, err := Resume(context.Background(), pjrttest.Backend(t), small(), path, Options{MaxSteps: steps}); err != nil {
				t.Fatal(err)
			}
		}
		if d := want.diff(left(t, path)); d != "" {
			t.Errorf("caps %v: unbroken and extended differ:\n%s", caps, d)
		}
		folder, err := runfolder.Open(path)
		if err != nil || folder.Config.Fit.MaxSteps != tiny().Fit.MaxSteps {
			t.Errorf("config %+v, %v", folder.Config.Fit, err)
		}
		// It has converged: more steps change nothing.
		if r, _, err := Resume(context.Background(), pjrttest.Backend(t), small(), path, Options{MaxSteps: 10_000, Progress: func(Progress) { t.Error("another step") }}); err != nil || r != left(t, path).Result {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

func TestResumeRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	if err := cancelAt(t, path, false, 0); !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	fails(t, cancelAt(t, filepath.Join(t.TempDir(), "none"), true, 0), "no config.yaml there; accepted: a folder that v1lab fit made")

	changed := small()
	changed.Val.Responses.Values[0]++
	_, _, err := Resume(context.Background(), pjrttest.Backend(t), changed, path, Options{})
	fails(t, err, `the data "noise" have changed since the fit began`)

	folder, err := runfolder.OpenForWriting(path)
	if err != nil {
		t.Fatal(err)
	}
	fails(t, cancelAt(t, path, true, 0), fmt.Sprintf("another process is writing to it (process %d, since ", os.Getpid()))
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(filepath.Join(path, "dataset.json"), []byte(`{"version": 99}`), 0o666); err != nil {
		t.Fatal(err)
	}
	fails(t, cancelAt(t, path, true, 0), "dataset.json is of version 99, this program reads up to 1")
}
