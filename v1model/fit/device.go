package fit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// maxChunk limits the images of one call of the validation program, and with them its memory.
const maxChunk = 256

// device holds a fit's arrays on the devices, and the programs that use them. Training may use several devices of a backend: each holds all data
// (unless they stream from the host) and weights, and computes a share of every micro-batch.
type device struct {
	backend   compute.Backend
	model     *v1model.Model
	specs     []weights.Spec    // variables in replica.state
	several   *sessions         // nil for one
	kept      []int             // for each of the model's variables, which of specs is validated and kept: it or its average
	replicas  []*replica        // one per device
	val       []*tensors.Tensor // images, responses and, if the model takes them, covariates; nil if they stream from the host
	numVal    int               // validation images
	chunk     int
	stream    *stream   // nil if all data are on the devices
	programs  []program // together they make a training step
	validator *graph.Exec
	rate      float64       // in replica.rate, 0 before it is set
	took      time.Duration // by the last step
}

// replica holds the arrays of one device. Only rows differs from device to device.
type replica struct {
	number compute.DeviceNum
	state  []*tensors.Tensor  // weights and optimiser, in the order of specs
	sums   []*tensors.Tensor  // of losses and gradients over micro-batches, zeros between steps
	cursor [3]*tensors.Tensor // position in order, row in the table of losses, the table
	order  *tensors.Tensor
	rate   *tensors.Tensor
	train  []*tensors.Tensor // images, responses and, if the model takes them, covariates
	rows   *tensors.Tensor   // the device's rows of a micro-batch

	rowSession *tensors.Tensor // session of each training image; nil for one session
	strengths  *tensors.Tensor // of the penalties, in the order of Model.PenaltyStrengths
}

func newDevice(backend compute.Backend, m *v1model.Model, data *datasets.Dataset) (*device, error) {
	d := &device{backend: backend, model: m, specs: stateSpecs(m), numVal: data.Val.Images.N, chunk: min(maxChunk, data.Val.Images.N)}
	for i, s := range m.Specs() {
		if a := slices.IndexFunc(d.specs, func(of weights.Spec) bool { return of.Name == weights.AverageOf(s.Name) }); a >= 0 {
			i = a
		}
		d.kept = append(d.kept, i)
	}
	f := m.Config.Fit
	if err := hasDevices(backend, f.OnDevices()); err != nil {
		return nil, err
	}
	share := f.Batch / f.MicroBatches() / f.OnDevices()
	several, err := sessionsOf(m, data)
	if err != nil {
		return nil, err
	}
	d.several = several
	if several != nil {
		d.chunk = min(maxChunk, slices.Max(several.val))
	}
	train, err := newHostPart(m, several, data, func(s *datasets.Dataset) datasets.Part { return s.Train })
	if err != nil {
		return nil, err
	}
	val, err := newHostPart(m, several, data, func(s *datasets.Dataset) datasets.Part { return s.Val })
	if err != nil {
		return nil, err
	}
	if most := f.StreamAbove; most > 0 && float64(train.bytes()+val.bytes()) > most*megabyte {
		d.stream = newStream(backend, f, train, val, d.chunk)
	}
	for i := range f.OnDevices() {
		r := &replica{number: compute.DeviceNum(i)}
		rows := make([]int32, share)
		for j := range rows {
			rows[j] = int32(i*share + j)
		}
		r.rows = tensors.FromFlatDataAndDimensions(rows, share)
		r.strengths = strengthsOf(d.several.trainingModel(m))
		d.replicas = append(d.replicas, r)
		if d.stream != nil {
			r.order = tensors.FromFlatDataAndDimensions(upTo(f.Batch), f.Batch)
			continue
		}
		if r.train, err = train.upload(backend, r.number); err != nil {
			return nil, err
		}
		if several != nil {
			of := several.rowSessions()
			r.rowSession = tensors.FromFlatDataAndDimensions(of, len(of))
		}
	}
	if d.stream == nil {
		if d.val, err = val.upload(backend, 0); err != nil {
			return nil, err
		}
	}
	if d.programs, err = newPrograms(backend, m, several, d.specs); err != nil {
		return nil, err
	}
	d.validator, err = graph.NewExec(backend, d.buildValidation)
	return d, err
}

// hasDevices returns an error if a backend has fewer devices than a fit asks for.
func hasDevices(backend compute.Backend, n int) error {
	if have := backend.NumDevices(); n > have {
		accepted := "1"
		if have > 1 {
			accepted = fmt.Sprintf("1 to %d", have)
		}
		return fmt.Errorf("fit.devices: %d, found %d of backend %s; accepted: %s", n, have, backend.Name(), accepted)
	}
	return nil
}

// buildValidation builds the validation program. Its arguments are the model's variables, start (of several sessions a valChunk; of one session that streams
// start and end), and the arrays of the part; its result is a scalar.
func (d *device) buildValidation(nodes []*graph.Node) []*graph.Node {
	specs := d.model.Specs()
	w, rest := weights.FromList(specs, nodes[:len(specs)]), nodes[len(specs):]
	if d.several != nil {
		return []*graph.Node{d.several.validation(d.model, w, rest[0], rest[1], rest[2], newBatchSource(rest[3:]), d.chunk)}
	}
	start, end, rest := rest[0], (*graph.Node)(nil), rest[1:]
	if d.stream != nil {
		end, rest = rest[0], rest[1:]
	}
	return []*graph.Node{validation(d.model, w, start, end, newBatchSource(rest), d.chunk)}
}

// A step that follows a long one begins after a pause of at most 1 % of it. The CPU's plugin seems to free the memory of a step shortly after its end: a step
// that begins at once often takes as much memory once more (docs/explanation/speed.md).
const (
	longStep  = time.Second
	afterLong = longStep / 100
)

// step runs one training step.
func (d *device) step() error {
	if d.took > longStep {
		time.Sleep(afterLong)
	}
	began := time.Now()
	defer func() { d.took = time.Since(began) }()
	if d.stream != nil {
		if err := d.stream.next(d.replicas); err != nil {
			return err
		}
	}
	for _, p := range d.programs {
		for range p.times {
			if err := p.run(d.backend, d.replicas); err != nil {
				return fmt.Errorf("training step: %w", err)
			}
		}
	}
	return nil
}

// validate returns the loss of the validation part, mean over images, or ctx's error if ctx ends first.
func (d *device) validate(ctx context.Context) (float64, error) {
	sum, chunks := 0.0, d.several.validations(d.numVal, d.chunk)
	for i, c := range chunks {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		args := make([]any, 0, len(d.specs)+3+len(d.val))
		for _, i := range d.kept {
			args = append(args, d.replicas[0].state[i])
		}
		data := d.val
		if d.stream != nil {
			var err error
			if data, err = d.stream.validation(chunks, i); err != nil {
				return 0, err
			}
			c.start, c.end = 0, c.end-c.start
		}
		switch {
		case d.several != nil:
			args = append(args, c.start, c.end, c.session)
		case d.stream != nil:
			args = append(args, c.start, c.end)
		default:
			args = append(args, c.start)
		}
		for _, t := range data {
			args = append(args, t)
		}
		result, err := d.validator.Call1(args...)
		if err != nil {
			return 0, fmt.Errorf("validation: %w", err)
		}
		sum += float64(tensors.ToScalar[float32](result))
		result.MustFinalizeAll()
	}
	return sum / float64(d.numVal), nil
}

// setState replaces the state on every device.
func (d *device) setState(values weights.Values) error {
	if err := values.Check(d.specs); err != nil {
		return err
	}
	for _, r := range d.replicas {
		for _, t := range slices.Concat(r.state, r.sums) {
			if err := t.FinalizeAll(); err != nil {
				return err
			}
		}
		r.state, r.sums = values.Tensors(d.specs), nil
		if d.model.Config.Fit.MicroBatches() > 1 {
			for _, s := range sumSpecs(d.several.trainingModel(d.model)) {
				r.sums = append(r.sums, tensors.FromShape(shapes.Make(dtypes.Float32, s.Shape...)))
			}
		}
	}
	return nil
}

// getState copies the state to the host.
func (d *device) getState() (weights.Values, error) {
	values := make(weights.Values, len(d.specs))
	for i, s := range d.specs {
		data, err := tensors.CopyFlatData[float32](d.replicas[0].state[i])
		if err != nil {
			return nil, fmt.Errorf("%s from the device: %w", s.Name, err)
		}
		values[s.Name] = array.Array{Shape: s.Shape, Data: data}
	}
	return values, nil
}

// setCursor sets the position in the order of images, and the first rows of the table of losses, [row][2].
func (d *device) setCursor(position int, losses []float32) {
	table := make([]float32, 2*d.model.Config.Fit.ValidateEvery)
	copy(table, losses)
	d.setPosition(position)
	for _, r := range d.replicas {
		replace(&r.cursor[1], tensors.FromScalar(int32(len(losses)/2)))
		replace(&r.cursor[2], tensors.FromFlatDataAndDimensions(table, len(table)/2, 2))
	}
}

// setPosition sets the position in the order of images and keeps the table of losses.
func (d *device) setPosition(position int) {
	if d.stream != nil {
		d.stream.position = position
		return
	}
	for _, r := range d.replicas {
		replace(&r.cursor[0], tensors.FromScalar(int32(position)))
	}
}

// losses copies the first rows of the table to the host.
func (d *device) losses(rows int) ([]float32, error) {
	table, err := tensors.CopyFlatData[float32](d.replicas[0].cursor[2])
	if err != nil {
		return nil, fmt.Errorf("losses from the device: %w", err)
	}
	return table[:2*rows], nil
}

// setOrder sets the order of images of an epoch.
func (d *device) setOrder(order []int32) {
	if d.stream != nil {
		d.stream.order = order
		return
	}
	for _, r := range d.replicas {
		replace(&r.order, tensors.FromFlatDataAndDimensions(order, len(order)))
	}
}

// setRate sets the learning rate of the next steps.
func (d *device) setRate(rate float64) {
	if rate == d.rate {
		return
	}
	d.rate = rate
	for _, r := range d.replicas {
		replace(&r.rate, tensors.FromScalar(float32(rate)))
	}
}

// replace sets *to and frees the array that it held before.
func replace(to **tensors.Tensor, t *tensors.Tensor) {
	if *to != nil {
		(*to).MustFinalizeAll()
	}
	*to = t
}

func (d *device) finalize() {
	for _, p := range d.programs {
		p.exec.Finalize()
	}
	d.validator.Finalize()
	if d.stream != nil {
		d.stream.finalize(d.replicas)
	}
	all := slices.Clone(d.val)
	for _, r := range d.replicas {
		all = slices.Concat(all, r.state, r.sums, r.cursor[:], r.train, []*tensors.Tensor{r.order, r.rate, r.strengths, r.rows, r.rowSession})
	}
	for _, t := range all {
		if t != nil {
			t.MustFinalizeAll()
		}
	}
}
