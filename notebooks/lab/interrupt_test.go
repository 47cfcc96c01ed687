package lab_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"v1lab/kernels/background"
	"v1lab/notebooks/lab"
	"v1lab/v1model/runfolder"
)

const (
	tiny      = "simulated:?neurons=4&images=60&val=20&test=10&repeats=2&height=16&width=16"
	endless   = 1_000_000
	soon      = 5 * time.Second // what a stop button may take
	following = "best validation loss"
)

// settingsTo are those of a fit that goes to its cap on steps.
func settingsTo(steps int) []string {
	return []string{"core.features=2,2,2", "core.filter_sizes=5,3,3", "fit.batch=20", "fit.validate_every=50", "fit.patience=1000000", fmt.Sprint("fit.max_steps=", steps)}
}

// asCell is a cell that calls a function of this package as the test would.
func asCell(verb, path string, steps int) string {
	return fmt.Sprintf("lab.%s(%q, %q, %q, %#v...)", verb, tiny, "quickstart", path, settingsTo(steps))
}

// saved waits until nobody writes to a run folder, and wants its last writer to have ended in good order, with a checkpoint.
func saved(t *testing.T, path string) {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		w, writing, err := runfolder.WriterOf(path)
		if err != nil || time.Since(begun) > soon {
			t.Fatalf("%s: still written by %v (%v)", path, w, err)
		}
		if !writing {
			if w.PID != 0 {
				t.Errorf("%s: left by %v without saving", path, w)
			}
			break
		}
	}
	if _, err := os.Stat(filepath.Join(path, "checkpoint", "last.npz")); err != nil {
		t.Error(err)
	}
}

// writer waits until somebody writes to a run folder and has come further than some step.
func writer(t *testing.T, path string, beyond int) runfolder.Writer {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		w, writing, err := runfolder.WriterOf(path)
		if err == nil && writing && w.IsLocal() && w.Progress != nil && w.Progress.Steps > beyond {
			return w
		}
		if err != nil || time.Since(begun) > time.Minute {
			t.Fatalf("%s: nobody comes beyond step %d (%v, %v)", path, beyond, w, err)
		}
	}
}

// The stop button, in a real kernel, saves at once and says where; run again the cell goes on, in the background or not, and the fit
// ends as an unbroken one. A cell whose fit fails says why.
func TestCellsWithFits(t *testing.T) {
	privateHome(t)
	const steps = 800
	dir := t.TempDir()
	n, path := open(t, dir), filepath.Join(dir, "run")
	stop := func(verb, path string, steps int, says string) {
		t.Helper()
		n.cell(asCell(verb, path, steps))
		n.shown(following)
		begun := time.Now()
		n.do("interrupt")
		n.ended("ok", says)
		took := time.Since(begun)
		if saved(t, path); took > soon {
			t.Errorf("%s: stopped after %v", verb, took)
		}
		t.Logf("%s: stopped after %v", verb, took)
	}
	other := filepath.Join(dir, "other")
	stop("Fit", path, steps, "; the state is saved in "+path+"; run the cell again to go on")
	stop("FitInBackground", other, endless, "the fit is stopped; its state is saved in "+other+"; run the cell again to go on")
	n.cell(asCell("FitInBackground", path, steps))
	n.ended("ok", fmt.Sprintf("%d steps in ", steps))

	broken, _, err := lab.FitInBackground(tiny, "quickstart", path).Result() // it is over
	if err != nil {
		t.Fatal(err)
	}
	unbroken, _, err := lab.Fit(tiny, "quickstart", filepath.Join(dir, "unbroken"), settingsTo(steps)...).Result()
	if broken.Seconds, broken.Made = unbroken.Seconds, unbroken.Made; err != nil || broken != unbroken {
		t.Errorf("stopped once %+v, unbroken %+v (%v)", broken, unbroken, err)
	}

	n.cell(fmt.Sprintf("lab.FitInBackground(%q, %q, %q)", "npz:none.npz", "quickstart", filepath.Join(dir, "bad")))
	n.ended("error", "the end of "+filepath.Join(dir, "bad", "fit.log"))
	if !strings.Contains(n.said, filepath.Join(dir, "none.npz")+": no such file") {
		t.Errorf("the cell says %s", n.said)
	}
	// Writes beyond some size fail, as on a full disk.
	n.cell(`signal.Ignore(syscall.SIGXFSZ)
if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 3000, Max: 3000}); err != nil { panic(err) }
` + asCell("Fit", filepath.Join(dir, "full"), 50))
	n.ended("error", "file too large; the checkpoint before it is whole")
}

// A kernel that is restarted or killed leaves no process of its own, and a fit in its cell is saved. A fit in the background goes on, and is found
// again.
func TestFitsOfKernelsThatEnd(t *testing.T) {
	privateHome(t)
	dir := t.TempDir()
	n, path := open(t, dir), filepath.Join(dir, "run")
	n.cell(asCell("Fit", path, endless))
	n.shown(following)
	before := append(children(t, n.pid), n.pid)
	n.do("restart")
	gone(t, soon, before...)
	saved(t, path)

	n.cell(asCell("Fit", path, endless))
	n.shown(following)
	begun := time.Now()
	gone(t, soon, n.kill())
	t.Logf("the cell of a killed kernel ended after %v", time.Since(begun))
	saved(t, path)

	n = open(t, dir)
	n.cell(asCell("FitInBackground", path, endless))
	n.shown(following)
	fit, cell := writer(t, path, 0), n.cellOf()
	if fit.PID == cell || len(children(t, cell)) != 1 {
		t.Fatalf("the fit is process %d, the cell %d", fit.PID, cell)
	}
	n.kill()
	gone(t, soon, cell)

	n = open(t, dir)
	begun = time.Now()
	n.cell(asCell("FitInBackground", path, endless))
	n.shown(following)
	t.Logf("found again after %v", time.Since(begun))
	cell = n.cellOf()
	if len(children(t, cell)) != 0 {
		t.Error("found again, and yet started")
	}
	n.slow() // a kernel that takes long to end does not stop the fit
	n.do("restart")
	gone(t, soon, cell)
	w := writer(t, path, fit.Progress.Steps)
	if w = writer(t, path, w.Progress.Steps); w.PID != fit.PID || w.Birth != fit.Birth {
		t.Errorf("the fit was %+v, and is %+v after a restart", fit, w)
	}
	n.cell(fmt.Sprintf("lab.Follow(%q)", path))
	n.shown(following)
	n.do("interrupt")
	n.ended("ok", fmt.Sprintf("the fit goes on in process %d", fit.PID))
	n.cell(asCell("Fit", path, endless)) // the same fit is followed, and left alone
	n.shown(following)
	n.do("interrupt")
	n.ended("ok", fmt.Sprintf("the fit goes on in process %d", fit.PID))
	n.cell(asCell("Fit", path, endless-1)) // one writer at a time
	n.ended("error", fmt.Sprintf("another process is writing to it (process %d, since ", fit.PID))

	lab.StopFit(path)
	saved(t, path)
	gone(t, soon, fit.PID)
}

// A fit in the background that is killed is found out.
func TestKilledFitInTheBackground(t *testing.T) {
	privateHome(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "run")
	lab.StartFit(tiny, "quickstart", path, settingsTo(endless)...)
	w := writer(t, path, 0)
	f, err := background.Find(path)
	if err != nil || f == nil {
		t.Fatal(f, err)
	}
	if err := syscall.Kill(w.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_, err = f.Follow(t.Context(), nil)
	if want := "the fit in " + path + " was killed"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}
