package study

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"v1lab/datasets/durable/faulty"
	"v1lab/v1model/runfolder"
)

// Whichever operation fails while a study writes what it found, its files are absent, old or new.
func TestEveryFaultOfAStudysFiles(t *testing.T) {
	old, recent := &Report{Note: "old"}, &Report{Note: "new"}
	outcome := &Outcome{Version: outcomeVersion, Maps: 3}
	path := func(dir string) string { return filepath.Join(dir, "study", "scores", "a.json") }
	whole := func(dir string, done bool) error {
		r, err := Read(filepath.Join(dir, "study"))
		if err != nil {
			return err
		}
		if r.Note != recent.Note && (done || r.Note != old.Note) {
			return fmt.Errorf("report %+v", r)
		}
		o, err := readOutcome(path(dir), runfolder.Result{})
		if err == nil && o == nil && !done {
			return nil
		}
		if err == nil && (o == nil || !reflect.DeepEqual(o.Maps, outcome.Maps)) {
			err = fmt.Errorf("outcome %+v", o)
		}
		return err
	}
	faulty.Sweep(t, faulty.Work{
		Prepare: func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, "study"), 0o755), old.Keep(filepath.Join(dir, "study")))
		},
		Run: func(dir string) error {
			if err := outcome.write(path(dir)); err != nil {
				return err
			}
			return recent.Keep(filepath.Join(dir, "study"))
		},
		Whole: func(dir string) error { return whole(dir, false) },
		Done:  func(dir string) error { return whole(dir, true) },
		Named: "study",
	})
}
