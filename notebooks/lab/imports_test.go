package lab_test

import (
	"os/exec"
	"strings"
	"testing"
)

// A cell of the engine links no XLA: package lab, as such cells are built, imports nothing that runs models, reads recordings, makes studies or sweeps, speaks to networks or installs plugins.
func TestCellsOfTheEngineAreSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the go command")
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags=v1lab_engine", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(out)) {
		for _, heavy := range []string{"github.com/gomlx/go-xla", "github.com/gomlx/compute/gobackend", "google.golang.org/protobuf", "net/http", "crypto/tls", "go/types", "github.com/scigolib/hdf5", "v1lab/datasets/internal", "v1lab/v1model/experiments/study", "v1lab/v1model/experiments/sweep", "v1lab/v1model/experiments/bench", "v1lab/kernels/pjrt", "v1lab/notebooks/lab/answers"} {
			if path == heavy || strings.HasPrefix(path, heavy+"/") {
				t.Errorf("it imports %s", path)
			}
		}
	}
}
