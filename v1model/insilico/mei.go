package insilico

import (
	"context"
	"fmt"
	"math"
	"time"

	"v1lab/datasets/array"
)

// MEIOptions says how most exciting images are found; zero values mean the paper's settings.
type MEIOptions struct {
	Images       int     // per neuron; 0 means 8
	Norm         float64 // of an image, over all its pixels in normalised units; 0 means 12
	Smoothness   float64 // weight of the Laplacian penalty; 0 means 0.005, below 0 none
	LearningRate float64 // of Adam; 0 means 1
	MaxSteps     int     // of one image; 0 means 2000
	Patience     int     // steps without a new lowest average loss after which an image is finished; 0 means 100
	Decay        float64 // of the moving average of the loss; 0 means 0.9
	Seed         uint64  // of the start images, standard normal

	// MaskFloor is the share of its peak below which a neuron's mask counts as 0 in the ascent, from 0 to below 1. At 0 images are exact. Masks of L1
	// readouts have small weights nearly everywhere, so that at 0 the whole field is computed; what a floor leaves out is lost to the image. Rates are
	// always those of the whole model. Of 12 neurons of the preset quickstart, fitted in 700 steps to simulated:?neurons=40&images=2000&val=200&test=60&repeats=4,
	// a floor of 0.05 leaves 92 % of the mask's positions and the best of two images loses 1 % of the rate on average, 4 % at worst; one of 0.1 leaves
	// 46 % and loses 3 % (10 %), one of 0.2 leaves 19 % and loses 6 % (23 %). So 0.1 is the most to be advised, for a first look.
	MaskFloor float64

	Batch    int            // most images at a time on the device; 0 means 32
	Partial  string         // file that keeps unfinished work and is gone in the end; empty: none
	Progress func(Progress) // called about every second; may be nil

	// Start gives the start of an image, [height, width, channels], in place of a random one; nil: random.
	Start func(neuron, image int) []float32
}

// Progress is how far long work has come.
type Progress struct {
	Done, Total int           // images, stimuli
	Elapsed     time.Duration // in this call
	Left        time.Duration // about; below 0: unknown
}

// MEIs are most exciting images of n neurons, k each. What belongs to dead neurons is NaN, their steps are 0.
type MEIs struct {
	Neurons []int
	Images  array.Array // [n, k, height, width], or [n, k, height, width, channels], in normalised units
	Rates   array.Array // [n, k], the model's
	Loss    array.Array // [n, k], before the last step
	Steps   array.Array // [n, k]
	Dead    []bool      // [n], neurons that nothing excites
}

func (o MEIOptions) withDefaults() (MEIOptions, error) {
	def := func(v *float64, otherwise float64) {
		if *v == 0 {
			*v = otherwise
		}
	}
	whole := func(v *int, otherwise int) {
		if *v == 0 {
			*v = otherwise
		}
	}
	whole(&o.Images, 8)
	whole(&o.MaxSteps, 2000)
	whole(&o.Patience, 100)
	whole(&o.Batch, 32)
	def(&o.Norm, 12)
	def(&o.Smoothness, 0.005)
	def(&o.LearningRate, 1)
	def(&o.Decay, 0.9)
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

// MEIs finds images that excite each of the neurons most: gradient ascent on the sphere of a norm, with smooth images preferred and the
// gradient whitened (see package doc for the source). All images are optimised together, a batch at a time, in one loop on the device;
// one that is finished makes room for the next. Memory grows with the batch, and the result.
//
// When ctx ends, unfinished work is kept in o.Partial and ctx's error is returned; called again with the same arguments it goes on from there.
func (s *Subject) MEIs(ctx context.Context, neurons []int, o MEIOptions) (*MEIs, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	dead, err := s.dead(neurons)
	if err != nil {
		return nil, err
	}
	job, err := s.newWork(neurons, dead, o)
	if err != nil {
		return nil, err
	}
	if err := job.run(ctx); err != nil {
		return nil, err
	}
	return job.result()
}

// result shows the finished images to the whole model.
func (j *work) result() (*MEIs, error) {
	n, k, pixels := len(j.neurons), j.options.Images, j.subject.pixels()
	images, rates, loss, steps := make([]float32, n*k*pixels), make([]float32, n*k), make([]float32, n*k), make([]int64, n*k)
	nan(images)
	nan(rates)
	nan(loss)
	var shown []float32
	var own []int
	for i, im := range j.images {
		if im == nil { // of a dead neuron
			continue
		}
		length := 0.0
		for _, v := range im.values[raw] {
			length += float64(v) * float64(v)
		}
		scale := float32(j.options.Norm / math.Sqrt(length))
		at := images[i*pixels : (i+1)*pixels]
		for p, v := range im.values[raw] {
			at[p] = v * scale
		}
		j.subject.toPictures(at)
		loss[i], steps[i] = im.values[lossOf][0], int64(im.values[stepsOf][0])
		shown, own = append(shown, at...), append(own, j.neurons[i/k])
	}
	answers, err := j.subject.responses(shown, own)
	if err != nil {
		return nil, err
	}
	for i, im := range j.images {
		if im == nil {
			continue
		}
		if rates[i], answers = answers[0], answers[1:]; !finite(rates[i]) {
			return nil, fmt.Errorf("mei: image %d of neuron %d got the rate %v; its weights are damaged or the learning rate %g is too high", i%k, j.neurons[i/k], rates[i], j.options.LearningRate)
		}
	}
	return &MEIs{
		Neurons: j.neurons, Dead: j.dead, Images: array.New(images, append([]int{n, k}, j.subject.Shape()...)...),
		Rates: array.New(rates, n, k), Loss: array.New(loss, n, k), Steps: array.New(steps, n, k),
	}, nil
}
