//go:build image

package docker_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The images' install script works in a clean Debian root, and what it leaves runs the quickstart notebook without a network, as a user that the
// image does not know. It needs root, 8 GB and some 20 minutes: go test -tags image -timeout 60m ./docker
func TestInstall(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root")
	cmd := exec.Command("./check.sh", root)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	executed, err := os.ReadFile(filepath.Join(root, "home/jovyan/work/out/quickstart.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"image/png", "10 steps in", "adjusted Rand index with the true types"} {
		if !strings.Contains(string(executed), want) {
			t.Errorf("the executed notebook lacks %q", want)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "usr/local/share/jupyter/kernels/v1lab/kernel.json")); err != nil {
		t.Error("no kernel under the system's prefix: ", err)
	}
}
