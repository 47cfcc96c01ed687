package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/v1model/torchfile/torchfiletest"
)

// smallTwin writes a checkpoint of one layer of 2 maps and 3 neurons.
func smallTwin(t *testing.T, sessions ...string) string {
	t.Helper()
	var s torchfiletest.State
	s.Modules = []string{"", "core", "core.features.layer0.nonlin"}
	s.Add("core.features.layer0.conv.weight", nil, 2, 1, 3, 3)
	for _, session := range sessions {
		s.Add("readout."+session+".sigma", nil, 1, 3, 2, 2)
		s.Add("readout."+session+"._mu", nil, 1, 3, 1, 2)
		s.Add("readout."+session+"._features", nil, 1, 2, 1, 3)
	}
	path := filepath.Join(t.TempDir(), "twin.pth")
	if err := os.WriteFile(path, torchfiletest.Zip(t, s), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A PyTorch checkpoint becomes a run that predicts; what is not in the file is asked for and said; a session that is published brings its preset.
func TestImportTorch(t *testing.T) {
	one, run, dir := smallTwin(t, "a"), filepath.Join(t.TempDir(), "run"), t.TempDir()
	args := []string{"import", "torch", "--checkpoint", one, "--image-size", "8x9", "--set", "core.padding=valid"}
	stdout := works(t, with(args, "--out", run)...)
	if !strings.HasPrefix(stdout, run+": session a of "+one+", 3 neurons, images of 8x9, ") || !strings.Contains(stdout, "not in the checkpoint: padding valid (from the config); rate elu1") {
		t.Errorf("printed %q", stdout)
	}
	images, out := filepath.Join(dir, "images.npy"), filepath.Join(dir, "rates.npy")
	if err := array.WriteNPY(images, array.New(make([]float32, 2*8*9), 2, 8, 9)); err != nil {
		t.Fatal(err)
	}
	works(t, "predict", "--run", run, "--images", images, "--out", out)
	rates, err := array.ReadNPY(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range rates.Data.([]float32) { // no image and no biases: elu(0) + 1
		if v != 1 {
			t.Errorf("rates %v, want 1", rates.Data)
		}
	}
	if status, _, stderr := v1lab("cluster", "--run", run); status != 0 || !strings.Contains(stderr, "core.kind: stacked, whose features have no rotations: no rotation-invariant weights, so neurons are grouped by tuning") {
		t.Errorf("cluster: %d, %q", status, stderr)
	}
	fails(t, failed, with(args, "--out", run), run, "exists already")
	fails(t, failed, []string{"import", "torch", "--checkpoint", one, "--set", "core.padding=valid", "--out", run + "2"}, "the size of the images", "--image-size HxW")
	fails(t, failed, []string{"import", "torch", "--checkpoint", one, "--image-size", "8x9", "--out", run + "2"}, "asked for by name: core.padding")
	fails(t, failed, []string{"import", "torch", "--checkpoint", smallTwin(t, "a", "b"), "--image-size", "8x9", "--out", run + "2"}, "--session: a, b")
	fails(t, failed, []string{"import", "torch", "--checkpoint", one, "--config", "sensorium2022", "--out", run + "2"}, "core.filter_sizes: the config says [9 7 7 7]; accepted: [3]")
	fails(t, wrongUse, with(args, "--masks", "abs", "--out", run+"2"), "--masks abs: accepted: normalised, raw")
}
