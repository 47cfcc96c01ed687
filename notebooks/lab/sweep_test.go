package lab_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"v1lab/kernels/background"
	"v1lab/notebooks/lab"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/runfolder"
)

// options are those of a small sweep with one worker.
func options(steps int) lab.SweepOptions {
	return lab.SweepOptions{Space: []string{"readout.sparsity=log(1e-3,0.1)", "fit.learning_rate=log(1e-4,1e-2)"}, Set: settingsTo(steps), Draws: 2, Workers: 1}
}

func init() {
	programs["sweep"] = func(path string) { lab.Sweep(tiny, "quickstart", path, options(1000)) }
	programs["sweep on"] = func(path string) { lab.Sweep("", "", path, lab.SweepOptions{}) }
	programs["no queue"] = func(path string) { lab.Sweep("", "", path, lab.SweepOptions{Queue: "redis://x"}) }
	programs["follow sweep"] = func(path string) { lab.FollowSweep(path) }
	programs["bad range"] = func(path string) {
		lab.Sweep(tiny, "quickstart", path, lab.SweepOptions{Space: []string{"readout.sparsity=log(0,1)"}})
	}
	programs["other sweep"] = func(path string) { lab.Sweep(tiny, "quickstart", path, lab.SweepOptions{Search: "tpe"}) }
	programs["few workers"] = func(path string) { lab.Sweep("", "", path, lab.SweepOptions{Workers: -1}) }
}

// A sweep goes on without the cell that started it, and without one that follows it. A cell stops it, another goes on, a third sees its end.
func TestSweep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sweep")
	do := func(name string, status int, want string) {
		t.Helper()
		p := start(t, name, path)
		p.ends(t, status)
		if !strings.Contains(p.said, want) {
			t.Errorf("%s says %s; want %q", name, p.said, want)
		}
	}
	do("bad range", 1, "--space: ")
	if _, err := os.Stat(path); err == nil {
		t.Error("a mistake left a folder")
	}
	do("follow sweep", 1, path+" is no sweep")
	do("sweep", 0, "workers are started in the background; lab.FollowSweep(")
	t.Cleanup(func() {
		lab.StopSweep(path)
		for crew := background.CrewOf(path); must(crew.Lives())(t); { // it writes to the folder until it has ended
			time.Sleep(20 * time.Millisecond)
		}
	})
	follow := start(t, "follow sweep", path)
	follow.says(t, "; 1 at work")
	if err := follow.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	follow.ends(t, 0)
	if !strings.Contains(follow.said, "goes on; run the cell again to see it") {
		t.Errorf("it says %s", follow.said)
	}
	do("sweep on", 0, "under way already")
	do("other sweep", 1, "holds another sweep: --search tpe, the sweep there has random")
	do("few workers", 1, "--workers -1; accepted: a number from 1")
	lab.StopSweep(path)
	if s := lab.OpenSweep(path); s.State.State != sweep.Stopped || len(s.Workers()) != 0 {
		t.Fatalf("%s, %v at work", s.State.State, s.Workers())
	}
	do("follow sweep", 0, "is stopped; its state is saved")
	do("no queue", 0, "workers are started")
	do("follow sweep", 1, "queue redis://x: accepted: postgres://")
	do("sweep on", 0, "workers are started")
	begun := time.Now()
	do("follow sweep", 0, "finished: 2 of 2 draws over; the best is draw ")
	t.Logf("followed for %v", time.Since(begun))
	do("sweep on", 0, "is finished: 2 draws")
	s := lab.OpenSweep(path)
	best := s.Best(5)
	if len(best) != 2 || s.State.State != sweep.Finished || !runfolder.IsRun(best[0].Runs[0]) {
		t.Fatalf("%s, best %+v", s.State.State, best)
	}
	header, rows := lab.DrawTable(best)
	if strings.Join(header, " ") != "draw state validation loss steps fit.learning_rate readout.sparsity" || len(rows) != 2 || len(rows[0]) != 6 || rows[0][1] != "done" || rows[0][3] != "1000" {
		t.Errorf("table %q %q", header, rows)
	}
}
