package notebooks_test

import (
	"path/filepath"
	"testing"
)

// The notebook of receptive fields draws fields, raw, masked and at an image, and keeps its images in the run folder.
func TestReceptiveFields(t *testing.T) {
	run := analysed(t, "receptive_fields", map[string]string{"neurons": "0-2,7", "images": "2", "mei_steps": "5", "image": "3"}, 7, `<div class="v1lab-neurons"`, `alt="most exciting image"`)
	keeps(t, run, "meis-*.npz")
}

// The notebook of tuning sets what it measures beside the truth of a simulation.
func TestTuning(t *testing.T) {
	run := analysed(t, "tuning", map[string]string{"neurons": "3", "data": "simulated:?neurons=12&images=160&val=40&test=30&repeats=4&height=16&width=16"}, 3, "orientation off", "within 22.5°", "modulation by phase", `<div class="v1lab-neurons"`, `alt="spatial frequency"`)
	keeps(t, run, "tuning-*.npz")
}

// The notebook of sliders draws their middle where nobody can move them, and says so.
func TestInSilico(t *testing.T) {
	run := analysed(t, "in_silico", map[string]string{"neurons": "0-2,7"}, 1, "To move them, run this cell in JupyterLab", "<th>cycles/px</th>")
	keeps(t, run, "tuning-*.npz")
}

func keeps(t *testing.T, run, pattern string) {
	t.Helper()
	if files, err := filepath.Glob(filepath.Join(run, "insilico", pattern)); err != nil || len(files) != 1 {
		t.Errorf("kept %v %v, want one %s", files, err, pattern)
	}
}
