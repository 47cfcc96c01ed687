package notebooks_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/v1model/runfolder"
)

// The notebook fits its own kind of readout beside the paper's. A program that does not have the kind, such as this test, names the notebook.
func TestOwnReadout(t *testing.T) {
	t.Parallel()
	run := filepath.Join(t.TempDir(), "run")
	params := map[string]string{"run": run}
	maps.Copy(params, toy)
	pictures, text := outputs(t, executed(t, "own_readout", params))
	if pictures != 4 {
		t.Errorf("%d pictures, want 4", pictures)
	}
	for _, want := range []string{"grouped L1 readout", "joint L1 readout", "own_readout.ipynb", "clean neurons", "test correlation"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q among the outputs", want)
		}
	}
	if kind := fitted(t, run+"-joint").Config.Readout.Kind; kind != "joint_l1" {
		t.Errorf("readout of the control %q", kind)
	}
	if _, err := runfolder.Open(run); err == nil || !strings.Contains(err.Error(), `"grouped_l1" is defined in own_readout.ipynb`) {
		t.Errorf("run folder opened without the notebook: error %v", err)
	}
}
