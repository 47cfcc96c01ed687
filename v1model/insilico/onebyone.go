package insilico

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/ondevice"
)

// OneByOne finds the images of one neuron as the paper's code does, for comparison with MEIs: it evaluates the whole model in every step, makes one call
// of the device for each step, waits for the loss, and stops all images of the neuron together. If plain, the core convolves pixel by pixel, exactly as
// the paper's code; otherwise it is evaluated as the model's configuration says. From equal starts it makes the same steps as MEIs. Package bench compares
// their speed. Start, Partial, MaskFloor, Batch, Range, Std and Progress are ignored.
func (s *Subject) OneByOne(ctx context.Context, neuron int, plain bool, o MEIOptions) (*MEIs, error) {
	o.Range, o.Std = nil, 0
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	dead, err := s.dead([]int{neuron})
	if err != nil {
		return nil, err
	}
	if dead[0] {
		return nil, fmt.Errorf("mei: neuron %d is dead: nothing excites it", neuron)
	}
	if len(s.members) > 1 {
		return nil, errors.New("mei: one by one: an ensemble; accepted: one model")
	}
	m := *s.Model
	if plain {
		if m.Core, err = s.members[0].directCore(); err != nil {
			return nil, err
		}
	}
	a := &ascent{options: o, size: s.imageSize()}
	step, err := s.programs.Program(fmt.Sprintf("one step for one neuron %v %v %v %v", plain, o.Norm, o.Smoothness, o.LearningRate), a.builder(oneStep(&m, a)))
	if err != nil {
		return nil, err
	}
	state := make([][]float32, 3) // raw, first, second
	for k := range o.Images {
		state[0] = append(state[0], s.randomStart(o, neuron, k)...)
	}
	state[1], state[2] = make([]float32, len(state[0])), make([]float32, len(state[0]))
	shape := []int{o.Images, a.size[2], a.size[0], a.size[1]}
	average, lowest, waiting, made := 0.0, math.Inf(1), 0, 0
	var losses []float32
	for made < o.MaxSteps && waiting < o.Patience {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		results, err := step.Call(tensors.FromScalar(int32(neuron)), tensors.FromScalar(float32(made)), tensors.FromFlatDataAndDimensions(state[0], shape...),
			tensors.FromFlatDataAndDimensions(state[1], shape...), tensors.FromFlatDataAndDimensions(state[2], shape...))
		if err != nil {
			return nil, err
		}
		for i := range state {
			if state[i], err = ondevice.ToHost[float32](results[i]); err != nil {
				return nil, err
			}
		}
		if losses, err = ondevice.ToHost[float32](results[3]); err != nil {
			return nil, err
		}
		loss := 0.0
		for _, l := range losses {
			loss += float64(l)
		}
		if average = o.Decay*average + (1-o.Decay)*loss; made == 0 {
			average = loss
		}
		if waiting++; average < lowest {
			lowest, waiting = average, 0
		}
		made++
	}
	j := &meiJob{subject: s, options: o, neurons: []int{neuron}, dead: dead}
	pixels := s.pixels()
	for k := range o.Images {
		j.images = append(j.images, &imageState{finished: true,
			values: [][]float32{rawIndex: state[0][k*pixels : (k+1)*pixels], stepsIndex: {float32(made)}, lossIndex: {losses[k]}}})
	}
	return j.result()
}
