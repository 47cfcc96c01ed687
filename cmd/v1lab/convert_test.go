package main

import (
	"path/filepath"
	"testing"
)

// A recording converted to HDF5 and back is the same recording.
func TestDataConvertHDF5(t *testing.T) {
	dir := t.TempDir()
	h5, npz := filepath.Join(dir, "x.h5"), filepath.Join(dir, "x.npz")
	if out := works(t, "data", "convert", recording, "--out", h5); out != "hdf5:"+h5+"\n" {
		t.Errorf("convert printed %q", out)
	}
	if out := works(t, "data", "convert", "hdf5:"+h5, "--out", npz); out != "npz:"+npz+"\n" {
		t.Errorf("convert printed %q", out)
	}
	fingerprints := map[any]bool{}
	for _, spec := range []string{recording, "hdf5:" + h5, "npz:" + npz} {
		found, _ := keys(t, works(t, "data", "info", spec, "--json"))
		fingerprints[found["fingerprint"]] = true
	}
	if len(fingerprints) != 1 {
		t.Errorf("fingerprints %v", fingerprints)
	}
	fails(t, wrongUse, []string{"data", "convert", recording, "--out", filepath.Join(dir, "x.mat")}, ".mat", "accepted: .h5, .npz")
}
