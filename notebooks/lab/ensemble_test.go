package lab_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/lab"
	"v1lab/notebooks/report"
	"v1lab/v1model/runfolder/runfoldertest"
)

// Two runs are one model, whose results are kept beside those of its first run and shown with the spread between the two.
func TestEnsemble(t *testing.T) {
	dir := t.TempDir()
	paths := []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}
	for i, from := range []string{shared(), other()} {
		if err := os.CopyFS(paths[i], os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		runfoldertest.Unseal(t, paths[i])
	}
	e := lab.OpenEnsemble(paths...)
	images := e.Data.Test.Images
	rates, spread := e.Rates(images)
	a, b := lab.Open(paths[0]).Rates(images), lab.Open(paths[1]).Rates(images)
	if x, y := float64(a.Values[3]), float64(b.Values[3]); math.Abs(float64(rates.Values[3])-(x+y)/2) > 1e-6 || math.Abs(float64(spread.Values[3])-math.Abs(x-y)/math.Sqrt2) > 1e-6 {
		t.Errorf("rate %g and spread %g of %g and %g", rates.Values[3], spread.Values[3], x, y)
	}
	scores, agreement := e.Evaluate()
	header, rows := report.EnsembleTable(scores, agreement)
	if len(header) != 3 || len(rows) != 3 || rows[1][0] != paths[1] || rows[2][0] != "ensemble of 2" {
		t.Errorf("table %q %q", header, rows)
	}
	for name, draw := range map[string]func() (*figures.Figure, error){
		"scores": func() (*figures.Figure, error) { return report.EnsembleScores(scores, agreement) },
		"spread": func() (*figures.Figure, error) { return report.EnsembleSpread(rates, spread) },
	} {
		if _, err := draw(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := report.EnsembleSpread(a, datasets.Responses{}); err == nil {
		t.Error("the spread of one run was drawn")
	}
	if testing.Short() {
		return // compiles programs of both models
	}
	if fields := e.ReceptiveFields([]int{1, 2}, nil); len(fields.Dead) != 2 {
		t.Errorf("fields %+v", fields.Dead)
	}
	neurons, o := e.Neurons("2,5", 1), lab.MEIOptions{Images: 2, MaxSteps: 5}
	m := e.MEIs(neurons, o)
	own := lab.Open(paths[0]).MEIs(neurons, o)
	again := lab.OpenEnsemble(paths...).MEIs(neurons, o)
	if slices.Equal(m.Images.Data.([]float32), own.Images.Data.([]float32)) || !slices.Equal(m.Images.Data.([]float32), again.Images.Data.([]float32)) || own.Spread.Shape != nil {
		t.Error("the ensemble's images are those of its first run, or were not kept")
	}
	if files := must(filepath.Glob(filepath.Join(paths[0], "insilico", "*.npz")))(t); len(files) != 2 {
		t.Errorf("kept %v, want two files", files)
	}
	if k, err := lab.Open(paths[0]).Kept(); err != nil || len(k.MEIs) != 1 {
		t.Errorf("%d results count as the first run's, want its own (%v)", len(k.MEIs), err)
	}
	if _, err := report.MostExcitingEach(e.Layout(), m, neurons); err != nil {
		t.Error(err)
	}
}
