package insilico

import (
	"slices"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/ondevice"
)

// climber runs the calls for one kind of window.
type climber struct {
	work    *work
	kind    window
	prepare *ondevice.Program
	climb   *ondevice.Program
	open    map[int]template // of the neurons that are in the batch
}

// template is what a neuron's images need in every step; see merge.
type template struct {
	values   []float32 // [height'', width'', channels'']
	shape    []int
	constant float32
}

// prepareBatch is the neurons that templates are made for at a time.
const prepareBatch = 4

// corner is where a neuron's window of this kind begins.
func (c *climber) corner(n int) []int32 {
	s, w := c.work.subject.Model.Shape, c.work.windows[n]
	return []int32{int32(min(w.top, s.Height-c.kind.height)), int32(min(w.left, s.Width-c.kind.width))}
}

// templates makes those of neurons that came into the batch, and forgets those of neurons that left.
func (c *climber) templates(neurons []int) error {
	for n := range c.open {
		if !slices.Contains(neurons, n) {
			delete(c.open, n)
		}
	}
	var missing []int
	for _, n := range neurons {
		if _, there := c.open[n]; !there && !slices.Contains(missing, n) {
			missing = append(missing, n)
		}
	}
	s := c.work.subject
	for some := range slices.Chunk(missing, prepareBatch) {
		var masks, features, biases []float32
		var corners []int32
		for i := range prepareBatch {
			n := some[min(i, len(some)-1)]
			masks, features = append(masks, c.work.masks[n]...), append(features, s.weightsOf(c.work.neurons[n])...)
			biases, corners = append(biases, s.biases[c.work.neurons[n]]), append(corners, c.corner(n)...)
		}
		results, err := c.prepare.Call(
			tensors.FromFlatDataAndDimensions(masks, prepareBatch, s.grid[0], s.grid[1]), tensors.FromFlatDataAndDimensions(features, prepareBatch, s.grid[2]),
			tensors.FromFlatDataAndDimensions(biases, prepareBatch), tensors.FromFlatDataAndDimensions(corners, prepareBatch, 2))
		if err != nil {
			return err
		}
		shape := slices.Clone(results[0].Shape().Dimensions[1:])
		values, err := ondevice.Take[float32](results[0])
		if err != nil {
			return err
		}
		constants, err := ondevice.Take[float32](results[1])
		if err != nil {
			return err
		}
		size := len(values) / prepareBatch
		for i, n := range some {
			c.open[n] = template{slices.Clone(values[i*size : (i+1)*size]), shape, constants[i]}
		}
	}
	return nil
}

// advance makes steps for open images, in one call.
func (c *climber) advance(open []int, batch, keep int) error {
	j, s := c.work, c.work.subject
	var neurons []int // of each slot
	for slot := range batch {
		neurons = append(neurons, open[min(slot, len(open)-1)]/j.options.Images) // the last image stands in empty places, where nothing is done
	}
	if err := c.templates(neurons); err != nil {
		return err
	}
	var templates, constants []float32
	var corners []int32
	state := make([][]float32, len(meiState))
	for slot, n := range neurons {
		t := c.open[n]
		templates, constants, corners = append(templates, t.values...), append(constants, t.constant), append(corners, c.corner(n)...)
		for k, v := range j.images[open[min(slot, len(open)-1)]].values {
			if k == activeOf && slot >= len(open) {
				v = []float32{0}
			}
			state[k] = append(state[k], v...)
		}
	}
	inputs := []*tensors.Tensor{
		tensors.FromFlatDataAndDimensions(templates, append([]int{batch}, c.open[neurons[0]].shape...)...), tensors.FromFlatDataAndDimensions(constants, batch),
		tensors.FromFlatDataAndDimensions(corners, batch, 2), tensors.FromScalar(j.perCall), tensors.FromScalar(float32(keep)),
		tensors.FromScalar(float32(j.options.MaxSteps)), tensors.FromScalar(float32(j.options.Patience)), tensors.FromScalar(float32(0)), tensors.FromScalar(float32(len(open))),
	}
	for k, v := range meiState {
		shape := []int{batch}
		if v.image {
			shape = append(shape, s.Model.Shape.Channels, s.Model.Shape.Height, s.Model.Shape.Width)
		}
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(state[k], shape...))
	}
	if j.called != nil {
		j.called(batch, len(open))
	}
	before, began := state[stepsOf], time.Now()
	results, err := c.climb.Call(inputs...)
	if err != nil {
		return err
	}
	most := float32(0)
	for k := range meiState {
		values, err := ondevice.Take[float32](results[k])
		if err != nil {
			return err
		}
		size := len(values) / batch
		for slot, i := range open {
			j.images[i].values[k] = slices.Clone(values[slot*size : (slot+1)*size])
			if k == stepsOf {
				most = max(most, values[slot]-before[slot])
			}
		}
	}
	for _, i := range open {
		im := j.images[i]
		if im.finished = im.values[activeOf][0] == 0; im.finished {
			im.values = [][]float32{im.values[raw], nil, nil, im.values[stepsOf], im.values[lossOf], nil, nil, nil, nil}
			j.done++
		}
	}
	if took := time.Since(began).Seconds(); most >= j.perCall { // about two seconds a call, so that an interruption is soon heeded
		j.perCall = min(max(j.perCall*float32(min(2, 2/took)), 4), 400)
	}
	return nil
}
