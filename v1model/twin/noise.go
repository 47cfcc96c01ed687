package twin

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/stat/distuv"

	"v1lab/datasets"
	"v1lab/datasets/stats"
	"v1lab/v1model/weights"
)

// Values of the option noise.
const (
	noisePoisson  = "poisson"
	noiseGaussian = "gaussian"
	noiseNone     = "none"
)

// rounding is the SD of a rate, in units of its mean, up to which the rate counts as constant.
const rounding = 1e-6

// noise draws trials.
type noise struct {
	kind string
	sd   []float64 // of gaussian noise, [neurons]
	seed uint64
}

// noiseOf returns the noise that the options ask for. For Poisson noise of a given SNR it scales the rates: noise of variance gain*mean beside a signal of
// variance gain^2*variance.
func (o options) noiseOf(r *rates, note func(code, message string)) (noise, error) {
	n := noise{kind: o.noise, seed: o.seed}
	means, sds := stats.Columns(r.train.Values, r.train.Neurons)
	switch {
	case o.noise == noiseGaussian:
		n.sd = make([]float64, len(sds))
		for j, sd := range sds {
			n.sd[j] = sd / math.Sqrt(o.gaussianSNR())
		}
	case o.noise == noisePoisson:
		for i, part := range r.all() {
			for j, v := range part.Values {
				if v < 0 {
					return n, fmt.Errorf("the rate of neuron %d to image %d of the %s part is %g, and Poisson noise needs rates from 0; want noise=%s or noise=%s", j%part.Neurons, j/part.Neurons, partNames[i], v, noiseGaussian, noiseNone)
				}
			}
		}
		if o.snr != 0 {
			gains, constant := make([]float64, len(sds)), 0
			for j := range gains {
				if gains[j] = o.snr * means[j] / (sds[j] * sds[j]); !(sds[j] > rounding*means[j]) {
					gains[j] = 1
					constant++
				}
			}
			for _, part := range r.all() {
				for i, v := range part.Values {
					part.Values[i] = float32(gains[i%part.Neurons] * float64(v))
				}
			}
			if constant > 0 {
				note("constant-rates", fmt.Sprintf("%d of %d neurons have the same rate for all training images: option snr leaves them as they are", constant, len(sds)))
			}
		}
	}
	return n, nil
}

// trials draws responses [repeats, n, neurons]. Each trial has its own random numbers, so the order of work does not matter. All of the run's neurons are
// drawn, whichever the name chooses, so a neuron's responses do not depend on the choice. Those of a single repeat take the place of the rates.
func (n noise) trials(rates datasets.Responses, repeats int, part string) []float32 {
	all := rates.Values
	if repeats > 1 || part == "test" { // whose rates are kept
		all = make([]float32, repeats*len(rates.Values))
	}
	parallel(repeats*rates.N, func(trial int) {
		random := weights.Stream(n.seed, fmt.Sprintf("%s trial %d", part, trial))
		poisson := distuv.Poisson{Src: random}
		row := all[trial*rates.Neurons:][:rates.Neurons]
		for j, rate := range rates.At(trial % rates.N) {
			switch n.kind {
			case noisePoisson:
				row[j] = 0
				if poisson.Lambda = float64(rate); rate > 0 {
					row[j] = float32(poisson.Rand())
				}
			case noiseGaussian:
				row[j] = float32(float64(rate) + n.sd[j]*random.NormFloat64())
			default:
				row[j] = rate
			}
		}
	})
	return all
}

// parallel calls work for 0 to n-1 on all processors.
func parallel(n int, work func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	wg.Wait()
}
