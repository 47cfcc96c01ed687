// Package figurestest compares figures with stored pictures.
//
// In go a test and a figure. If the figure looks different from the stored picture, the test fails and names a file with the new picture.
// It is separate from figures so that programs do not link package testing.
package figurestest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/cmpimg"

	"v1lab/notebooks/figures"
)

var regen = flag.Lookup("regen") // flag of package cmpimg: store new pictures instead of comparing

// Compare draws a figure with dpi dots per inch and compares it with testdata/name.png of the tested package.
func Compare(t *testing.T, figure *figures.Figure, dpi int, name string) {
	t.Helper()
	var got bytes.Buffer
	if err := figure.WritePNG(&got, dpi); err != nil {
		t.Fatal(err)
	}
	stored := filepath.Join("testdata", name+".png")
	if regen.Value.String() == "true" {
		if err := os.WriteFile(stored, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(stored)
	if err != nil {
		t.Fatalf("%v; draw it with -regen", err)
	}
	if same, err := cmpimg.EqualApprox("png", got.Bytes(), want, 0.05); err != nil || !same {
		differs := filepath.Join(os.TempDir(), "v1lab_"+strings.ReplaceAll(t.Name(), "/", "_")+".png")
		if err := os.WriteFile(differs, got.Bytes(), 0o644); err != nil {
			t.Error(err)
		}
		t.Errorf("%s: the figure now looks like %s (%v); if that is right, store it with -regen", stored, differs, err)
	}
}
