package v1labtest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/experiments/sweep/queue"
)

// sweepArgs are those of a sweep of tiny fits.
func sweepArgs(out string, more ...string) []string {
	return append([]string{"sweep", "run", "--data", recording, "--config", config(), "--space", "fit.learning_rate=log(1e-4,1e-2)", // a key that changes no program: each draw starts at once
		"--set", "fit.patience=1000", "--out", out}, more...)
}

// crewOf lists the processes that work on a sweep, as ps shows them.
func crewOf(t *testing.T, dir string) (pids []int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		if args := strings.Split(string(text), "\x00"); len(args) > 4 && slices.Equal(args[1:5], []string{"sweep", "work", "--out", dir}) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// trial is a sweep whose workers are killed.
type trial struct {
	args   func(out string) []string
	every  time.Duration // between kills
	kills  int           // at most
	remove bool          // the queue's file, once in between
}

// survives kills workers of a sweep until it is over, and compares what it leaves with what one worker makes that is not disturbed.
func (c trial) survives(t *testing.T, serial string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "killed")
	begun := time.Now()
	kills, starts, removed := 0, 0, !c.remove
	for state := ""; state != sweep.Finished; {
		if starts++; starts > 5 {
			t.Fatal("it does not end")
		}
		cmd := exec.Command(program(t), c.args(out)...)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for over := false; !over; {
			select {
			case err := <-ended:
				if err != nil {
					t.Logf("%v: %s", err, said.String())
				}
				over = true
			case <-time.After(c.every):
				if pids := crewOf(t, out); len(pids) > 0 && kills < c.kills {
					_ = syscall.Kill(pids[rand.IntN(len(pids))], syscall.SIGKILL) //nolint:errcheck // it may have ended
					kills++
				}
				if !removed && kills > c.kills/2 {
					removed = os.Remove(filepath.Join(out, queue.File)) == nil
				}
			}
		}
		state = sweepState(t, out).State
	}
	if d := cmp.Diff(left(t, serial), left(t, out)); d != "" {
		t.Errorf("after %d kills, undisturbed (-) and killed (+) differ:\n%.2000s", kills, d)
	}
	t.Logf("%d kills in %.0f s, the command started %d times, the queue's file removed: %v", kills, time.Since(begun).Seconds(), starts, removed && c.remove)
}

func sweepState(t *testing.T, out string) sweep.State {
	t.Helper()
	var s sweep.State
	if err := json.Unmarshal([]byte(works(t, "sweep", "status", "--out", out, "--json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// left is what a sweep leaves: draws without times, weights, and how often each fit was said to have ended (once, or not at all by a worker killed just then).
func left(t *testing.T, out string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, d := range sweepState(t, out).Draws {
		all[fmt.Sprint("draw ", d.Number)] = fmt.Sprint(d.Values, d.State, d.ValLoss, d.Steps, d.Error)
		for _, run := range d.Runs {
			weights, err := os.ReadFile(filepath.Join(run, "best", "weights.npz"))
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.Base(run)] = fmt.Sprintf("%.8x", sha256.Sum256(weights))
		}
	}
	logs, err := filepath.Glob(filepath.Join(out, "workers", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	ended := map[string]int{}
	for _, name := range logs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			var s sweep.Slice
			if err := json.Unmarshal(line, &s); err == nil && s.Ended == sweep.Done { // half a line, of a worker killed just then, is none
				ended[fmt.Sprintf("%04d-seed%d", s.Draw, s.Seed)]++
			}
		}
	}
	for fit, n := range ended {
		if n > 1 {
			all[fit] += fmt.Sprintf(" ended %d times", n)
		}
	}
	if runs, err := os.ReadDir(filepath.Join(out, "runs")); err != nil || len(runs) != len(all)-len(sweepState(t, out).Draws) {
		t.Errorf("%d run folders, %v", len(runs), err)
	}
	return all
}

// Workers that are killed, and a queue whose file is removed: every draw ends once, with the weights of an undisturbed sweep.
func TestSweepSurvivesKills(t *testing.T) {
	t.Parallel()
	args := func(out string, workers int) []string {
		return sweepArgs(out, "--draws", "2", "--seeds", "2", "--slice", "0.5", "--set", "fit.max_steps=120", "--workers", fmt.Sprint(workers))
	}
	serial := filepath.Join(t.TempDir(), "serial")
	if state := start(t, args(serial, 1)...).End(t); state.ExitCode() != done {
		t.Fatal(state)
	}
	trial{args: func(out string) []string { return args(out, 2) }, every: 500 * time.Millisecond, kills: 3, remove: true}.survives(t, serial)
}

// SIGTERM and SIGUSR1 let a worker save and end; a worker whose parent was killed ends, too; a stopped sweep rests until it is run again.
func TestSweepStops(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "sweep")
	args := sweepArgs(out, "--draws", "2", "--set", "fit.max_steps=3000", "--workers", "1")
	p := start(t, args...)
	p.Until(t, "worker 1: draw")
	pids := crewOf(t, out)
	if len(pids) != 1 {
		t.Fatalf("%d workers, want 1", len(pids))
	}
	p.Signal(t, syscall.SIGKILL)
	p.End(t)
	for begun := time.Now(); len(crewOf(t, out)) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("a worker goes on without its parent")
		}
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGUSR1} {
		w := start(t, "sweep", "work", "--out", out)
		w.Until(t, "draw ")
		for sweepState(t, out).Draws[0].Steps < 5 { // the first validation
			time.Sleep(50 * time.Millisecond)
		}
		begun := time.Now()
		w.Signal(t, s)
		if state := w.End(t); state.ExitCode() != failed || !strings.Contains(w.Said(), "interrupted; what was done is saved") || time.Since(begun) > 20*time.Second {
			t.Errorf("%v: %v after %v: %s", s, state, time.Since(begun), w.Said())
		}
		if state := sweepState(t, out); state.State != sweep.Waiting || state.Draws[0].Steps == 0 {
			t.Errorf("after %v the sweep is %s, %d steps", s, state.State, state.Draws[0].Steps)
		}
	}
	p = start(t, args...)
	p.Until(t, "worker 1: draw")
	works(t, "sweep", "stop", "--out", out)
	if state := p.End(t); state.ExitCode() != failed || !strings.Contains(p.Said(), "the sweep was stopped") {
		t.Errorf("stopped: %v: %s", state, p.Said())
	}
	if state := sweepState(t, out); state.State != sweep.Stopped {
		t.Errorf("stopped, the sweep is %s", state.State)
	}
	works(t, "sweep", "work", "--out", out) // returns at once
}

// What a sweep prints, from the flags to the best draw; a finished one returns at once.
func TestSweepVerbs(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "sweep")
	state, names := keys(t, works(t, sweepArgs(out, "--draws", "3", "--seeds", "2", "--workers", "1", "--json", "--search", "sobol")...))
	equal(t, "sweep run --json", names, "version", "id", "state", "over", "objective", "search", "asha", "draws")
	if state["state"] != "finished" || len(state["draws"].([]any)) != 3 {
		t.Errorf("found %v", state["state"])
	}
	if err := os.Remove(filepath.Join(out, queue.File)); err != nil {
		t.Fatal(err)
	}
	works(t, "sweep", "run", "--out", out) // returns at once, without a queue
	if _, err := os.Stat(filepath.Join(out, queue.File)); err == nil {
		t.Error("a finished sweep opened a queue")
	}
	best, names := keys(t, works(t, "sweep", "best", "--out", out, "--json"))
	equal(t, "sweep best --json", names, "number", "values", "state", "val_loss", "val_loss_sd", "steps", "runs", "attempts", "error", "fits", "sweep", "best")
	if all := best["best"].([]any); len(all) != 3 || all[0].(map[string]any)["number"] != best["number"] {
		t.Errorf("best: %v", best)
	}
	if table := works(t, "sweep", "best", "--out", out); !strings.Contains(table, filepath.Join(out, "runs", "000")) || !strings.Contains(table, "fit.learning_rate=") {
		t.Errorf("%s", table)
	}
	if table := works(t, "sweep", "status", "--out", out, "--watch"); !strings.Contains(table, "finished: 3 of 3 draws over (3 done, 0 stopped early, 0 failed)") {
		t.Errorf("%s", table)
	}
	works(t, "sweep", "retry", "--out", out)
	fails(t, failed, sweepArgs(out, "--search", "tpe"), "holds another sweep: --search tpe, the sweep there has sobol")
	again := filepath.Join(t.TempDir(), "again")
	works(t, "sweep", "run", "--space-file", filepath.Join(out, "sweep.yaml"), "--draws", "1", "--seeds", "1", "--workers", "1", "--out", again)
	if one, first := sweepState(t, again).Draws[0].Values, sweepState(t, out).Draws[0].Values; !cmp.Equal(one, first) {
		t.Errorf("from its file, the first draw is %v, want %v", one, first)
	}
}

// The script for Slurm with stand-ins: two tasks run as processes, one is told that its time is over and goes back into the line, the other is killed and is
// started again, and the sweep is finished.
func TestSweepOnSlurm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := filepath.Join(dir, "sweep")
	works(t, sweepArgs(out, "--draws", "3", "--set", "fit.max_steps=250", "--slice", "0.5", "--prepare")...)
	script := filepath.Join(dir, "sweep.sh")
	works(t, "sweep", "slurm", "--out", out, "--tasks", "2", "--program", program(t), "--file", script)
	requeued := filepath.Join(dir, "requeued")
	if err := os.WriteFile(filepath.Join(dir, "scontrol"), []byte("#!/bin/sh\necho $2 >>"+requeued+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	sbatch := func(task int) *exec.Cmd {
		cmd := exec.Command("bash", script)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "SLURM_ARRAY_JOB_ID=1", fmt.Sprint("SLURM_ARRAY_TASK_ID=", task))
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }) //nolint:errcheck // ended already
		return cmd
	}
	first, second := sbatch(0), sbatch(1)
	for running := 0; running < 2; time.Sleep(50 * time.Millisecond) {
		s := sweepState(t, out)
		running = s.Fits(sweep.Running)
	}
	_ = syscall.Kill(-second.Process.Pid, syscall.SIGKILL) //nolint:errcheck // a node that fails
	_ = second.Wait()                                      //nolint:errcheck // it was killed
	if err := first.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(requeued); err != nil || string(text) != "1_0\n" {
		t.Fatalf("requeued: %q, %v", text, err)
	}
	if n := sweepState(t, out).Over; n == 3 {
		t.Error("nothing was left to go on with")
	}
	first, second = sbatch(0), sbatch(1)
	if err := errors.Join(first.Wait(), second.Wait()); err != nil {
		t.Error(err)
	}
	if s := sweepState(t, out); s.State != sweep.Finished || s.Count(sweep.Done) != 3 {
		t.Errorf("%s, %d done", s.State, s.Count(sweep.Done))
	}
	if text := works(t, "sweep", "kubernetes", "--out", out, "--image", "lab/v1lab:1", "--claim", "data"); !strings.Contains(text, "mountPath: "+dir+"\n") {
		t.Errorf("%s", text)
	}
	fails(t, wrongUse, []string{"sweep", "slurm", "--out", out, "--program", program(t), "--queue", "postgres://lab:secret@db/x"}, "has a password")
	fails(t, wrongUse, []string{"sweep", "kubernetes", "--out", out, "--image", "i", "--claim", "data", "--mount", "/elsewhere"}, "--mount /elsewhere")
	fails(t, failed, []string{"sweep", "slurm", "--out", dir}, "is no sweep")
}
