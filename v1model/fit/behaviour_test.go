package fit

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/covariates"
	"v1lab/v1model/modulation"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/shifter"
	"v1lab/v1model/weights"
)

// behaving is small with running, which multiplies responses, and the pupil's position. Running is not known in trial 3.
func behaving() *datasets.Dataset {
	d, rng := small(), weights.Stream(5, "behaviour")
	names := []string{"x", "running", "y"}
	table := func(rows int, scale func(row int, gain float32)) datasets.Covariates {
		c := datasets.Covariates{Names: names}
		for i := range rows {
			z := rng.NormFloat64()
			c.Values = append(c.Values, float32(rng.NormFloat64()), float32(10+2*z), float32(rng.NormFloat64()))
			scale(i, float32(math.Exp(0.8*z)))
		}
		return c
	}
	of := func(values []float32, neurons int) func(int, float32) {
		return func(row int, gain float32) {
			for n := range neurons {
				values[row*neurons+n] *= gain
			}
		}
	}
	d.Train.Covariates = table(45, of(d.Train.Responses.Values, 3))
	d.Val.Covariates = table(20, of(d.Val.Responses.Values, 3))
	d.Test.Covariates = table(5, of(d.Test.Responses.Values, 3))
	d.Train.Covariates.Values[3*3+1] = float32(math.NaN())
	return d
}

func modulated() v1model.Config {
	config := tiny()
	config.Modulation = modulation.Config{Kind: modulation.Gain, Covariates: []string{"running"}}
	config.Shifter = shifter.Config{Kind: shifter.MLP, Covariates: []string{"x", "y"}}
	config.Fit.MaxSteps = 30
	return config
}

// A fit with covariates that is interrupted ends with the same bits, with micro-batches too, and it learns what running does.
func TestInterruptedFitWithCovariatesEndsWithTheSameBits(t *testing.T) {
	dir, backend := t.TempDir(), pjrttest.Backend(t)
	config := modulated()
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	if _, _, err := Run(t.Context(), backend, behaving(), config, whole, Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err := Run(ctx, backend, behaving(), config, broken, Options{Progress: func(p Progress) {
		if p.Steps == 17 {
			cancel()
		}
	}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v, want an interruption", err)
	}
	if _, _, err := Resume(t.Context(), backend, behaving(), broken, Options{}); err != nil {
		t.Fatal(err)
	}
	want := left(t, whole)
	if d := want.diff(left(t, broken)); d != "" {
		t.Errorf("unbroken and interrupted differ:\n%s", d)
	}
	if slope := want.Weights.Float32(modulation.Output)[0]; !(slope > 0.1) {
		t.Errorf("the gain's slope is %g after training, want above 0.1: the truth is 0.8", slope)
	}
	if w := want.Last.Float32(shifter.WeightsName(0) + firstMoment); w[0] == 0 {
		t.Error("the shifter was not trained")
	}
	mean, sd := want.Weights.Float32(covariates.Mean), want.Weights.Float32(covariates.SD)
	if math.Abs(float64(mean[0])-10) > 1 || math.Abs(float64(sd[0])-2) > 0.6 || mean[1] == 0 {
		t.Errorf("means %v and SDs %v of running, x, y; want about 10, 0, 0 and 2, 1, 1", mean, sd)
	}
}

// A step over micro-batches is the step over their batch, with covariates too.
func TestMicroBatchesHaveTheirCovariates(t *testing.T) {
	config := modulated()
	config.Core.Frozen, config.Fit.CoreFrom = true, &v1model.CoreSource{} // batch normalisation would depend on the micro-batch
	config.Fit.Batch = 8
	var results []weights.Values
	for _, parts := range []int{1, 4} {
		config.Fit.Accumulate = parts
		w, _ := stepped(t, begun(t, pjrttest.Backend(t), config, behaving()), 3)
		results = append(results, w)
	}
	for _, name := range []string{modulation.Output, shifter.WeightsName(0), readout.Masks} {
		near(t, name, results[1].Float32(name), results[0].Float32(name))
	}
}

// Covariates that cannot be used are named, with those that there are.
func TestCovariatesThatAreNotThereAreNamed(t *testing.T) {
	nan := float32(math.NaN())
	for want, change := range map[string]func(d *datasets.Dataset, c *v1model.Config){
		`data "noise": train part: covariate "speed": not in the recording; accepted: x, running, y`: func(_ *datasets.Dataset, c *v1model.Config) {
			c.Modulation.Covariates = []string{"speed"}
		},
		`covariate "running": not in the recording; accepted: none, it has no covariates`: func(d *datasets.Dataset, _ *v1model.Config) {
			d.Train.Covariates, d.Val.Covariates, d.Test.Covariates = datasets.Covariates{}, datasets.Covariates{}, datasets.Covariates{}
		},
		`data "noise": covariate "running": not known in any training trial; accepted: x, y`: func(d *datasets.Dataset, _ *v1model.Config) {
			for i := range 45 {
				d.Train.Covariates.Values[3*i+1] = nan
			}
		},
		`covariate "running": its SD over the training part is 0; accepted: one that varies and is finite`: func(d *datasets.Dataset, _ *v1model.Config) {
			for i := range 45 {
				d.Train.Covariates.Values[3*i+1] = 7
			}
		},
		`test_covariates: 1 values are not finite, the first (+Inf) at image 2`: func(d *datasets.Dataset, _ *v1model.Config) {
			d.Test.Covariates.Values[3*2+1] = float32(math.Inf(1))
		},
		`data "noise": covariate "running": not known in any training trial of session "b"; accepted: x, y`: func(d *datasets.Dataset, _ *v1model.Config) {
			d.Neurons = []datasets.Neuron{{Session: "a"}, {Session: "a"}, {Session: "b"}}
			for i := range 45 {
				r := d.Train.Responses.At(i)
				if i < 20 {
					r[2] = nan
				} else {
					r[0], r[1], d.Train.Covariates.Values[3*i+1] = nan, nan, nan
				}
			}
		},
	} {
		data, config := behaving(), modulated()
		change(data, &config)
		_, _, path, err := run(t, data, config, Options{})
		fails(t, err, want)
		if _, err := runfolder.Open(path); err == nil {
			t.Errorf("%s: a run folder was left", want)
		}
	}
}

// Two sessions train with the covariates of their own trials; one that lacks a covariate is named.
func TestSessionsWithCovariates(t *testing.T) {
	together := func(change func(second *datasets.Dataset)) *datasets.Dataset {
		first, second := behaving(), behaving()
		change(second)
		d, err := datasets.Together([]*datasets.Dataset{first, second}, []string{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	config := modulated()
	config.Modulation.Shared, config.Fit.MaxSteps = modulation.Neuron, 12
	path := filepath.Join(t.TempDir(), "run")
	if _, _, err := Run(t.Context(), pjrttest.Backend(t), together(func(*datasets.Dataset) {}), config, path, Options{}); err != nil {
		t.Fatal(err)
	}
	for n, slope := range left(t, path).Last.Float32(modulation.Output) {
		if slope == 0 {
			t.Errorf("the gain of neuron %d was not trained", n)
		}
	}
	_, _, _, err := run(t, together(func(second *datasets.Dataset) {
		second.Train.Covariates = datasets.Covariates{Names: []string{"x"}, Values: make([]float32, 45)}
		second.Val.Covariates = datasets.Covariates{Names: []string{"x"}, Values: make([]float32, 20)}
		second.Test.Covariates = datasets.Covariates{Names: []string{"x"}, Values: make([]float32, 5)}
	}), config, Options{})
	fails(t, err, `covariate "running": not known in any training trial of session "b"; accepted: x`)
}
