package lab

import (
	"context"
	"fmt"

	"v1lab/notebooks/display"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/lab/origin"
	"v1lab/notebooks/lab/questions"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/insilico"
)

// Types has the cell types of a run. Report compares them with those of other fits and with the true types.
type Types struct {
	*Run
	*celltypes.Analysis
	Report *celltypes.Report
}

// CellTypes clusters the neurons of each fit into k types. With k = 0, the number is that with which most clusters come back over the fits, as v1lab cluster chooses
// it; of one fit, the silhouette chooses. paths are run folders of fits of one
// recording; the first is the reference. It ends the cell if k exceeds the number of neurons with weights, the recordings differ, or a fit is given twice.
func CellTypes(k int, paths ...string) *Types {
	if len(paths) == 0 {
		display.Check(fmt.Errorf("cell types: no run; at least 1 is needed"))
	}
	r := Open(paths[0])
	origin.Of(paths[1:]...)
	found := asked(r, questions.Types, questions.TypesOf{K: k, Others: paths[1:]})
	return &Types{Run: r, Analysis: found.Analysis, Report: found.Report}
}

// ByMethod clusters the neurons by every method. The silhouette chooses the number of clusters, and for methods with a likelihood also the BIC.
// A k above 0 is the number for all methods.
func (t *Types) ByMethod(k int) []report.Grouped {
	return Must(report.ByMethod(t.Analysis, k, t.Config.Fit.Seed))
}

// Embedding draws the neurons in the plane of the first two principal components of their aligned weights.
func (t *Types) Embedding() (*figures.Figure, error) {
	return report.Embedding(t.Analysis, t.Data.Truth, report.TipsOf(t.Evaluate())...)
}

// Map shows the neurons in the same plane, coloured by cluster, above a browser: who points at one sees its mask, receptive field, images and tuning, as far as the
// run folder has them. It has at most neurons.Max neurons; without arguments those with images or tuning come first.
func (t *Types) Map(chosen ...int) { show(t.Run, t.browser(chosen, t.Analysis)) }

// Discriminative finds one image for each cluster that excites its members and not those of others, with live progress, and stores them in the run folder like MEIs.
// Clusters must be those that the run alone gives with this k: lab.CellTypes(k, run).
func (t *Types) Discriminative(k int, o insilico.DiscriminateOptions) *insilico.Discriminative {
	if o.Partial != "" || o.Progress != nil {
		display.Check(fmt.Errorf("discriminative images: found a file or progress among the options; accepted: the others"))
	}
	settings := fmt.Sprintf(" discriminative %d clusters of %d %s temperature %v members %v", t.Clustering.K, k, o.MEIOptions.Text(), o.Temperature, o.Members)
	return keptOrMade(t.subject(), "discriminative", "images", nil, settings, insilico.DiscriminativeFromArrays, func(ctx context.Context, partial string, progress func(insilico.Progress)) (*insilico.Discriminative, error) {
		return ask(ctx, t.Run, questions.Discriminative, questions.DiscriminativeOf{K: k, Options: o, Partial: partial}, progress)
	})
}

// DiscriminateOptions are the options of discriminative images.
type DiscriminateOptions = insilico.DiscriminateOptions

// Invariance draws the index of invariance of neurons' diverse images by cluster.
func (t *Types) Invariance(m *insilico.MEIs) (*figures.Figure, error) {
	return report.Invariance(m, t.Clustering.Labels, report.ClusterNames(t.Clustering.K))
}

// Typical lists up to each exemplars of every cluster.
func (t *Types) Typical(each int) (neurons []int) {
	for _, of := range t.Analysis.Exemplars {
		neurons = append(neurons, of[:min(each, len(of))]...)
	}
	return neurons
}

// AlignedWeights draws the weights of all neurons, aligned over orientation and sorted by cluster.
func (t *Types) AlignedWeights() (*figures.Figure, error) {
	return report.AlignedWeights(t.Analysis, t.Data.Truth)
}

// Consistency draws how well clusters and neurons are found again in the other fits. It is an error for a single fit.
func (t *Types) Consistency() (*figures.Figure, error) {
	if t.Report.Stability == nil {
		return nil, fmt.Errorf("stability: found 1 fit; at least 2 are needed")
	}
	return report.Consistency(t.Clustering.Labels, t.Report.Stability.Consistency)
}

// Portraits draws receptive fields and most exciting images of up to each exemplars of every cluster. The images are computed once, with options o,
// and kept in the run folder.
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
