package insilico

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/ondevice"
	"v1lab/v1model/weights"
)

// stimulusBatch limits the stimuli of one call, and with them its memory.
const stimulusBatch = 64

// rates returns a function that builds the whole model's rates [batch, neurons] to images [batch, height, width, channels], in the cheapest evaluation.
func (s *Subject) rates() (func(w weights.Nodes, images *Node) *Node, error) {
	m := *s.Model
	var err error
	if m.Core, err = s.coreFor(s.fullField(), stimulusBatch, false); err != nil {
		return nil, err
	}
	return func(w weights.Nodes, images *Node) *Node { return m.Forward(w, images, false).Rates() }, nil
}

// pickNeuron selects from rates [batch, neurons] the rate of one neuron for each image, [batch].
func pickNeuron(rates, neurons *Node) *Node {
	return ReduceSum(Mul(rates, OneHot(neurons, rates.Shape().Dim(1), rates.DType())), 1)
}

// ratesToImages returns the rate of neurons[i] to image i of images [n, height, width, channels].
func (s *Subject) ratesToImages(images []float32, neurons []int) ([]float32, error) {
	size := s.imageSize()
	return s.inBatches("images", neurons, func(rates func(weights.Nodes, *Node) *Node, w weights.Nodes, in []*Node) *Node {
		return pickNeuron(rates(w, in[0]), in[1])
	}, func(first, used, batch int) *tensors.Tensor {
		pixels := make([]float32, batch*s.pixels())
		copy(pixels, images[first*s.pixels():(first+used)*s.pixels()])
		return tensors.FromFlatDataAndDimensions(pixels, batch, size[0], size[1], size[2])
	})
}

// Respond returns the rate of neurons[i] to plaids[i]. Of images with several channels, all channels show the plaid.
func (s *Subject) Respond(neurons []int, plaids []Plaid) ([]float32, error) {
	if err := s.check(neurons); err != nil {
		return nil, err
	}
	if len(plaids) != len(neurons) {
		return nil, fmt.Errorf("insilico: %d plaids for %d neurons; needed is one for each", len(plaids), len(neurons))
	}
	values, gabors := packPlaids(plaids)
	size := s.imageSize()
	return s.inBatches(fmt.Sprint("plaids of ", gabors), neurons, func(rates func(weights.Nodes, *Node) *Node, w weights.Nodes, in []*Node) *Node {
		return pickNeuron(rates(w, inChannels(drawPlaids(in[0], size[0], size[1]), size[2])), in[1])
	}, func(first, used, batch int) *tensors.Tensor {
		part := make([]float32, batch*gabors*7)
		for i := range part {
			part[i] = 1 // a Gabor that can be drawn
		}
		copy(part, values[first*gabors*7:(first+used)*gabors*7])
		return tensors.FromFlatDataAndDimensions(part, batch, gabors, 7)
	})
}

// inBatches runs a program over stimuli, each with its neuron, in batches of one size.
func (s *Subject) inBatches(what string, neurons []int, build func(rates func(weights.Nodes, *Node) *Node, w weights.Nodes, in []*Node) *Node,
	stimuli func(first, used, batch int) *tensors.Tensor) ([]float32, error) {
	p, err := s.device.Program("responses to "+what, func() (func(w weights.Nodes, in []*Node) []*Node, error) {
		rates, err := s.rates()
		return func(w weights.Nodes, in []*Node) []*Node { return []*Node{build(rates, w, in)} }, err
	})
	if err != nil {
		return nil, err
	}
	batch := min(stimulusBatch, len(neurons))
	all := make([]float32, 0, len(neurons))
	for first := 0; first < len(neurons); first += batch {
		used := min(batch, len(neurons)-first)
		who := make([]int32, batch)
		for i := range used {
			who[i] = int32(neurons[first+i])
		}
		results, err := p.Call(stimuli(first, used, batch), tensors.FromFlatDataAndDimensions(who, batch))
		if err != nil {
			return nil, err
		}
		values, err := ondevice.ToHost[float32](results[0])
		if err != nil {
			return nil, err
		}
		all = append(all, values[:used]...)
	}
	return all, nil
}
