package lab

import (
	"context"
	"fmt"
	"os"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt"
	"v1lab/notebooks/display"
	"v1lab/notebooks/report"
	"v1lab/v1model"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
)

// Run is a fitted model with its recording, for a cell: what package fitted knows of it, without contexts, and the cell ends where there is an error.
type Run struct {
	*fitted.Run
	Data *datasets.Dataset
}

// Open opens a run folder and the recording that it was fitted to.
func Open(path string) *Run { return open(path, &fitted.Recordings{}) }

// open shares recordings with other runs.
func open(path string, recordings *fitted.Recordings) *Run {
	r := Must(fitted.Open(context.Background(), path, fitted.Options{Device: device, Recordings: recordings}))
	return &Run{Run: r, Data: Must(r.Recording())}
}

// Data opens a recording.
func Data(spec string) *datasets.Dataset { return Must(formats.Open(spec)) }

// device opens the backend that a config asks for.
func device(ctx context.Context, config v1model.Config) (compute.Backend, error) {
	name := config.Backend
	if os.Getenv(compute.ConfigEnvVar) != "" { // the kernel's launcher has chosen and located it
		name = ""
	}
	return pjrt.Backend(ctx, name, os.Stderr)
}

// Evaluate measures the run on its validation and test parts.
func (r *Run) Evaluate() *evaluate.Report { return Must(r.Scores(context.Background())) }

// Rates predicts the responses to images in normalised units, such as those of r.Data: [images, neurons] in units of the normalised responses.
func (r *Run) Rates(images datasets.Images) datasets.Responses {
	return Must(r.Run.Rates(context.Background(), images))
}

// Filters are those of each layer as they are convolved, [size, size, in, rotations*features].
func (r *Run) Filters() []array.Array { return Must(r.Run.Filters(context.Background())) }

// Readout is the run's readout. Its name and what counts as used follow from its kind.
func (r *Run) Readout() report.Readout { return Must(report.ReadoutOf(r.Run)) }

// Cluster groups the run's neurons by what they compute, into k types, or as many as the data show if k is 0.
func (r *Run) Cluster(k int) features.Clustering {
	return Must(r.Run.Cluster(context.Background(), features.Options{K: k, Seed: r.Config.Fit.Seed}))
}

// Agreement is the adjusted Rand index of a clustering and the simulated truth; it ends the cell where that is unknown.
func (r *Run) Agreement(c features.Clustering) float64 {
	if r.Data.Truth == nil {
		display.Check(fmt.Errorf("data %q: the true types are not known", r.Data.Spec))
	}
	report, err := celltypes.Compare([]features.Clustering{c}, r.Data.Truth)
	display.Check(err)
	return float64(*report.ARITruth)
}
