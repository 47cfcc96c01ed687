package main

import (
	"fmt"
	"os"
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

// Several sessions become a file each, so that their size grows with their number; read as a folder they are the same recording.
func TestDataSimulateSessions(t *testing.T) {
	dir := t.TempDir()
	spec := func(sessions int) string {
		return fmt.Sprintf("simulated:?sessions=%d&neurons=40&images=50&val=5&test=5&repeats=2&height=16&width=16&gain=0.5", sessions)
	}
	size := func(path string) (bytes int64) {
		entries, err := os.ReadDir(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			bytes += info.Size()
		}
		return bytes
	}
	for _, form := range []string{"npz", "h5"} {
		two, four := filepath.Join(dir, form, "two"), filepath.Join(dir, form, "four")
		works(t, "data", "simulate", spec(2), "--out", two, "--format", form)
		scheme := map[string]string{"npz": "npz:", "h5": "hdf5:"}[form]
		if out := works(t, "data", "simulate", spec(4), "--out", four, "--format", form); out != scheme+four+"\n" {
			t.Errorf("printed %q", out)
		}
		if a, b := size(two), size(four); b > 2*a+2*a/100 {
			t.Errorf("%s: four sessions have %d bytes, two %d", form, b, a)
		}
		if _, err := os.Stat(filepath.Join(four, "animal3."+form)); err != nil {
			t.Error(err)
		}
		before, _ := keys(t, works(t, "data", "info", spec(4), "--json"))
		after, _ := keys(t, works(t, "data", "info", scheme+four, "--json"))
		if before["fingerprint"] != after["fingerprint"] {
			t.Errorf("%s: fingerprint %v, simulated %v", form, after["fingerprint"], before["fingerprint"])
		}
		fails(t, failed, []string{"data", "simulate", spec(2), "--out", four}, four+": not empty")
		if entries, err := os.ReadDir(filepath.Join(dir, form)); err != nil || len(entries) != 2 {
			t.Errorf("left behind: %v, %v", entries, err)
		}
	}
	file := filepath.Join(dir, "x.npz")
	fails(t, wrongUse, []string{"data", "simulate", spec(2), "--out", file}, "has 2 sessions, and a file holds one", "--out "+filepath.Join(dir, "x")+",", "--dense")
	works(t, "data", "simulate", spec(2), "--out", file, "--dense")
	if found, _ := keys(t, works(t, "data", "info", "npz:"+file, "--json")); found["neurons"] != 80.0 {
		t.Errorf("dense: %v neurons", found["neurons"])
	}
	fails(t, wrongUse, []string{"data", "simulate", spec(2), "--out", filepath.Join(dir, "y"), "--dense"}, "--dense", "with one file")
	fails(t, wrongUse, []string{"data", "simulate", spec(2), "--out", file, "--format", "h5"}, "--format h5", "with a folder")
	fails(t, wrongUse, []string{"data", "convert", recording, "--out", filepath.Join(dir, "y")}, `extension ""`, filepath.Join(dir, "y.npz"))
}
