package insilico

import (
	"context"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/features"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/weights"
)

// FirstStep builds what one step of the optimisation computes for raw planes [batch, channels, height, width] over the whole field, by the names of the
// reference: the images shown, their rates, penalty and loss (the last two summed), and gradients by the image, whitened, and by raw.
func (s *Subject) FirstStep(o MEIOptions, w weights.Nodes, masks, features, biases, raw *Node) map[string]*Node {
	o, err := o.withDefaults()
	if err != nil {
		panic(err)
	}
	whole, err := s.members[0].directCore()
	if err != nil {
		panic(err)
	}
	link := s.Model.Objective.Rate
	a := ascent{options: o, kind: s.fullField(), size: s.imageSize(), parts: []ascentPart{{nodes: s.members[0].nodes, fullCore: whole, windowCore: whole, link: link}}}
	template, constant := merge(whole, a.size, w, readouts{masks, features, biases})
	loss, image, white, byRaw := a.gradients(w, []*Node{template, constant}, cutter{}, raw)
	var shown *Node
	penalty, _, _, _ := a.lossAndGradients(raw, func(x *Node) (rate, gradient *Node) { // a neuron that never responds: the loss is the penalty alone
		shown = x
		return ZerosLike(biases), ZerosLike(x)
	})
	return map[string]*Node{
		"image_0": shown, "pred_0": link(driveOfTemplate(template, constant, mapsBeforeLinear(whole, w, channelsLast(shown)))), "smooth_reg_0": ReduceAllSum(penalty), "loss_0": ReduceAllSum(loss),
		"grad_image_0": image, "grad_whitened_0": white, "grad_raw_0": byRaw,
	}
}

// Optimised is what the ascent has moved when it ends, raw planes [neurons, images, channels, height, width].
func (s *Subject) Optimised(neurons []int, o MEIOptions) ([]float32, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	j, err := s.newMEIJob(neurons, make([]bool, len(neurons)), o)
	if err != nil {
		return nil, err
	}
	if err := j.run(context.Background()); err != nil {
		return nil, err
	}
	var all []float32
	for _, im := range j.images {
		all = append(all, im.values[rawIndex]...)
	}
	return all, nil
}

// Calls runs MEIs and returns, of each call of the device, the places of its batch and the images in them.
func (s *Subject) Calls(neurons []int, o MEIOptions) (calls [][2]int, steps []int, err error) {
	if o, err = o.withDefaults(); err != nil {
		return nil, nil, err
	}
	j, err := s.newMEIJob(neurons, make([]bool, len(neurons)), o)
	if err != nil {
		return nil, nil, err
	}
	j.onCall = func(batch, open int) { calls = append(calls, [2]int{batch, open}) }
	if err := j.run(context.Background()); err != nil {
		return nil, nil, err
	}
	for _, im := range j.images {
		steps = append(steps, int(im.values[stepsIndex][0]))
	}
	return calls, steps, nil
}

// Gains are those of whitening.
func Gains(height, width int) []float64 { return whiteningGains(height, width) }

// Readouts are what a batch of one neuron's images needs.
func (s *Subject) Readouts(neuron, batch int) (masks, features, biases []float32) {
	for range batch {
		masks, features, biases = append(masks, s.members[0].mask(neuron)...), append(features, s.members[0].featureWeights(neuron)...), append(biases, s.members[0].biases[neuron])
	}
	return masks, features, biases
}

// Grid of the feature maps.
func (s *Subject) MapShape() [3]int { return s.members[0].grid }

// MEIsPaced is MEIs with a given number of steps for each call of the device, from 1, instead of as many as take two seconds. It stops after so many calls,
// unless that is 0.
func (s *Subject) MEIsPaced(ctx context.Context, neurons []int, o MEIOptions, steps func(call int) int, stopAfter int) (*MEIs, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	j, err := s.newMEIJob(neurons, make([]bool, len(neurons)), o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	calls := 0
	j.onCall = func(int, int) {
		j.perCall = float32(steps(calls))
		if calls++; calls == stopAfter {
			cancel()
		}
	}
	if err := j.run(ctx); err != nil {
		return nil, err
	}
	return j.result()
}

// Contrast returns the objective of each image [images][height, width, channels], each for its own cluster, and its gradient by the images.
func (s *Subject) Contrast(images [][]float32, aligned features.Weights, labels, target []int, temperature, weight float32) (values, gradient []float32, err error) {
	p, err := s.moved(aligned, labels)
	if err != nil {
		return nil, nil, err
	}
	j := &contrastJob{subject: s, k: p.k, chosen: p}
	c, err := j.builder(len(images))
	if err != nil {
		return nil, nil, err
	}
	n, size := len(p.neurons), s.imageSize()
	share, own := make([]float32, n*p.k), make([]float32, len(images)*p.k)
	for i, l := range p.labels {
		share[i*p.k+l] = 0.5
	}
	for i, l := range target {
		own[i*p.k+l] = 1
	}
	program, err := s.programs.Program(fmt.Sprint("contrast ", len(images)), c.builder(func(w weights.Nodes, in []*Node) []*Node {
		value := objective(c.rates(w, group{masks: in[1], features: in[2], biases: in[3]}, in[0]), group{scale: in[4], share: in[5]}, in[6], in[7], in[8])
		return []*Node{value, Gradient(ReduceAllSum(value), in[0])[0]}
	}))
	if err != nil {
		return nil, nil, err
	}
	in := append([]*tensors.Tensor{tensors.FromFlatDataAndDimensions(slices.Concat(images...), len(images), size[0], size[1], size[2])}, s.tensorsOf(p)...)
	results, err := program.Call(append(in, tensors.FromFlatDataAndDimensions(slices.Repeat([]float32{1.5}, n), n), tensors.FromFlatDataAndDimensions(share, n, p.k),
		tensors.FromFlatDataAndDimensions(own, len(images), p.k), tensors.FromScalar(temperature), tensors.FromScalar(weight))...)
	if err != nil {
		return nil, nil, err
	}
	if values, err = ondevice.ToHost[float32](results[0]); err != nil {
		return nil, nil, err
	}
	gradient, err = ondevice.ToHost[float32](results[1])
	return values, gradient, err
}

// Apart returns the value of each of a neuron's diverse images, planes [images, channels, height, width], and the gradient of their sum by the images.
func (s *Subject) Apart(o MEIOptions, neuron int, most float32, images []float32) (values, gradient []float32, err error) {
	if o, err = o.withDefaults(); err != nil {
		return nil, nil, err
	}
	whole, err := s.members[0].directCore()
	if err != nil {
		return nil, nil, err
	}
	a := &ascent{options: o, kind: s.fullField(), size: s.imageSize(), parts: []ascentPart{{nodes: s.members[0].nodes, fullCore: whole, windowCore: whole, link: s.Model.Objective.Rate}}}
	masks, features, biases := s.Readouts(neuron, o.Images)
	program, err := s.programs.Program("value of diverse images", a.builder(func(w weights.Nodes, in []*Node) []*Node {
		template, constant := merge(whole, a.size, w, readouts{in[0], in[1], in[2]})
		value, gradient := a.seeApart(w, []*Node{template, constant}, cutter{}, in[3], in[4])
		return []*Node{value, gradient}
	}))
	if err != nil {
		return nil, nil, err
	}
	grid := s.MapShape()
	results, err := program.Call(tensors.FromFlatDataAndDimensions(masks, o.Images, grid[0], grid[1]), tensors.FromFlatDataAndDimensions(features, o.Images, grid[2]), tensors.FromFlatDataAndDimensions(biases, o.Images),
		tensors.FromFlatDataAndDimensions(slices.Repeat([]float32{most}, o.Images), o.Images), tensors.FromFlatDataAndDimensions(images, o.Images, a.size[2], a.size[0], a.size[1]))
	if err != nil {
		return nil, nil, err
	}
	if values, err = ondevice.ToHost[float32](results[0]); err != nil {
		return nil, nil, err
	}
	gradient, err = ondevice.ToHost[float32](results[1])
	return values, gradient, err
}

// ViewPixels is the number of pixels from which the rates of some neurons are computed.
func (s *Subject) ViewPixels(neurons []int) int {
	v, err := s.viewOf(neurons)
	if err != nil {
		panic(err)
	}
	return v.window.height * v.window.width
}
