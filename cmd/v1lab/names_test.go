package main

import (
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/array"
)

// Names in a file of somebody else's do nothing to a terminal.
func TestNamesAreShownAsTheyAre(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.npz")
	works(t, "data", "convert", "simulated:?neurons=2&images=40&val=12&test=12&repeats=2&height=16&width=16", "--out", file)
	arrays, err := array.ReadNPZ(file)
	if err != nil {
		t.Fatal(err)
	}
	arrays["neuron_ids"] = array.New([]string{"a\x1b[2J", "b\nc"}, 2)
	arrays["neuron_sessions"] = array.New([]string{"s\x1b]0;t\x07", "\u009b31m"}, 2)
	if err := array.WriteNPZ(file, arrays); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"data", "info", "npz:" + file}, {"data", "info", "npz:" + file, "--json"}, {"data", "check", "npz:" + file}, {"data", "info", "npz:\x1b[2J"}} {
		_, stdout, stderr := v1lab(args...)
		if text := stdout + stderr; strings.ContainsAny(text, "\x1b\x07\u009b") {
			t.Errorf("v1lab %v: %q", args, text)
		}
	}
	if _, stdout, _ := v1lab("data", "info", "npz:"+file); !strings.Contains(stdout, `s\u001b]0;t\u0007`) {
		t.Errorf("%q", stdout)
	}
}
