package tfcheckpoint_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/v1model"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/tfcheckpoint"
)

// An imported run holds the checkpoint's weights; the number of neurons need not be said.
func TestImport(t *testing.T) {
	m, values := smallModel(t)
	for name, test := range map[string]struct {
		scope    string
		extra    []string
		unmapped []string
	}{
		"bare":  {extra: []string{"readout/biases/Adam", "global_step"}},
		"scope": {scope: "monkey/", extra: []string{"monkey/zebra"}, unmapped: []string{"monkey/zebra"}},
	} {
		t.Run(name, func(t *testing.T) {
			var variables []variable
			for n, a := range values {
				variables = append(variables, float32s(test.scope+n, a))
			}
			for _, n := range test.extra {
				variables = append(variables, variable{name: n, dtype: 1, shape: []int64{3}, values: []float32{1, 2, 3}})
			}
			prefix, path := filepath.Join(t.TempDir(), "model.ckpt"), filepath.Join(t.TempDir(), "run")
			newWriter().write(t, prefix, variables...)
			c, err := tfcheckpoint.Open(prefix)
			if err != nil {
				t.Fatal(err)
			}
			unmapped, err := tfcheckpoint.Import(c, m.Config, runfolder.Dataset{Shape: v1model.Shape{Height: 6, Width: 7, Channels: 1}}, path)
			if err != nil || !slices.Equal(unmapped, test.unmapped) {
				t.Fatalf("unmapped %v, %v", unmapped, err)
			}
			run, err := runfolder.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := run.Weights()
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(values, got); d != "" || !run.Dataset.Shape.Same(m.Shape) {
				t.Errorf("shape %+v, %s", run.Dataset.Shape, d)
			}
		})
	}
}

func TestImportWritesNothingOnAnError(t *testing.T) {
	m, values := smallModel(t)
	biases := func(name string, n int) variable {
		return variable{name: name, dtype: 1, shape: []int64{int64(n)}, values: make([]float32, n)}
	}
	path := filepath.Join(t.TempDir(), "no", "run")
	for want, variables := range map[string][]variable{
		"no variable readout/biases [neurons], found other":                         {biases("other", 2), biases("thereadout/biases", 2)},
		"a/readout/biases has 2 neurons and b/readout/biases has 3, want one model": {biases("a/readout/biases", 2), biases("b/readout/biases", 3)},
		"missing: core/conv1/coeffs":                                                {biases("readout/biases", 2)},
		"core/conv1/coeffs has shape [15, 1, 1], the model needs [28, 1, 1]":        {float32s("core/conv1/coeffs", values["core/conv1/coeffs"]), biases("readout/biases", 2)},
	} {
		config := m.Config
		if want[:4] == "core" {
			config.Core.FilterSizes = []int{7, 3, 3}
		}
		prefix := filepath.Join(t.TempDir(), "model.ckpt")
		newWriter().write(t, prefix, variables...)
		c, err := tfcheckpoint.Open(prefix)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tfcheckpoint.Import(c, config, runfolder.Dataset{Shape: v1model.Shape{Height: 6, Width: 7, Channels: 1}}, path)
		oneLine(t, "import", err, want)
	}
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		t.Error("something was written")
	}
}
