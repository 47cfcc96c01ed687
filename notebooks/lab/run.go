package lab

import (
	"context"
	"fmt"
	"os"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt"
	"v1lab/notebooks/display"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/runfolder"
)

// Run is a fitted model with its data.
type Run struct {
	*runfolder.Folder
	Data    *datasets.Dataset
	Backend compute.Backend
}

// Open opens a run folder, the data it was fitted to and the backend.
func Open(path string) *Run {
	folder := Must(runfolder.Open(path))
	return &Run{Folder: folder, Data: Data(folder.Dataset.Spec), Backend: backend(folder.Config.Backend)}
}

// Data opens a recording.
func Data(spec string) *datasets.Dataset { return Must(formats.Open(spec)) }

func backend(name string) compute.Backend {
	if os.Getenv(compute.ConfigEnvVar) != "" { // the kernel's launcher has chosen and located it
		name = ""
	}
	return Must(pjrt.Backend(context.Background(), name, os.Stderr))
}

// Evaluate measures the run on its validation and test parts.
func (r *Run) Evaluate() *evaluate.Report { return Must(evaluate.Run(r.Backend, r.Folder, r.Data)) }

// Cluster groups the run's neurons by what they compute, into k types, or as many as the data show if k is 0.
func (r *Run) Cluster(k int) features.Clustering {
	return Must(celltypes.Cluster(r.Backend, r.Folder, r.Data, features.Options{K: k, Seed: r.Config.Fit.Seed}))
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
