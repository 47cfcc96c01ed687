package lab

import (
	"context"
	"fmt"
	"os"
	"sync"

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
	"v1lab/v1model/twin"
)

// Run is a fitted model with its recording. It has the results of fitted.Run, but its methods take no context and end the cell on an error.
type Run struct {
	*fitted.Run
	Data *datasets.Dataset // nil for a run that was imported without a recording
}

// Open opens a run folder and the recording that it was fitted to.
func Open(path string) *Run { return open(path, &fitted.Recordings{}) }

// open opens a run that shares its recording with other runs.
func open(path string, recordings *fitted.Recordings) *Run {
	r := Must(fitted.Open(context.Background(), path, fitted.Options{Device: device, Warn: warn, Recordings: recordings}))
	if r.Dataset.Fingerprint == "" {
		return &Run{Run: r}
	}
	return &Run{Run: r, Data: Must(r.Recording())}
}

func warn(text string) { fmt.Fprintln(os.Stderr, "warning:", text) } //nolint:errcheck // nobody else to tell

// Data opens a recording.
func Data(spec string) *datasets.Dataset { return Must(formats.Open(spec)) }

// backends are the open ones by name: recordings of scheme model and what is fitted to them share one.
var backends struct {
	sync.Mutex
	open map[string]compute.Backend
}

// device opens the backend that a config asks for.
func device(ctx context.Context, config v1model.Config) (compute.Backend, error) {
	name := config.Backend
	if os.Getenv(compute.ConfigEnvVar) != "" { // chosen by the launcher of the kernel
		name = ""
	}
	backends.Lock()
	defer backends.Unlock()
	if b := backends.open[name]; b != nil {
		return b, nil
	}
	b, err := pjrt.Backend(ctx, name, os.Stderr)
	if err == nil {
		if backends.open == nil {
			backends.open = map[string]compute.Backend{}
		}
		backends.open[name] = b
	}
	return b, err
}

func init() { formats.Register(twin.Format(device)) }

// Evaluate measures the run on its validation and test parts.
func (r *Run) Evaluate() *evaluate.Report { return Must(r.Scores(context.Background())) }

// Rates predicts responses to images in normalised units, such as those of r.Data. The result is [images, neurons], in units of the normalised responses.
func (r *Run) Rates(images datasets.Images) datasets.Responses {
	return Must(r.Run.Rates(context.Background(), images))
}

// Filters returns the filters of each layer at all orientations, [size, size, channels in, rotations*features].
func (r *Run) Filters() []array.Array { return Must(r.Run.Filters(context.Background())) }

// Readout returns the run's readout. Its name and the threshold of weights in use depend on its kind.
func (r *Run) Readout() report.Readout { return Must(report.ReadoutOf(r.Run)) }

// Cluster clusters the run's neurons into k types. If k is 0, the silhouette chooses the number.
func (r *Run) Cluster(k int) features.Clustering {
	return Must(r.Run.Cluster(context.Background(), features.Options{K: k, Seed: r.Config.Fit.Seed}))
}

// Agreement returns the adjusted Rand index between a clustering and the true types. It ends the cell if the true types are unknown.
func (r *Run) Agreement(c features.Clustering) float64 {
	if r.Truth() == nil {
		display.Check(fmt.Errorf("data %q: the true types are not known", r.Dataset.Spec))
	}
	report, err := celltypes.Compare([]features.Clustering{c}, r.Truth())
	display.Check(err)
	return float64(*report.ARITruth)
}
