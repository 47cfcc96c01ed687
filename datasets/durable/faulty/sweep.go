package faulty

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/durable"
)

// All is the value of V1LAB_TEST_FAULTS for which sweeps try every operation, however long that takes.
const All = "all"

// Complete tells whether every operation is to be tried.
func Complete() bool { return os.Getenv("V1LAB_TEST_FAULTS") == All }

// Work is what a sweep interrupts. Its functions get a folder.
type Work struct {
	Prepare func(dir string) error // makes what is there before; nil: nothing
	Run     func(dir string) error // the work, also when it goes on after a fault
	Whole   func(dir string) error // after a fault: nil if what is there is old or new, never half
	Done    func(dir string) error // after the work: nil if the result is that of work without a fault
	Named   string                 // every error names this in the folder, or something below it; "": anything in the folder
	Every   int                    // without Complete, only every so many operations fail; 0 means every one
}

// Sweep lets each operation of the work fail in turn, in each way, until the work ends without a fault. After each it looks at what is there, lets the work go
// on with a disk that works, and compares the result. It returns the number of faults.
func Sweep(t *testing.T, w Work) (points int) {
	t.Helper()
	every := max(1, w.Every)
	if testing.Short() && every > 1 {
		every *= 10
	}
	if Complete() {
		every = 1
	}
	for _, f := range []Fault{Broken, Full, Cut} {
		for n := 1; ; n += every {
			done, err := w.point(t.TempDir(), f, n, float64(n%4)/3)
			if err != nil {
				t.Errorf("%s, operation %d: %v", f.Name, n, err)
			}
			if done || t.Failed() {
				break
			}
			points++
		}
	}
	t.Logf("%d faults", points)
	return points
}

// point lets operation n fail. done is true if the work has fewer operations.
func (w Work) point(dir string, f Fault, n int, share float64) (done bool, err error) {
	defer os.RemoveAll(dir) //nolint:errcheck // a test's folder
	if w.Prepare != nil {
		if err := w.Prepare(dir); err != nil {
			return true, fmt.Errorf("prepare: %w", err)
		}
	}
	d, err := New(dir)
	if err != nil {
		return true, err
	}
	defer durable.Use(d)() // also for what follows, as it syncs nothing in earnest
	d.FailAt(n, f)
	err = w.Run(dir)
	what := d.Failed()
	d.FailAt(0, f)
	if what == "" {
		if err != nil {
			return true, fmt.Errorf("without a fault: %w", err)
		}
		return true, w.Done(dir)
	}
	if err != nil && (!errors.Is(err, f.Err) || !strings.Contains(err.Error(), filepath.Join(dir, w.Named))) {
		return false, fmt.Errorf("%s: the error does not name the file and the cause: %w", what, err)
	}
	if f.Cut {
		if err := d.PowerCut(share); err != nil {
			return false, err
		}
	} else if err == nil { // a fault that the work may survive: a temporary file that could not be removed
		if err := w.Done(dir); err != nil {
			return false, fmt.Errorf("%s: no error, and %w", what, err)
		}
	}
	if err := w.Whole(dir); err != nil {
		return false, fmt.Errorf("%s: left: %w", what, err)
	}
	if err := w.Run(dir); err != nil {
		return false, fmt.Errorf("%s: going on: %w", what, err)
	}
	if err := w.Done(dir); err != nil {
		return false, fmt.Errorf("%s: after going on: %w", what, err)
	}
	return false, nil
}
