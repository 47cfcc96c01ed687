//go:build peers

// This file's test installs PyTorch and JAX at its first run (0.7 GB), and is built with -tags peers alone.

package pytorch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"v1lab/kernels/peers"
	"v1lab/v1model/pytorch"
)

// PyTorch predicts what v1lab does, to 1e-5, for every kind of core and readout, on raw images and with covariates.
func TestPyTorchPredictsTheSame(t *testing.T) {
	interpreter, err := peers.Ensure(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	parent := t.TempDir()
	var programs []string
	for name, settings := range cases() {
		dir := filepath.Join(parent, name)
		if err := pytorch.Write(t.Context(), stored(t, name, settings), dir); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		programs = append(programs, filepath.Join(dir, pytorch.ModelFile))
	}
	// One process, as starting PyTorch takes seconds. Each program compares its rates with ours, and ends the process if they differ.
	const all = `import runpy, sys
for program in sys.argv[1:]:
    print(program)
    runpy.run_path(program, run_name="__main__")`
	out, err := exec.CommandContext(t.Context(), interpreter, append([]string{"-c", all}, programs...)...).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
