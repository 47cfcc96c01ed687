package insilico

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets/stats"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/weights"
)

// stimulusBatch limits the stimuli of one call, and with them its memory.
const stimulusBatch = 64

// pickNeurons is pickNeuron for the rates of each member.
func pickNeurons(each []*Node, neurons *Node) []*Node {
	picked := make([]*Node, len(each))
	for k, rates := range each {
		picked[k] = pickNeuron(rates, neurons)
	}
	return picked
}

// pickNeuron selects from rates [batch, neurons] the rate of one neuron for each image, [batch].
func pickNeuron(rates, neurons *Node) *Node {
	return ReduceSum(Mul(rates, OneHot(neurons, rates.Shape().Dim(1), rates.DType())), 1)
}

// ratesToImages returns the rate of neurons[i] to image i of images [n, height, width, channels], and the spread between members.
func (s *Subject) ratesToImages(images []float32, neurons []int) (rates, spread []float32, err error) {
	size := s.imageSize()
	return s.wholeView().inBatches("images", neurons, func(shown *Node) *Node { return shown }, func(first, used, batch int) *tensors.Tensor {
		pixels := make([]float32, batch*s.pixels())
		copy(pixels, images[first*s.pixels():(first+used)*s.pixels()])
		return tensors.FromFlatDataAndDimensions(pixels, batch, size[0], size[1], size[2])
	})
}

// Respond returns the rate of neurons[i] to plaids[i]. Of images with several channels, all channels show the plaid.
func (s *Subject) Respond(neurons []int, plaids []Plaid) ([]float32, error) {
	rates, _, err := s.respond(neurons, plaids)
	return rates, err
}

// respond is Respond with the spread between members.
func (s *Subject) respond(neurons []int, plaids []Plaid) (rates, spread []float32, err error) {
	if err := s.check(neurons); err != nil {
		return nil, nil, err
	}
	if len(plaids) != len(neurons) {
		return nil, nil, fmt.Errorf("insilico: %d plaids for %d neurons; needed is one for each", len(plaids), len(neurons))
	}
	v, err := s.viewOf(neurons)
	if err != nil {
		return nil, nil, err
	}
	values, gabors := packPlaids(v.from(plaids))
	size := v.size()
	return v.inBatches(fmt.Sprint("plaids of ", gabors), neurons, func(plaids *Node) *Node {
		return inChannels(drawPlaids(plaids, size[0], size[1]), size[2])
	}, func(first, used, batch int) *tensors.Tensor {
		part := make([]float32, batch*gabors*7)
		for i := range part {
			part[i] = 1 // a Gabor that can be drawn
		}
		copy(part, values[first*gabors*7:(first+used)*gabors*7])
		return tensors.FromFlatDataAndDimensions(part, batch, gabors, 7)
	})
}

// inBatches runs a program over stimuli, each with its neuron, in batches of one size. draw builds what the view shows of them. It returns the mean of the
// members' rates, and of an ensemble the SD between them.
func (v *view) inBatches(what string, neurons []int, draw func(stimuli *Node) *Node, stimuli func(first, used, batch int) *tensors.Tensor) (rates, spread []float32, err error) {
	p, err := v.subject.programs.Program(fmt.Sprintf("responses to %s, %s", what, v.name()), func() (func(w weights.Nodes, in []*Node) []*Node, error) {
		each, err := v.rates()
		return func(w weights.Nodes, in []*Node) []*Node { return pickNeurons(each(w, in[2:], draw(in[0])), in[1]) }, err
	})
	if err != nil {
		return nil, nil, err
	}
	batch := min(stimulusBatch, len(neurons))
	rates = make([]float32, 0, len(neurons))
	for first := 0; first < len(neurons); first += batch {
		used := min(batch, len(neurons)-first)
		who := make([]int32, batch)
		for i := range used {
			who[i] = int32(v.place(neurons[first+i]))
		}
		results, err := p.Call(append([]*tensors.Tensor{stimuli(first, used, batch), tensors.FromFlatDataAndDimensions(who, batch)}, v.given()...)...)
		if err != nil {
			return nil, nil, err
		}
		each := make([][]float32, len(results))
		for k := range results {
			if each[k], err = ondevice.ToHost[float32](results[k]); err != nil {
				return nil, nil, err
			}
			each[k] = each[k][:used]
		}
		if len(each) == 1 {
			rates = append(rates, each[0]...)
			continue
		}
		mean, sd := stats.Between(each)
		rates, spread = append(rates, mean...), append(spread, sd...)
	}
	return rates, spread, nil
}
