package notebooks_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/v1model/runfolder"
)

// analysed runs one of the notebooks that open a run folder, at toy size, with more parameters, and returns the run's path and what it shows.
// The fit is not there before: the notebook makes it.
func analysed(t *testing.T, name string, more map[string]string, wantPictures int, want ...string) (run string) {
	t.Helper()
	t.Parallel()
	run = filepath.Join(t.TempDir(), "run")
	params := map[string]string{"run": run}
	maps.Copy(params, toy)
	maps.Copy(params, more)
	pictures, text := outputs(t, executed(t, name, params))
	if pictures != wantPictures {
		t.Errorf("%d pictures, want %d", pictures, wantPictures)
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q among the outputs", w)
		}
	}
	fitted(t, run)
	return run
}

// fitted wants a fit that is over.
func fitted(t *testing.T, path string) *runfolder.Folder {
	t.Helper()
	folder, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if result, ok, err := folder.Result(); err != nil || !ok || result.Steps != 10 {
		t.Errorf("%s: result %+v %v %v, want 10 steps", path, result, ok, err)
	}
	return folder
}

// The notebook of features fits the control too, and sets both readouts side by side. Where no image was shown twice the ceiling is unknown.
func TestFeatures(t *testing.T) {
	once := map[string]string{"data": strings.Replace(toy["data"], "repeats=4", "repeats=1", 1)}
	run := analysed(t, "features", once, 7, "joint L1 readout", "dense separate readout", "clean neurons", "with the sparse readout", "ceiling unknown")
	if kind := fitted(t, run+"-dense").Config.Readout.Kind; kind != "dense_separate" {
		t.Errorf("readout of the control %q", kind)
	}
}
