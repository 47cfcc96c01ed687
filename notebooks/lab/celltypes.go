package lab

import (
	"context"
	"fmt"
	"path/filepath"

	"v1lab/notebooks/display"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/runfolder"
)

// Refits are count fits that differ in their seed only: of the run at path, and of others beside it, which are named after it and the
// seed (path-seed2) and made, with the same config and recording, if they are missing or not over.
func Refits(path string, count int) []string {
	first := Must(runfolder.Open(path))
	paths := []string{path}
	for i := 1; i < count; i++ {
		seed := first.Config.Fit.Seed + uint64(i)
		other := fmt.Sprintf("%s-seed%d", filepath.Clean(path), seed)
		Fit(first.Dataset.Spec, filepath.Join(path, "config.yaml"), other, fmt.Sprintf("fit.seed=%d", seed))
		paths = append(paths, other)
	}
	return paths
}

// Types are the cell types of a run: the first of several fits, whose clusters Report sets beside those of the others and the truth.
type Types struct {
	*Run
	*celltypes.Analysis
	Report *celltypes.Report
}

// CellTypes groups the neurons of fits of the same recording, given by their run folders, into k types; 0 lets the data choose.
// It ends the cell if k is larger than the number of neurons with weights, or the fits are of different recordings.
func CellTypes(k int, paths ...string) *Types {
	if len(paths) == 0 {
		display.Check(fmt.Errorf("cell types: no run; at least 1 is needed"))
	}
	recordings := &fitted.Recordings{}
	t := &Types{Run: open(paths[0], recordings)}
	ctx := context.Background()
	backend := fitted.On(Must(t.Backend(ctx)))
	var all []*celltypes.Analysis
	for i, path := range paths {
		run := t.Run.Run
		if i > 0 {
			run = Must(fitted.Open(ctx, path, fitted.Options{Device: backend, Recordings: recordings}))
			display.Check(fitted.Comparable(t.Run.Run, run))
			defer run.Close() //nolint:errcheck // frees memory only
		}
		a, err := run.Analyse(ctx, features.Options{K: k, Seed: run.Config.Fit.Seed})
		if err != nil {
			display.Check(fmt.Errorf("run %s: %w", run.Path, err))
		}
		all = append(all, a)
	}
	t.Analysis = all[0]
	t.Report = Must(celltypes.Describe(all, t.Data.Truth))
	return t
}

// ByMethod groups the neurons by every method at hand, their number chosen by the silhouette and, where there is a likelihood, by the BIC;
// k above 0 is the number for all.
func (t *Types) ByMethod(k int) []report.Grouped {
	return Must(report.ByMethod(t.Analysis, k, t.Config.Fit.Seed))
}

// Embedding draws the neurons in a plane, AlignedWeights their weights in one frame, Consistency how well clusters and neurons come back
// in the other fits.
func (t *Types) Embedding() (*figures.Figure, error) {
	return report.Embedding(t.Analysis, t.Data.Truth, report.TipsOf(t.Evaluate())...)
}

// AlignedWeights see Embedding.
func (t *Types) AlignedWeights() (*figures.Figure, error) {
	return report.AlignedWeights(t.Analysis, t.Data.Truth)
}

// Consistency see Embedding. It is an error for a single fit.
func (t *Types) Consistency() (*figures.Figure, error) {
	if t.Report.Stability == nil {
		return nil, fmt.Errorf("stability: found 1 fit; at least 2 are needed")
	}
	return report.Consistency(t.Clustering.Labels, t.Report.Stability.Consistency)
}

// Portraits draws receptive fields and most exciting images of the neurons that stand for each cluster best, each of them, which are
// computed once and kept in the run folder. o says how images are found.
func (t *Types) Portraits(each int, o MEIOptions) (*figures.Figure, error) {
	var exemplars [][]int
	var neurons []int
	for _, of := range t.Analysis.Exemplars {
		of = of[:min(each, len(of))]
		exemplars, neurons = append(exemplars, of), append(neurons, of...)
	}
	var types []int
	var names []string
	if truth := t.Data.Truth; truth != nil {
		types, names = truth.Type, truth.TypeNames
	}
	return report.Exemplars(t.Layout(), exemplars, t.ReceptiveFields(neurons, nil), t.MEIs(neurons, o), types, names)
}
