package fitted

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/core"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
)

// Part is a part of a recording.
type Part int

// Parts of a recording.
const (
	Training Part = iota
	Validation
	Test
	parts // number of parts
)

// images returns the images of a part, and their covariates unless these are given for each trial.
func (p Part) images(d *datasets.Dataset) (datasets.Images, datasets.Covariates, error) {
	switch p {
	case Training:
		return d.Train.Images, d.Train.Covariates, nil
	case Validation:
		return d.Val.Images, d.Val.Covariates, nil
	case Test:
		return d.Test.Images, datasets.Covariates{}, nil
	}
	return datasets.Images{}, datasets.Covariates{}, fmt.Errorf("part %d of the recording; accepted: fitted.Training, Validation, Test", p)
}

// Rates predicts the responses to images in normalised units, as Prepare makes them: [images, neurons] in units of the normalised responses. A model with
// covariates is computed at their training means: see RatesAt and Behaviour.
func (r *Run) Rates(ctx context.Context, images datasets.Images) (datasets.Responses, error) {
	d, err := r.OnDevice(ctx)
	if err != nil {
		return datasets.Responses{}, err
	}
	return d.Rates(ctx, images)
}

// Predictions returns the rates to the images of a part of the recording, [images, neurons]. A model with covariates predicts each trial with its own; in
// the test part, these predictions are averaged over the trials in which a neuron responded. Of several sessions, they are the rates of all neurons to the
// images of all sessions; SessionPredictions does without.
func (r *Run) Predictions(ctx context.Context, part Part) (datasets.Responses, error) {
	d, err := r.Recording()
	if err != nil {
		return datasets.Responses{}, err
	}
	images, c, err := part.images(d)
	if err != nil {
		return datasets.Responses{}, err
	}
	return r.predictions[part].get(func() (datasets.Responses, error) {
		if part != Test || len(r.Config.Covariates()) == 0 {
			return r.RatesAt(ctx, images, c)
		}
		if d.Sessions != nil {
			return datasets.Responses{}, fmt.Errorf("run %s: predictions of the test part with covariates, of all neurons of several sessions; accepted: SessionPredictions, Scores, or one session", r.Path)
		}
		trials, err := r.TestTrials(ctx)
		if err != nil {
			return datasets.Responses{}, err
		}
		return overTrials(trials, d.Test.Responses), nil
	})
}

// Scores measure the model against the validation and test parts of its recording, of several sessions each by itself and together.
func (r *Run) Scores(ctx context.Context) (*evaluate.Report, error) {
	return r.scores.get(func() (*evaluate.Report, error) {
		report, err := r.compare(ctx)
		if err != nil {
			return nil, err
		}
		report.Covariates = r.Config.Covariates()
		if err := r.compareBehaviour(report); err != nil {
			return nil, err
		}
		silence, err := r.Silence()
		if err != nil {
			return nil, err
		}
		for n, s := range silence {
			report.Neurons[n].Silent = s.String()
		}
		report.Edited = r.Edited()
		return report, nil
	})
}

// compare compares predictions with the recording.
func (r *Run) compare(ctx context.Context) (*evaluate.Report, error) {
	d, err := r.Recording()
	if err != nil {
		return nil, err
	}
	if d.Sessions != nil {
		return r.compareSessions(ctx, d)
	}
	val, err := r.Predictions(ctx, Validation)
	if err != nil {
		return nil, err
	}
	test, err := r.Predictions(ctx, Test)
	if err != nil {
		return nil, err
	}
	m, err := r.Model()
	if err != nil {
		return nil, err
	}
	report, err := evaluate.Compare(m.Objective, val, test, d)
	if err != nil || len(r.Config.Covariates()) == 0 {
		return report, err
	}
	trials, err := r.TestTrials(ctx)
	if err != nil {
		return nil, err
	}
	return report, report.ScoreTrials(trials, d.Test.Responses)
}

// Filters returns the filters of each layer as they are convolved, [size, size, in, rotations*features].
func (r *Run) Filters(ctx context.Context) ([]array.Array, error) {
	return r.filters.get(func() ([]array.Array, error) {
		d, err := r.OnDevice(ctx)
		if err != nil {
			return nil, err
		}
		return d.Filters()
	})
}

// Covariance returns the covariance of the core's feature maps over the validation images and positions, [channels, channels].
func (r *Run) Covariance(ctx context.Context) ([]float64, error) {
	return r.covariance.get(func() ([]float64, error) {
		data, err := r.Recording()
		if err != nil {
			return nil, err
		}
		d, err := r.OnDevice(ctx)
		if err != nil {
			return nil, err
		}
		return d.Covariance(ctx, data.Val.Images)
	})
}

// Equivariance measures how well the fitted model's maps and rates turn with the image, on images of its own size.
func (r *Run) Equivariance(ctx context.Context) (v1model.Equivariance, error) {
	return r.equivariant.get(func() (v1model.Equivariance, error) {
		m, w, err := r.Fitted()
		if err != nil {
			return v1model.Equivariance{}, err
		}
		b, err := r.Backend(ctx)
		if err != nil {
			return v1model.Equivariance{}, err
		}
		return v1model.EquivarianceError(b, m, w, r.Config.Fit.Seed)
	})
}

// Cluster groups the neurons by what they compute; silent ones are in no cluster. The similarity of features is their covariance over the validation images, unless o has a covariance.
// Without a recording, weights are compared as they are, which needs no device.
func (r *Run) Cluster(ctx context.Context, o features.Options) (features.Clustering, error) {
	readout, o, err := r.clusteringInput(ctx, o)
	if err != nil {
		return features.Clustering{}, err
	}
	return features.Cluster(readout.Weights, o)
}

// Analyse groups the neurons as Cluster does and computes what figures of the groups need.
func (r *Run) Analyse(ctx context.Context, o features.Options) (*celltypes.Analysis, error) {
	readout, o, err := r.clusteringInput(ctx, o)
	if err != nil {
		return nil, err
	}
	return celltypes.Analyse(readout.Weights, o)
}

// ErrUnturned is the error of grouping neurons by the weights of a core whose features do not come in orientations.
var ErrUnturned = errors.New("core.kind: stacked, whose features have no rotations, so that neurons have no rotation-invariant weights by which they could be grouped; accepted: their tuning, as v1lab cluster --from tuning does, or a rotation-equivariant core, such as hermite")

// Turns says whether the core's features come in orientations, so that neurons can be grouped by rotation-invariant weights.
func (r *Run) Turns() (bool, error) {
	m, err := r.Model()
	if err != nil {
		return false, err
	}
	_, known := core.Rotations(m.Core)
	return known && r.Config.Core.Kind != core.Stacked, nil
}

// clusteringInput returns the readout by which neurons are grouped, and the options with a covariance if there is a recording.
func (r *Run) clusteringInput(ctx context.Context, o features.Options) (celltypes.Readout, features.Options, error) {
	m, err := r.Model()
	if err != nil {
		return celltypes.Readout{}, o, err
	}
	if _, err := core.Need[core.Oriented](m.Core, r.Config.Core.Kind, "grouping neurons by cell type"); err != nil {
		return celltypes.Readout{}, o, fmt.Errorf("run %s: %w", r.Path, err)
	}
	if turns, err := r.Turns(); err != nil || !turns {
		return celltypes.Readout{}, o, cmp.Or(err, ErrUnturned)
	}
	readout, err := r.Living()
	if err != nil {
		return readout, o, err
	}
	if _, without := r.Recording(); without == nil && o.Covariance == nil {
		o.Covariance, err = r.Covariance(ctx)
	}
	return readout, o, err
}
