package fit

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// maxChunk bounds the images of one call of the validation program, and so its memory.
const maxChunk = 256

// device holds a fit's arrays where the programs run, and the programs.
type device struct {
	backend compute.Backend
	model   *v1model.Model
	specs   []weights.Spec    // of state
	state   []*tensors.Tensor // weights and optimiser, in the order of specs
	cursor  [3]*tensors.Tensor
	order   *tensors.Tensor
	rate    *tensors.Tensor
	train   [2]*tensors.Tensor // images, responses
	val     [2]*tensors.Tensor
	chunk   int
	stepper *graph.Exec
	checker *graph.Exec
}

func newDevice(backend compute.Backend, m *v1model.Model, data *datasets.Dataset) (*device, error) {
	d := &device{backend: backend, model: m, specs: stateSpecs(m), chunk: min(maxChunk, data.Val.Images.N)}
	var err error
	for _, part := range []struct {
		to   *[2]*tensors.Tensor
		from datasets.Part
	}{{&d.train, data.Train}, {&d.val, data.Val}} {
		im, r := part.from.Images, part.from.Responses
		part.to[0] = tensors.FromFlatDataAndDimensions(im.Pixels, im.N, im.Height, im.Width, im.Channels)
		part.to[1] = tensors.FromFlatDataAndDimensions(r.Values, r.N, r.Neurons)
		for _, t := range part.to {
			if err := t.ToDevice(backend, 0); err != nil {
				return nil, fmt.Errorf("data to the device: %w", err)
			}
		}
	}
	if d.stepper, err = graph.NewExec(backend, d.buildStep); err != nil {
		return nil, err
	}
	d.stepper.WithName("training step")
	d.checker, err = graph.NewExec(backend, d.buildValidation)
	return d, err
}

// buildStep lays out the arguments: state, cursor, order, rate, images, responses; and the results: state, cursor.
func (d *device) buildStep(nodes []*graph.Node) []*graph.Node {
	n := len(d.specs)
	w := weights.FromList(d.specs, nodes[:n])
	rest := nodes[n:]
	next, c := step(d.model, w, cursor{rest[0], rest[1], rest[2]}, rest[3], rest[4], rest[5], rest[6])
	results := make([]*graph.Node, 0, n+3)
	for _, s := range d.specs {
		results = append(results, next.Get(s.Name))
	}
	return append(results, c.position, c.row, c.losses)
}

// buildValidation lays out the arguments: the model's variables, start, images, responses; and the result, a scalar.
func (d *device) buildValidation(nodes []*graph.Node) []*graph.Node {
	specs := d.model.Specs()
	rest := nodes[len(specs):]
	return []*graph.Node{validation(d.model, weights.FromList(specs, nodes[:len(specs)]), rest[0], rest[1], rest[2], d.chunk)}
}

// step runs one training step; the old state's memory is handed over to the new one.
func (d *device) step() error {
	args := make([]any, 0, len(d.state)+7)
	for _, t := range slices.Concat(d.state, d.cursor[:]) {
		donated, err := graph.DonateTensorBuffer(t, d.backend, 0)
		if err != nil {
			return fmt.Errorf("training step: %w", err)
		}
		args = append(args, donated)
	}
	args = append(args, d.order, d.rate, d.train[0], d.train[1])
	results, err := d.stepper.Call(args...)
	if err != nil {
		return fmt.Errorf("training step: %w", err)
	}
	n := len(d.state)
	copy(d.state, results[:n])
	copy(d.cursor[:], results[n:])
	return nil
}

// validate returns the Poisson loss of the validation part, mean over images.
func (d *device) validate() (float64, error) {
	sum, n := 0.0, d.val[0].Shape().Dim(0)
	for start := 0; start < n; start += d.chunk {
		args := make([]any, 0, len(d.specs)+3)
		for i := range d.model.Specs() {
			args = append(args, d.state[i])
		}
		result, err := d.checker.Call1(append(args, int32(start), d.val[0], d.val[1])...)
		if err != nil {
			return 0, fmt.Errorf("validation: %w", err)
		}
		sum += float64(tensors.ToScalar[float32](result))
		result.MustFinalizeAll()
	}
	return sum / float64(n), nil
}

// put replaces the state on the device.
func (d *device) put(values weights.Values) error {
	if err := values.Check(d.specs); err != nil {
		return err
	}
	for _, t := range d.state {
		if err := t.FinalizeAll(); err != nil {
			return err
		}
	}
	d.state = d.state[:0]
	for _, s := range d.specs {
		d.state = append(d.state, tensors.FromFlatDataAndDimensions(values.Float32(s.Name), s.Shape...))
	}
	return nil
}

// get copies the state to the host.
func (d *device) get() (weights.Values, error) {
	values := make(weights.Values, len(d.specs))
	for i, s := range d.specs {
		data, err := tensors.CopyFlatData[float32](d.state[i])
		if err != nil {
			return nil, fmt.Errorf("%s from the device: %w", s.Name, err)
		}
		values[s.Name] = array.Array{Shape: s.Shape, Data: data}
	}
	return values, nil
}

// setCursor moves the sampler to a position and fills the table of losses, [row][2], as far as it goes.
func (d *device) setCursor(position int, losses []float32) {
	table := make([]float32, 2*d.model.Config.Fit.ValidateEvery)
	copy(table, losses)
	for i, t := range []*tensors.Tensor{
		tensors.FromScalar(int32(position)), tensors.FromScalar(int32(len(losses) / 2)), tensors.FromFlatDataAndDimensions(table, len(table)/2, 2),
	} {
		if d.cursor[i] != nil {
			d.cursor[i].MustFinalizeAll()
		}
		d.cursor[i] = t
	}
}

// setPosition moves the sampler alone.
func (d *device) setPosition(position int) {
	d.cursor[0].MustFinalizeAll()
	d.cursor[0] = tensors.FromScalar(int32(position))
}

// losses copies the first rows of the table to the host.
func (d *device) losses(rows int) ([]float32, error) {
	table, err := tensors.CopyFlatData[float32](d.cursor[2])
	if err != nil {
		return nil, fmt.Errorf("losses from the device: %w", err)
	}
	return table[:2*rows], nil
}

func (d *device) setOrder(order []int32) {
	if d.order != nil {
		d.order.MustFinalizeAll()
	}
	d.order = tensors.FromFlatDataAndDimensions(order, len(order))
}

func (d *device) setRate(rate float64) {
	if d.rate != nil {
		d.rate.MustFinalizeAll()
	}
	d.rate = tensors.FromScalar(float32(rate))
}

func (d *device) finalize() {
	d.stepper.Finalize()
	d.checker.Finalize()
	for _, t := range slices.Concat(d.state, d.cursor[:], d.train[:], d.val[:], []*tensors.Tensor{d.order, d.rate}) {
		if t != nil {
			t.MustFinalizeAll()
		}
	}
}
