package insilico

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"v1lab/datasets/array"
)

// MEIOptions are the settings of the search for most exciting images. Zero values mean the paper's settings.
type MEIOptions struct {
	Images       int     // per neuron; 0 means 8
	Norm         float64 // of an image, over all its pixels in normalised units; 0 means 12
	Smoothness   float64 // weight of the Laplacian penalty; 0 means 0.005, below 0 none
	LearningRate float64 // of Adam; 0 means 1
	MaxSteps     int     // of one image; 0 means 2000
	Patience     int     // an image is finished after so many steps without a new lowest average loss; 0 means 100
	Decay        float64 // of the moving average of the loss; 0 means 0.9
	Seed         uint64  // of the start images, standard normal

	// MaskFloor is the share of its peak below which a neuron's mask counts as 0 in the ascent, from 0 to below 1. At 0 images are exact, but the whole
	// field is computed, because masks of L1 readouts have small weights nearly everywhere. Above 0.1 images lose too much rate; docs/explanation/speed.md
	// has measurements. Rates are always those of the whole model.
	MaskFloor float64

	Batch    int            // most images at a time on the device; 0 means 32
	Partial  string         // file that keeps unfinished work and is removed at the end; empty: none
	Progress func(Progress) // called about every second; may be nil

	// Start returns the start of an image, [height, width, channels]; nil means random starts.
	Start func(neuron, image int) []float32
}

// Progress tells how much of a long computation is done.
type Progress struct {
	Done, Total int           // images, stimuli
	Elapsed     time.Duration // in this call
	Left        time.Duration // estimate; below 0: unknown
}

// MEIs holds k most exciting images of each of n neurons. Values of dead neurons are NaN, and their steps are 0.
type MEIs struct {
	Neurons []int
	Images  array.Array // [n, k, height, width], or [n, k, height, width, channels], in normalised units
	Rates   array.Array // [n, k], of the whole model
	Loss    array.Array // [n, k], before the last step
	Steps   array.Array // [n, k]
	Dead    []bool      // [n], neurons that nothing excites, or that Silence marked
}

func (o MEIOptions) withDefaults() (MEIOptions, error) {
	o.Images, o.MaxSteps, o.Patience, o.Batch = cmp.Or(o.Images, 8), cmp.Or(o.MaxSteps, 2000), cmp.Or(o.Patience, 100), cmp.Or(o.Batch, 32)
	o.Norm, o.Smoothness, o.LearningRate, o.Decay = cmp.Or(o.Norm, 12), cmp.Or(o.Smoothness, 0.005), cmp.Or(o.LearningRate, 1), cmp.Or(o.Decay, 0.9)
	o.Smoothness = max(o.Smoothness, 0)
	for _, count := range []struct {
		name string
		n    int
	}{{"images per neuron", o.Images}, {"steps", o.MaxSteps}, {"patience", o.Patience}, {"batch", o.Batch}} {
		if count.n < 1 {
			return o, fmt.Errorf("mei: %s: %d, must be at least 1", count.name, count.n)
		}
	}
	switch {
	case !(o.Norm > 0) || math.IsInf(o.Norm, 0):
		return o, fmt.Errorf("mei: norm: %g, must be above 0", o.Norm)
	case !(o.LearningRate > 0) || math.IsInf(o.LearningRate, 0):
		return o, fmt.Errorf("mei: learning rate: %g, must be above 0", o.LearningRate)
	case !(o.Decay > 0 && o.Decay < 1):
		return o, fmt.Errorf("mei: decay: %g, must be between 0 and 1", o.Decay)
	case !(o.MaskFloor >= 0 && o.MaskFloor < 1):
		return o, fmt.Errorf("mei: mask floor: %g, must be from 0 to below 1", o.MaskFloor)
	}
	return o, nil
}

// MEIs finds images that excite each of the neurons most, by gradient ascent over images of one norm. Smooth images are preferred, and the gradient is
// whitened (see the package comment for the source). All images are optimised together, a batch at a time, in one loop on the device. A finished
// image makes room for the next. Memory grows with the batch and with the result.
//
// If ctx ends, unfinished work is kept in o.Partial and ctx's error is returned. The next call with the same arguments continues from there.
func (s *Subject) MEIs(ctx context.Context, neurons []int, o MEIOptions) (*MEIs, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	dead, err := s.dead(neurons)
	if err != nil {
		return nil, err
	}
	job, err := s.newMEIJob(neurons, dead, o)
	if err != nil {
		return nil, err
	}
	if err := job.run(ctx); err != nil {
		return nil, err
	}
	return job.result()
}

// result scales the finished images to their norm and computes their rates with the whole model.
func (j *meiJob) result() (*MEIs, error) {
	n, k, pixels := len(j.neurons), j.options.Images, j.subject.pixels()
	images, rates, loss, steps := make([]float32, n*k*pixels), make([]float32, n*k), make([]float32, n*k), make([]int64, n*k)
	fillNaN(images)
	fillNaN(rates)
	fillNaN(loss)
	var shown []float32
	var own []int
	for i, im := range j.images {
		if im == nil { // of a dead neuron
			continue
		}
		length := 0.0
		for _, v := range im.values[rawIndex] {
			length += float64(v) * float64(v)
		}
		scale := float32(j.options.Norm / math.Sqrt(length))
		at := images[i*pixels : (i+1)*pixels]
		for p, v := range im.values[rawIndex] {
			at[p] = v * scale
		}
		j.subject.toChannelsLast(at)
		loss[i], steps[i] = im.values[lossIndex][0], int64(im.values[stepsIndex][0])
		shown, own = append(shown, at...), append(own, j.neurons[i/k])
	}
	answers, err := j.subject.ratesToImages(shown, own)
	if err != nil {
		return nil, err
	}
	for i, im := range j.images {
		if im == nil {
			continue
		}
		if rates[i], answers = answers[0], answers[1:]; !isFinite(rates[i]) {
			return nil, fmt.Errorf("mei: image %d of neuron %d got the rate %v; its weights are damaged or the learning rate %g is too high", i%k, j.neurons[i/k], rates[i], j.options.LearningRate)
		}
	}
	return &MEIs{
		Neurons: j.neurons, Dead: j.dead, Images: array.New(images, append([]int{n, k}, j.subject.Shape()...)...),
		Rates: array.New(rates, n, k), Loss: array.New(loss, n, k), Steps: array.New(steps, n, k),
	}, nil
}
