package insilico

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
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

	// In recorded units, as of the run's recording. Range is the lowest and highest pixel that images may have: every step of the ascent keeps them there.
	// nil means any. Std, if not 0, replaces Norm: every image has this SD, and the mean of the training images.
	Range []float64
	Std   float64

	// Inhibiting asks for the images that inhibit most: the drive of the neuron, its rate before the link of the loss, becomes as low as it can. It goes on
	// falling where the rate is nearly 0 already. Of an ensemble it is the mean of the members' drives.
	Inhibiting bool

	// Diverse asks for images that each reach at least Share of the neuron's maximum and differ as much as they can. All images of a neuron are optimised
	// together; they end together.
	Diverse bool
	Share   float64 // of the rate to the best most exciting image under the same constraints, above 0 and below 1; 0 means 0.85

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

// Text writes the options that the result depends on. Without Range, Std, Inhibiting and Diverse it is what earlier versions wrote, and stored results are found by it.
func (o MEIOptions) Text() string {
	text := fmt.Sprintf("{Images:%v Norm:%v Smoothness:%v LearningRate:%v MaxSteps:%v Patience:%v Decay:%v Seed:%v MaskFloor:%v Batch:%v Partial: Progress:<nil> Start:<nil>}",
		o.Images, o.Norm, o.Smoothness, o.LearningRate, o.MaxSteps, o.Patience, o.Decay, o.Seed, o.MaskFloor, o.Batch)
	if o.Range != nil || o.Std != 0 {
		text += fmt.Sprintf(" range %v std %v", o.Range, o.Std)
	}
	if o.Inhibiting {
		text += " inhibiting"
	}
	if o.Diverse {
		text += fmt.Sprintf(" diverse %v", cmp.Or(o.Share, defaultShare))
	}
	return text
}

// Progress tells how much of a long computation is done.
type Progress struct {
	Done, Total int           // images, stimuli
	Elapsed     time.Duration // in this call
	Left        time.Duration // estimate; below 0: unknown
}

// MEIs holds k most exciting, most inhibiting or diverse exciting images of each of n neurons. Values of dead neurons are NaN, and their steps are 0.
type MEIs struct {
	Inhibiting bool // most inhibiting images
	Diverse    bool // diverse exciting images
	Neurons    []int
	Images     array.Array // [n, k, height, width], or [n, k, height, width, channels], in normalised units
	Rates      array.Array // [n, k], of the whole model
	Loss       array.Array // [n, k], before the last step; of diverse images the mean over k
	Steps      array.Array // [n, k]
	Dead       []bool      // [n], neurons that nothing excites, or that Silence marked

	Share float64   // of diverse images: the least of Rates beside Most
	Most  []float32 // [n], of diverse images: rate to the best of k most exciting images

	Spread array.Array // [n, k], SD of Rates between the members of an ensemble; empty for one model

	Recorded array.Array // as Images, in recorded units; empty if Units is nil
	Units    *Units      // nil if the recorded units are not known
}

func (o MEIOptions) withDefaults() (MEIOptions, error) {
	o.Images, o.MaxSteps, o.Patience, o.Batch = cmp.Or(o.Images, 8), cmp.Or(o.MaxSteps, 2000), cmp.Or(o.Patience, 100), cmp.Or(o.Batch, 32)
	o.Smoothness, o.LearningRate, o.Decay = cmp.Or(o.Smoothness, 0.005), cmp.Or(o.LearningRate, 1), cmp.Or(o.Decay, 0.9)
	if o.Smoothness = max(o.Smoothness, 0); o.Std == 0 {
		o.Norm = cmp.Or(o.Norm, 12)
	}
	for _, count := range []struct {
		name string
		n    int
	}{{"images per neuron", o.Images}, {"steps", o.MaxSteps}, {"patience", o.Patience}, {"batch", o.Batch}} {
		if count.n < 1 {
			return o, fmt.Errorf("mei: %s: %d, must be at least 1", count.name, count.n)
		}
	}
	switch {
	case o.Std == 0 && !(o.Norm > 0) || math.IsInf(o.Norm, 0):
		return o, fmt.Errorf("mei: norm: %g, must be above 0", o.Norm)
	case !(o.Std >= 0) || math.IsInf(o.Std, 0):
		return o, fmt.Errorf("mei: std: %g, must be above 0, or 0 for none", o.Std)
	case o.Std > 0 && o.Norm != 0:
		return o, fmt.Errorf("mei: norm: %g and std: %g; accepted: one of them", o.Norm, o.Std)
	case !(o.LearningRate > 0) || math.IsInf(o.LearningRate, 0):
		return o, fmt.Errorf("mei: learning rate: %g, must be above 0", o.LearningRate)
	case !(o.Decay > 0 && o.Decay < 1):
		return o, fmt.Errorf("mei: decay: %g, must be between 0 and 1", o.Decay)
	case !(o.MaskFloor >= 0 && o.MaskFloor < 1):
		return o, fmt.Errorf("mei: mask floor: %g, must be from 0 to below 1", o.MaskFloor)
	}
	var err error
	o.Share, err = o.checkDiverse()
	return o, err
}

// CheckOptions returns an error if MEIs cannot be found with these options, whatever the neurons.
func (s *Subject) CheckOptions(o MEIOptions) error {
	o, err := o.withDefaults()
	if err == nil {
		_, _, err = s.bounds(o)
	}
	return err
}

// MEIs finds images that excite each of the neurons most, or inhibit them most, or excite them in as many ways as there are, by gradient ascent over images of one norm. Smooth images are preferred, and the gradient is
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
	shown, own, which := j.finished()
	if j.apart != nil {
		if err := j.keepShare(shown, own, which); err != nil {
			return nil, err
		}
	}
	fillNaN(images)
	fillNaN(rates)
	fillNaN(loss)
	var spread []float32
	if len(j.subject.members) > 1 {
		spread = slices.Clone(rates)
	}
	for at, i := range which {
		copy(images[i*pixels:(i+1)*pixels], shown[at*pixels:(at+1)*pixels])
		loss[i], steps[i] = j.images[i].values[lossIndex][0], int64(j.images[i].values[stepsIndex][0])
	}
	answers, between, err := j.subject.ratesToImages(shown, own)
	if err != nil {
		return nil, err
	}
	for _, i := range which {
		if between != nil {
			spread[i], between = between[0], between[1:]
		}
		if rates[i], answers = answers[0], answers[1:]; !isFinite(rates[i]) {
			return nil, fmt.Errorf("mei: image %d of neuron %d got the rate %v; its weights are damaged or the learning rate %g is too high", i%k, j.neurons[i/k], rates[i], j.options.LearningRate)
		}
	}
	m := &MEIs{
		Inhibiting: j.options.Inhibiting, Diverse: j.options.Diverse, Share: j.options.Share, Neurons: j.neurons, Dead: j.dead, Images: array.New(images, append([]int{n, k}, j.subject.Shape()...)...),
		Rates: array.New(rates, n, k), Loss: array.New(loss, n, k), Steps: array.New(steps, n, k),
	}
	if spread != nil {
		m.Spread = array.New(spread, n, k)
	}
	if j.apart != nil {
		m.Most = slices.Clone(j.apart.most)
		for i, dead := range j.dead {
			if dead {
				m.Most[i] = float32(math.NaN())
			}
		}
	}
	m.record(j.subject.Normalisation, j.options)
	return m, nil
}

// finished returns the images [images][height, width, channels] of neurons that are not dead, scaled to their norm, with their neurons and places in j.images.
func (j *meiJob) finished() (shown []float32, own, which []int) {
	pixels := j.subject.pixels()
	for i, im := range j.images {
		if im == nil { // of a dead neuron
			continue
		}
		shown, own, which = append(shown, make([]float32, pixels)...), append(own, j.neurons[i/j.options.Images]), append(which, i)
		at := shown[len(shown)-pixels:]
		j.shown(at, im.values[rawIndex])
		j.subject.toChannelsLast(at)
	}
	return shown, own, which
}

// shown writes the image that raw stands for.
func (j *meiJob) shown(image, raw []float32) {
	length := 0.0
	for _, v := range raw {
		length += float64(v) * float64(v)
	}
	if j.box == nil {
		scale := float32(j.options.Norm / math.Sqrt(length))
		for p, v := range raw {
			image[p] = v * scale
		}
		return
	}
	exact := make([]float64, len(raw))
	for p, v := range raw {
		exact[p] = float64(v) * j.options.Norm / math.Sqrt(length)
	}
	j.box.project(exact, j.options.Norm)
	for p, v := range exact {
		image[p] = float32(v)
	}
}
