package report

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/runfolder"
)

// Named is a figure with the name of its files.
type Named struct {
	Name   string
	Figure *figures.Figure
}

// All draws every figure that a run and its data have something for. With data nil those that need none are left.
func All(backend compute.Backend, run *runfolder.Folder, data *datasets.Dataset) ([]Named, error) {
	clusters, err := celltypes.Cluster(backend, run, data, features.Options{})
	if err != nil {
		return nil, err
	}
	var scores *evaluate.Report
	if data != nil {
		if scores, err = evaluate.Run(backend, run, data); err != nil {
			return nil, err
		}
	}
	return Draw(backend, run, data, clusters, scores)
}

// Draw is All of what was found before: the clusters and, with data, the scores of the run.
func Draw(backend compute.Backend, run *runfolder.Folder, data *datasets.Dataset, clusters features.Clustering, scores *evaluate.Report) ([]Named, error) {
	var truth *datasets.Truth
	var neurons []datasets.Neuron
	if data != nil {
		truth, neurons = data.Truth, data.Neurons
	}
	d := &drawer{}
	if metrics, err := run.Metrics(); err != nil || len(metrics) > 0 { // weights from elsewhere have no course
		d.draw("loss", func() (*figures.Figure, error) { return LossCurve(run) })
	}
	d.draw("filters", func() (*figures.Figure, error) { return Filters(backend, run) })
	d.draw("masks", func() (*figures.Figure, error) { return Masks(run, neurons) })
	d.draw("power", func() (*figures.Figure, error) { return PowerMatrix(run, truth) })
	if d.err == nil {
		r, err := ReadoutOf(run)
		if err != nil {
			return nil, err
		}
		uses, err := FeatureUses(r)
		if err != nil {
			return nil, fmt.Errorf("figures of features: %w", err)
		}
		d.figures = append(d.figures, uses...)
	}
	d.draw("templates", func() (*figures.Figure, error) { return Templates(clusters) })
	if data != nil && scores != nil {
		d.draw("images", func() (*figures.Figure, error) { return ExampleImages(data) })
		d.draw("correlation", func() (*figures.Figure, error) { return CorrelationHistogram(scores) })
		if finite(scores.Ceiling) {
			d.draw("ceiling", func() (*figures.Figure, error) { return CorrelationScatter(scores, truth) })
		}
	}
	if truth != nil {
		d.draw("clusters", func() (*figures.Figure, error) { return Clusters(clusters, truth) })
	}
	return d.figures, d.err
}

// drawer collects figures up to the first error.
type drawer struct {
	figures []Named
	err     error
}

func (d *drawer) draw(name string, f func() (*figures.Figure, error)) {
	if d.err != nil {
		return
	}
	figure, err := f()
	if err != nil {
		d.err = fmt.Errorf("figure %s: %w", name, err)
		return
	}
	d.figures = append(d.figures, Named{name, figure})
}

// Save writes figures as NAME.png and NAME.svg into a folder, which is made if there is none, and returns the paths.
func Save(dir string, all []Named) (paths []string, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	for _, f := range all {
		for _, ext := range []string{".png", ".svg"} {
			path := filepath.Join(dir, f.Name+ext)
			if err := f.Figure.Save(path); err != nil {
				return paths, err
			}
			paths = append(paths, path)
		}
	}
	return paths, nil
}
