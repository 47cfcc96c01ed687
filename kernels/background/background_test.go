package background_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"v1lab/kernels/background"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// The test program stands in for v1lab: its first argument says how the fit goes, its second is the run folder.
func TestMain(m *testing.M) {
	if os.Getenv(asFit) != "" {
		pretend(os.Args[1], os.Args[2])
	}
	os.Exit(m.Run())
}

const asFit = "V1LAB_TEST_AS_FIT"

// pretend writes to a run folder what a fit would, and ends as told.
func pretend(how, path string) {
	check := func(err error) {
		if err != nil {
			println("v1lab fit: " + err.Error())
			os.Exit(1)
		}
	}
	if how == "fails early" {
		check(errors.New("--data: no such file"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	config, err := v1model.Load("quickstart")
	check(err)
	run, err := runfolder.Create(path, config, runfolder.Dataset{Version: runfolder.Version})
	check(err)
	println("warning: 1 neurons never respond")
	for step := 1; ; step++ {
		check(run.AppendMetric(runfolder.Metric{Step: step, Stage: 1, ValLoss: 3, Best: step == 1}))
		check(run.NoteProgress(runfolder.Progress{Steps: step, MaxSteps: 9, Stage: 1, Stages: 2, Best: 3}))
		switch {
		case ctx.Err() != nil:
			check(run.Close())
			check(fmt.Errorf("%w at step %d; the state is saved in %s", fit.ErrInterrupted, step, path))
		case step == 3 && how == "fails":
			check(run.Close())
			check(errors.New("checkpoint at step 3: no space left on device"))
		case step == 3 && how == "is over":
			check(run.WriteResult(runfolder.Result{Reason: runfolder.ReasonCap, Steps: 3, Best: 1, ValLoss: 3}))
			check(run.Close())
			os.Exit(0)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// begin starts a pretended fit in the background.
func begin(t *testing.T, how string) (f *background.Fit, path string) {
	t.Helper()
	t.Setenv(v1labhome.Env, t.TempDir())
	t.Setenv(asFit, "1")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "runs", "one")
	if f, err = background.Start(path, self, how, path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if pid := f.PID(); pid > 0 { // it runs
			_ = syscall.Kill(pid, syscall.SIGKILL) //nolint:errcheck // ended meanwhile
		}
	})
	return f, path
}

// under waits until the fit is under way, found by its folder.
func under(t *testing.T, path string) *background.Fit {
	t.Helper()
	for range 500 {
		if f, err := background.Find(path); err != nil {
			t.Fatal(err)
		} else if f != nil && runfolder.IsRun(path) {
			return f
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the fit does not begin")
	return nil
}

// Its own session keeps it from the signals of this one's terminal, and the folder alone tells how it goes.
func TestFollow(t *testing.T) {
	f, path := begin(t, "is over")
	if sid, _, errno := syscall.RawSyscall(syscall.SYS_GETSID, uintptr(f.PID()), 0, 0); errno != 0 || int(sid) != f.PID() {
		t.Errorf("session %d of process %d (%v)", sid, f.PID(), errno)
	}
	var steps []int
	best := 0.0
	result, err := f.Follow(t.Context(), func(p fit.Progress) {
		if p.Metric != nil {
			steps, best = append(steps, p.Metric.Step), p.Best
		}
	})
	if err != nil || result.Steps != 3 || result.Reason != runfolder.ReasonCap {
		t.Errorf("result %+v, %v", result, err)
	}
	if len(steps) == 0 || steps[len(steps)-1] != 3 || best != 3 {
		t.Errorf("validations after steps %v, the best %g", steps, best)
	}
	if w := f.Warnings(); len(w) != 1 || w[0] != "warning: 1 neurons never respond" {
		t.Errorf("warnings %q", w)
	}
	if found, err := background.Find(path); found != nil || err != nil {
		t.Errorf("found %+v, %v after its end", found, err)
	}
	if all, err := background.All(); err != nil || len(all) != 0 {
		t.Errorf("not over: %+v, %v", all, err)
	}
}

func TestFitsThatEndBeforeTheirTime(t *testing.T) {
	for how, want := range map[string]string{
		"fails early": "the fit in RUN failed: --data: no such file\nthe end of RUN/fit.log:\n--- ",
		"fails":       "the fit in RUN failed: checkpoint at step 3: no space left on device\nthe end of RUN/fit.log:\n--- ",
		"is killed":   "the fit in RUN was killed, last seen at step ",
		"is stopped":  "interrupted at step ",
	} {
		t.Run(how, func(t *testing.T) {
			f, path := begin(t, how)
			var err error
			if how == "is killed" || how == "is stopped" {
				other := under(t, path)
				if other.PID() != f.PID() {
					t.Errorf("found process %d, started %d", other.PID(), f.PID())
				}
				time.Sleep(100 * time.Millisecond)
				if how == "is killed" {
					if err := syscall.Kill(f.PID(), syscall.SIGKILL); err != nil {
						t.Fatal(err)
					}
				} else if err := other.Stop(t.Context()); err != nil {
					t.Errorf("stop: %v", err)
				}
			}
			_, err = f.Follow(t.Context(), nil)
			var ended *background.Ended
			if !errors.As(err, &ended) || ended.Killed != (how == "is killed") || ended.Saved != (how == "is stopped") {
				t.Fatalf("error %v", err)
			}
			if want := strings.ReplaceAll(want, "RUN", path); !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error %q, want %q", err, want)
			}
			all, err := background.All()
			if err != nil || len(all) != 1 || all[0].Path != path || all[0].Ended == nil {
				t.Errorf("known: %+v, %v", all, err)
			}
		})
	}
}

// Who stops looking leaves the fit alone.
func TestLeave(t *testing.T) {
	f, path := begin(t, "goes on")
	under(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Follow(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if all, err := background.All(); err != nil || len(all) != 1 || all[0].Writer.PID != f.PID() {
		t.Errorf("known: %+v, %v; want process %d", all, err, f.PID())
	}
}

func TestStartErrors(t *testing.T) {
	t.Setenv(v1labhome.Env, t.TempDir())
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{filepath.Join(file, "run"): "run folder: ", filepath.Join(t.TempDir(), "run"): "fit in the background: "} {
		if _, err := background.Start(path, "/no/v1lab"); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, want)
		}
	}
}
