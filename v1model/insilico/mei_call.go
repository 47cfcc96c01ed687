package insilico

import (
	"slices"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/ondevice"
)

// windowRunner runs the calls of the device for one kind of window.
type windowRunner struct {
	work            *meiJob
	kind            window
	templateProgram *ondevice.Program
	stepProgram     *ondevice.Program
	neurons         []int            // of the group, in the order of their images
	byNeuron        map[int]template // templates of neurons whose images are not finished, once they were in the batch
}

func newWindowRunner(j *meiJob, g windowGroup, templates, steps *ondevice.Program) *windowRunner {
	c := &windowRunner{work: j, kind: g.kind, templateProgram: templates, stepProgram: steps, byNeuron: map[int]template{}}
	for _, i := range g.images {
		if n := i / j.options.Images; !slices.Contains(c.neurons, n) {
			c.neurons = append(c.neurons, n)
		}
	}
	return c
}

// template is the part of a neuron's rate that does not change from step to step, of each member; see merge.
type template []struct {
	values   []float32 // [height'', width'', channels'']
	shape    []int
	constant float32
}

// templateBatch is the number of neurons for which one call computes templates.
const templateBatch = 4

// corner is the top left pixel of a neuron's window.
func (c *windowRunner) corner(n int) []int32 {
	s, w := c.work.subject.Model.Shape, c.work.windows[n]
	return []int32{int32(min(w.top, s.Height-c.kind.height)), int32(min(w.left, s.Width-c.kind.width))}
}

// updateTemplates computes the templates of neurons that entered the batch, and drops those of neurons that are done. A neuron has the same place in the
// same call whenever that is, so its template is the same to the bit.
func (c *windowRunner) updateTemplates(neurons []int) error {
	done := func(n int) bool {
		first := n * c.work.options.Images
		return !slices.ContainsFunc(c.work.images[first:first+c.work.options.Images], func(im *imageState) bool { return !im.finished })
	}
	for n := range c.byNeuron {
		if done(n) && !slices.Contains(neurons, n) {
			delete(c.byNeuron, n)
		}
	}
	s := c.work.subject
	for some := range slices.Chunk(c.neurons, templateBatch) {
		if !slices.ContainsFunc(some, func(n int) bool {
			_, there := c.byNeuron[n]
			return !there && slices.Contains(neurons, n)
		}) {
			continue
		}
		var inputs []*tensors.Tensor
		for k, m := range s.members {
			var masks, features, biases []float32
			for i := range templateBatch {
				n := some[min(i, len(some)-1)]
				masks, features = append(masks, c.work.masks[n][k]...), append(features, m.featureWeights(c.work.neurons[n])...)
				biases = append(biases, m.biases[c.work.neurons[n]])
			}
			inputs = append(inputs, tensors.FromFlatDataAndDimensions(masks, templateBatch, m.grid[0], m.grid[1]),
				tensors.FromFlatDataAndDimensions(features, templateBatch, m.grid[2]), tensors.FromFlatDataAndDimensions(biases, templateBatch))
		}
		var corners []int32
		for i := range templateBatch {
			corners = append(corners, c.corner(some[min(i, len(some)-1)])...)
		}
		results, err := c.templateProgram.Call(append(inputs, tensors.FromFlatDataAndDimensions(corners, templateBatch, 2))...)
		if err != nil {
			return err
		}
		made := make([]template, len(some))
		for i := range made {
			made[i] = make(template, len(s.members))
		}
		for k := range s.members {
			shape := slices.Clone(results[2*k].Shape().Dimensions[1:])
			values, err := ondevice.ToHost[float32](results[2*k])
			if err != nil {
				return err
			}
			constants, err := ondevice.ToHost[float32](results[2*k+1])
			if err != nil {
				return err
			}
			size := len(values) / templateBatch
			for i := range some {
				made[i][k].values, made[i][k].shape, made[i][k].constant = slices.Clone(values[i*size:(i+1)*size]), shape, constants[i]
			}
		}
		for i, n := range some {
			if !done(n) || slices.Contains(neurons, n) {
				c.byNeuron[n] = made[i]
			}
		}
	}
	return nil
}

// advance makes steps for the active images of the batch in one call of the device. The call ends early when no more than keep images are active.
func (c *windowRunner) advance(active, keep int) error {
	j, s := c.work, c.work.subject
	if j.onCall != nil {
		j.onCall(j.batch, active)
	}
	batch, shown := j.batch, make([]int, j.batch) // image in each slot; empty ones repeat an active image, but are inactive
	filler := j.places[slices.IndexFunc(j.places, func(i int) bool { return !j.images[i].finished })]
	var neurons []int // of each slot
	for slot := range batch {
		if shown[slot] = filler; j.isActive(slot) {
			shown[slot] = j.places[slot]
		}
		neurons = append(neurons, shown[slot]/j.options.Images)
	}
	if err := c.updateTemplates(neurons); err != nil {
		return err
	}
	var corners []int32
	state := make([][]float32, len(meiState))
	for slot, n := range neurons {
		corners = append(corners, c.corner(n)...)
		for k, v := range j.images[shown[slot]].values {
			if k == activeIndex && !j.isActive(slot) {
				v = []float32{0}
			}
			state[k] = append(state[k], v...)
		}
	}
	var inputs []*tensors.Tensor
	for k := range s.members {
		var templates, constants []float32
		for _, n := range neurons {
			t := c.byNeuron[n][k]
			templates, constants = append(templates, t.values...), append(constants, t.constant)
		}
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(templates, append([]int{batch}, c.byNeuron[neurons[0]][k].shape...)...), tensors.FromFlatDataAndDimensions(constants, batch))
	}
	inputs = append(inputs,
		tensors.FromFlatDataAndDimensions(corners, batch, 2), tensors.FromScalar(j.perCall), tensors.FromScalar(float32(keep)),
		tensors.FromScalar(float32(j.options.MaxSteps)), tensors.FromScalar(float32(j.options.Patience)))
	if j.apart != nil {
		var most []float32
		for _, n := range neurons {
			most = append(most, j.apart.most[n])
		}
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(most, batch))
	}
	inputs = append(inputs, tensors.FromScalar(float32(0)), tensors.FromScalar(float32(active)))
	for k, v := range meiState {
		shape := []int{batch}
		if v.image {
			shape = append(shape, s.Model.Shape.Channels, s.Model.Shape.Height, s.Model.Shape.Width)
		}
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(state[k], shape...))
	}
	before, began := state[stepsIndex], time.Now()
	results, err := c.stepProgram.Call(inputs...)
	if err != nil {
		return err
	}
	most := float32(0)
	after := make([][]float32, len(meiState))
	for k := range meiState {
		if after[k], err = ondevice.ToHost[float32](results[k]); err != nil {
			return err
		}
	}
	for slot, i := range j.places {
		im := j.images[i]
		if im.finished {
			continue
		}
		for k, values := range after {
			size := len(values) / batch
			im.values[k] = slices.Clone(values[slot*size : (slot+1)*size])
		}
		most = max(most, after[stepsIndex][slot]-before[slot])
		if im.finished = im.values[activeIndex][0] == 0; im.finished {
			im.values = [][]float32{im.values[rawIndex], nil, nil, im.values[stepsIndex], im.values[lossIndex], nil, nil, nil, nil}
			j.done++
		}
	}
	if took := time.Since(began).Seconds(); most >= j.perCall { // aim at two seconds a call, so that an interruption is noticed soon
		j.perCall = min(max(j.perCall*float32(min(2, 2/took)), 4), 400)
	}
	return nil
}

// isActive tells whether a slot of the batch has an unfinished image.
func (j *meiJob) isActive(slot int) bool {
	return slot < len(j.places) && !j.images[j.places[slot]].finished
}
