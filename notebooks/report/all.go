package report

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
)

// Named is a figure with the name of its files.
type Named struct {
	Name   string
	Figure *figures.Figure
}

// All draws every figure that a run and its recording have something for, with its neurons grouped as by features.Options{}. Without a recording those that need
// one are left.
func All(ctx context.Context, run *fitted.Run) ([]Named, error) {
	clusters, err := run.Cluster(ctx, features.Options{})
	if err != nil {
		return nil, err
	}
	return Draw(ctx, run, clusters)
}

// Draw is All with clusters that were found before.
func Draw(ctx context.Context, run *fitted.Run, clusters features.Clustering) ([]Named, error) {
	r, err := ReadoutOf(run)
	if err != nil {
		return nil, err
	}
	var truth *datasets.Truth
	var neurons []datasets.Neuron
	var scores *evaluate.Report
	data, without := run.Recording()
	if without == nil {
		truth, neurons = data.Truth, data.Neurons
		if scores, err = run.Scores(ctx); err != nil {
			return nil, err
		}
	}
	d := &drawer{}
	if metrics, err := run.Metrics(); err != nil || len(metrics) > 0 { // weights from elsewhere have no course
		d.draw("loss", func() (*figures.Figure, error) { return LossCurve(run.Folder) })
	}
	d.draw("filters", func() (*figures.Figure, error) {
		layers, err := run.Filters(ctx)
		if err != nil {
			return nil, err
		}
		return Filters(layers, r.Weights.Rotations)
	})
	d.draw("masks", func() (*figures.Figure, error) { return Masks(r, neurons) })
	d.draw("power", func() (*figures.Figure, error) { return PowerMatrix(r, truth) })
	if d.err == nil {
		uses, err := FeatureUses(r)
		if err != nil {
			return nil, fmt.Errorf("figures of features: %w", err)
		}
		d.figures = append(d.figures, uses...)
	}
	d.draw("templates", func() (*figures.Figure, error) { return Templates(clusters) })
	if without == nil {
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
