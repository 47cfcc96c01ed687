package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/v1model/pytorch"
)

// Weights as safetensors say what they are of, without the recording's name, and the folder for PyTorch is whole.
func TestExportForPyTorch(t *testing.T) {
	run, dir := storedRun(t, oldest), t.TempDir()
	weights, torch := filepath.Join(dir, "w.safetensors"), filepath.Join(dir, "torch")
	out := works(t, "export", "--run", run, "--safetensors", weights, "--torch", torch, "--backend", "go")
	content, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(content[8:8+binary.LittleEndian.Uint64(content)], &header); err != nil {
		t.Fatal(err)
	}
	var about map[string]string
	if err := json.Unmarshal(header["__metadata__"], &about); err != nil || !strings.Contains(about["config"], "kind: hermite") || !strings.Contains(about["normalisation"], "image_mean") || !strings.Contains(about["shape"], `"neurons":6`) {
		t.Errorf("%v: %v", err, about)
	}
	if len(header) != 1+17 || header["readout/masks"] == nil || strings.Contains(string(header["__metadata__"]), "simulated:") {
		t.Errorf("%d tensors; metadata %s", len(header)-1, header["__metadata__"])
	}
	for _, name := range []string{pytorch.ModelFile, pytorch.WeightsFile, pytorch.CheckFile} {
		if info, err := os.Stat(filepath.Join(torch, name)); err != nil || info.Size() == 0 || !strings.Contains(out, name) {
			t.Errorf("%s: %v; %s", name, err, out)
		}
	}
	fails(t, wrongUse, []string{"export", "--run", run, "--safetensors", "w.pth"}, `".pth"`, ".safetensors")
}
