package sweep_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/v1model/experiments/search"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

// before makes the folder of a fit of before: a config, changed, with a loss (0: not finished).
func before(t *testing.T, loss float64, change ...string) string {
	t.Helper()
	config := tiny(t)
	if err := config.Set(change...); err != nil {
		t.Fatal(err)
	}
	d, err := data()
	if err != nil {
		t.Fatal(err)
	}
	run, err := runfolder.Create(filepath.Join(t.TempDir(), "run"), config, runfolder.Describe(d))
	if err != nil {
		t.Fatal(err)
	}
	if loss != 0 {
		if err := run.WriteResult(runfolder.Result{Reason: runfolder.ReasonCap, Steps: 6, ValLoss: jsonfloat.Float(loss)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	return run.Path
}

// stranger is a finished fit to another recording.
func stranger(t *testing.T) string {
	t.Helper()
	d, err := data()
	if err != nil {
		t.Fatal(err)
	}
	record := runfolder.Describe(d)
	record.Spec, record.Fingerprint = "there", "feed"
	run, err := runfolder.Create(filepath.Join(t.TempDir(), "run"), tiny(t), record)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.WriteResult(runfolder.Result{Reason: runfolder.ReasonCap, Steps: 6, ValLoss: 1}); err != nil {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	return run.Path
}

// pair makes the two seeds of a draw of before.
func pair(t *testing.T, rate string, loss float64) []string {
	t.Helper()
	return []string{before(t, loss, "fit.learning_rate="+rate, "readout.sparsity=0.01"), before(t, loss+1, "fit.learning_rate="+rate, "readout.sparsity=0.01", "fit.seed=2")}
}

// Runs of before are draws with numbers below 0: the best can be one of them, they are not counted as draws of the search, and a second import adds nothing.
func TestImport(t *testing.T) {
	f := create(t, small("random", false)) // two seeds
	runs := append(pair(t, "0.001", 5), pair(t, "0.002", 3)...)
	draws, err := f.Import(runs...)
	if err != nil || len(draws) != 2 || draws[0].Number != -1 || draws[1].Number != -2 {
		t.Fatalf("%v, %v", draws, err)
	}
	s := read(t, f)
	best := s.Best(5)
	if s.Asked() != 6 || s.Over != 0 || s.State != sweep.Waiting || s.Count(sweep.Done) != 0 || len(s.Imported()) != 2 || len(best) != 2 || best[0].Number != -2 || best[0].ValLoss != 3.5 {
		t.Errorf("%s, %d of %d over, %d imported, best %v", s.State, s.Over, s.Asked(), len(s.Imported()), best)
	}
	if v := best[0].Values; v["fit.learning_rate"] != 0.002 || v["readout.sparsity"] != 0.01 || len(v) != 2 {
		t.Errorf("values %v", v)
	}
	for _, run := range best[0].Runs {
		if _, err := runfolder.Open(run); err != nil {
			t.Error(err)
		}
	}
	if again, err := f.Import(runs...); err != nil || len(again) != 0 || len(read(t, f).Imported()) != 2 {
		t.Errorf("imported again: %v, %v", again, err)
	}
	if err := s.Keep(f); err != nil {
		t.Fatal(err)
	}
	if s := read(t, f); s.Asked() != 6 || len(s.Imported()) != 2 {
		t.Errorf("with sweep.json there are %d draws and %d imported", s.Asked(), len(s.Imported()))
	}
}

// What cannot be a draw is refused by name, and nothing is taken.
func TestImportRefuses(t *testing.T) {
	f := create(t, small("random", false))
	good := pair(t, "0.001", 5)
	for want, run := range map[string]string{
		"fitted to other data, \"there\" (fingerprint feed)": stranger(t),
		"it is not finished":                   before(t, 0, "fit.learning_rate=0.001", "readout.sparsity=0.01"),
		"no validation loss":                   before(t, math.NaN(), "fit.learning_rate=0.001", "readout.sparsity=0.01"),
		"fit.learning_rate: fo":                before(t, 1, "fit.learning_rate=0.5", "readout.sparsity=0.01"),
		"fit.batch: found 5, the sweep has 10": before(t, 1, "fit.learning_rate=0.001", "readout.sparsity=0.01", "fit.batch=5"),
		"1 seeds with the values fit.learning_rate=0.003 readout.sparsity=0.01; accepted: at least 2": before(t, 1, "fit.learning_rate=0.003", "readout.sparsity=0.01"),
		"its seed and values are those of": before(t, 1, "fit.learning_rate=0.001", "readout.sparsity=0.01"),
		"no config.yaml there":             t.TempDir(),
		"in the sweep's folder":            filepath.Join(f.Path, "runs", "0000-seed1"),
	} {
		_, err := f.Import(append(good, run)...)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "run ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
	if n := len(read(t, f).Imported()); n != 0 {
		t.Errorf("%d draws were taken", n)
	}
}

// A method that learns sees imported draws from the next proposal on; what was proposed before, and what is proposed again after its file is lost, stays.
func TestImportedDrawsAreSeen(t *testing.T) {
	spec := small("tpe", false)
	spec.Draws, spec.Ahead, spec.Seeds = 30, 30, 1
	proposed := func(t *testing.T, f *sweep.Folder) (all []string) {
		t.Helper()
		s := read(t, f)
		for range f.Tasks(s) {
		}
		for _, d := range read(t, f).Draws {
			if d.Number >= 0 {
				all = append(all, fmt.Sprint(search.Settings(d.Values)))
			}
		}
		return all
	}
	f, blank := create(t, spec), create(t, spec)
	var runs []string
	for i := range 12 { // more than the draws at random with which the method begins
		runs = append(runs, before(t, 5+float64(i), fmt.Sprintf("fit.learning_rate=%g", 0.0001*float64(i+1)), "readout.sparsity=0.01"))
	}
	for task := range f.Tasks(read(t, f)) {
		if task.Draw == 3 {
			break
		}
	}
	if _, err := f.Import(runs...); err != nil {
		t.Fatal(err)
	}
	with, without := proposed(t, f), proposed(t, blank)
	for n := range with {
		if same := with[n] == without[n]; same != (n < 4) {
			t.Errorf("draw %d: %s, without imports %s", n, with[n], without[n])
		}
	}
	for _, n := range []int{2, 20} {
		if err := os.Remove(filepath.Join(f.Path, "draws", fmt.Sprintf("%04d.json", n))); err != nil {
			t.Fatal(err)
		}
	}
	if again := proposed(t, f); fmt.Sprint(again) != fmt.Sprint(with) {
		t.Error("proposed again, draws differ")
	}
}

// A fit of another sweep, copied, opens with its weights.
func TestImportOfOtherSweep(t *testing.T) {
	if testing.Short() {
		t.Skip("makes fits")
	}
	spec := small("random", false)
	spec.Draws, spec.Seeds, spec.Slice = 1, 1, 100
	from := create(t, spec)
	finish(t, from, 1, func(int) int { return 0 })
	to := create(t, spec)
	draws, err := to.Import(from.Run(0, 0))
	if err != nil || len(draws) != 1 || !draws[0].ValLoss.Finite() {
		t.Fatal(draws, err)
	}
	run, err := runfolder.Open(draws[0].Runs[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := run.Fitted(); err != nil {
		t.Errorf("the copy has no weights: %v", err)
	}
}
