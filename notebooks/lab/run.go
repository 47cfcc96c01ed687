package lab

import (
	"context"
	"fmt"
	"os"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/notebooks/display"
	"v1lab/notebooks/lab/questions"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
)

func warn(text string) { fmt.Fprintln(os.Stderr, "warning:", text) } //nolint:errcheck // nobody else to tell

// asked asks about the run, or ends the cell on an error.
func asked[Q, A any](r *Run, q questions.Question[Q, A], with Q) A {
	return Must(ask(context.Background(), r, q, with, nil))
}

// Evaluate measures the run on its validation and test parts.
func (r *Run) Evaluate() *evaluate.Report { return asked(r, questions.Scores, questions.None{}) }

// Rates predicts responses to images in normalised units, such as those of r.Data. The result is [images, neurons], in units of the normalised responses.
func (r *Run) Rates(images datasets.Images) datasets.Responses {
	return asked(r, questions.Rates, images)
}

// Filters returns the filters of each layer at all orientations, [size, size, channels in, rotations*features].
func (r *Run) Filters() []array.Array { return asked(r, questions.Filters, questions.None{}) }

// Readout returns the run's readout. Its name and the threshold of weights in use depend on its kind.
func (r *Run) Readout() report.Readout { return asked(r, questions.Readout, questions.None{}) }

// Cluster clusters the run's neurons into k types. If k is 0, the silhouette chooses the number.
func (r *Run) Cluster(k int) features.Clustering { return asked(r, questions.Cluster, k) }

// Agreement returns the adjusted Rand index between a clustering and the true types. It ends the cell if the true types are unknown.
func (r *Run) Agreement(c features.Clustering) float64 {
	if r.Truth() == nil {
		display.Check(fmt.Errorf("data %q: the true types are not known", r.Dataset.Spec))
	}
	report, err := celltypes.Compare([]features.Clustering{c}, r.Truth())
	display.Check(err)
	return float64(*report.ARITruth)
}
