package fitted

import (
	"context"
	"fmt"
	"slices"

	"v1lab/datasets"
	"v1lab/v1model/covariates"
	"v1lab/v1model/ondevice"
)

// Behaviour returns at which covariates the run is computed where none are given, in words; empty for a model of images alone.
func (r *Run) Behaviour() (string, error) {
	m, w, err := r.Fitted()
	if err != nil {
		return "", err
	}
	return m.DefaultWords(w), nil
}

// RatesAt predicts the responses to images in normalised units, each with its covariates, raw and in any order of names; see Rates. NaN stands for the
// training mean. A model of images alone ignores covariates, and one with covariates needs all of its own.
func (r *Run) RatesAt(ctx context.Context, images datasets.Images, c datasets.Covariates) (datasets.Responses, error) {
	d, err := r.OnDevice(ctx)
	if err != nil {
		return datasets.Responses{}, err
	}
	return r.ratesOn(ctx, d, images, c)
}

// ratesOn is RatesAt of a model on the device, of all neurons or of some.
func (r *Run) ratesOn(ctx context.Context, d *ondevice.Model, images datasets.Images, c datasets.Covariates) (datasets.Responses, error) {
	if !d.Behaves() {
		return d.Rates(ctx, images)
	}
	columns, err := covariates.Columns(c, r.Config.Covariates())
	if err != nil {
		return datasets.Responses{}, fmt.Errorf("run %s: %w", r.Path, err)
	}
	return d.RatesAt(ctx, images, columns)
}

// TestTrials predicts every trial of the test part with the covariates of that trial, [repeats, images, neurons]. Of a model of images alone, all repeats
// are equal. Trials that were not recorded have the covariates that the recording gives them, or their training means.
func (r *Run) TestTrials(ctx context.Context) (datasets.Repeats, error) {
	return r.trials.get(func() (datasets.Repeats, error) {
		d, err := r.Recording()
		if err != nil {
			return datasets.Repeats{}, err
		}
		return r.trialsOf(d.Test, d.NumNeurons(), func(images datasets.Images, c datasets.Covariates) (datasets.Responses, error) {
			return r.RatesAt(ctx, images, c)
		})
	})
}

// trialsOf predicts every trial of a test part.
func (r *Run) trialsOf(test datasets.TestPart, neurons int, rates func(datasets.Images, datasets.Covariates) (datasets.Responses, error)) (datasets.Repeats, error) {
	all := datasets.Repeats{Repeats: test.Responses.Repeats, N: test.Images.N, Neurons: neurons}
	if len(r.Config.Covariates()) == 0 {
		once, err := rates(test.Images, datasets.Covariates{})
		all.Values = slices.Repeat(once.Values, all.Repeats)
		return all, err
	}
	width := len(test.Covariates.Names)
	for repeat := range all.Repeats {
		c := datasets.Covariates{Names: test.Covariates.Names}
		if width > 0 {
			c.Values = test.Covariates.Values[repeat*all.N*width : (repeat+1)*all.N*width]
		}
		trial, err := rates(test.Images, c)
		if err != nil {
			return all, err
		}
		all.Values = append(all.Values, trial.Values...)
	}
	return all, nil
}

// overTrials averages predictions [repeats, images, neurons] over the trials in which a neuron responded, as its responses are averaged. Where it has none,
// all trials count.
func overTrials(predicted, recorded datasets.Repeats) datasets.Responses {
	mean := datasets.Responses{N: predicted.N, Neurons: predicted.Neurons, Values: make([]float32, predicted.N*predicted.Neurons)}
	for i := range mean.N {
		for n := range mean.Neurons {
			sum, all, count := 0.0, 0.0, 0
			for repeat := range predicted.Repeats {
				v := float64(predicted.At(repeat, i)[n])
				all += v
				if y := recorded.At(repeat, i)[n]; y == y {
					sum, count = sum+v, count+1
				}
			}
			if count == 0 {
				sum, count = all, predicted.Repeats
			}
			mean.At(i)[n] = float32(sum / float64(count))
		}
	}
	return mean
}
