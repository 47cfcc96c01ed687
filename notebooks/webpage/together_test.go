package webpage_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/notebooks/webpage"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
)

// Fits of one recording are compared: models by their scores, cell types by the clusters that the fits share. A fit of another recording has a
// part of its own.
func TestSeveralFits(t *testing.T) {
	if testing.Short() {
		t.Skip("fits four models")
	}
	backend, dir := pjrttest.Backend(t), t.TempDir()
	for _, f := range []struct{ name, data, more string }{
		{"small-seed1", "", "fit.seed=1"}, {"small-seed2", "", "fit.seed=2"}, {"larger", "", "core.features=3"}, {"other", "&seed=2", "fit.seed=1"},
	} {
		data, err := formats.Open("simulated:?neurons=5&images=60&val=20&test=10&repeats=3&height=16&width=16" + f.data)
		if err != nil {
			t.Fatal(err)
		}
		config, err := v1model.Load("quickstart", "core.filter_sizes=5", "core.features=2", "core.strides=1", "core.padding=valid", "core.activations=softplus",
			"core.smoothness_rel=1", "core.sparsity_rel=1", "fit.batch=20", "fit.validate_every=2", "fit.max_steps=4", f.more)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := fit.Run(t.Context(), backend, data, config, filepath.Join(dir, f.name), fit.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	write := func(names ...string) (string, error) {
		var runs []*fitted.Run
		for _, name := range names {
			run, err := fitted.Open(t.Context(), filepath.Join(dir, name), fitted.Options{Device: fitted.On(backend)})
			if err != nil {
				t.Fatal(err)
			}
			runs = append(runs, run)
		}
		var b bytes.Buffer
		err := webpage.Write(t.Context(), &b, runs, webpage.Options{})
		return b.String(), err
	}
	page, err := write("small-seed1", "small-seed2", "larger")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<title>small-seed1, small-seed2, larger</title>", "agreement of the fits", "mean over pairs of 3 fits", "cluster of small-seed1", "clusters to be believed",
		"<td>small</td><td>", "<td>larger</td><td>", "<td>ceiling</td>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if page, err = write("small-seed1", "other"); err != nil {
		t.Fatal(err)
	} else if strings.Contains(page, "agreement of the fits") {
		t.Error("fits of two recordings are compared")
	}
	for want, names := range map[string][]string{
		"page: no runs; at least 1 is needed":                                                    nil,
		fmt.Sprintf("run %s: given twice; accepted: each run once", filepath.Join(dir, "other")): {"other", "other"},
	} {
		if _, err := write(names...); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
