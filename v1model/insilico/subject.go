package insilico

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes/gotype"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model"
	"v1lab/v1model/kinds"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// Subject is a fitted model on the device. Close frees it. It is for one goroutine at a time.
type Subject struct {
	Model   *v1model.Model
	backend compute.Backend
	specs   []weights.Spec
	weights []*tensors.Tensor

	masks    []float32 // [neurons, height', width'], as they act
	features []float32 // [neurons, channels], as they act
	biases   []float32
	grid     [3]int // height', width', channels of the feature maps

	fingerprint string // of config and weights
	programs    map[string]*program
}

// New puts weights on the device. Weights that are not finite are an error.
func New(backend compute.Backend, m *v1model.Model, w weights.Values) (*Subject, error) {
	s := &Subject{Model: m, backend: backend, specs: m.Specs()}
	if err := w.Check(s.specs); err != nil {
		return nil, err
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%s %s", kinds.Text(m.CoreConfig()), kinds.Text(m.Config.Readout))
	for _, spec := range s.specs {
		values := w.Float32(spec.Name)
		if i := slices.IndexFunc(values, func(v float32) bool { return !finite(v) }); i >= 0 {
			return nil, fmt.Errorf("weights: variable %q has the value %v at place %d; accepted: finite numbers", spec.Name, values[i], i)
		}
		if err := binary.Write(hash, binary.LittleEndian, values); err != nil {
			return nil, err
		}
	}
	s.fingerprint = fmt.Sprintf("%x", hash.Sum(nil))
	s.weights = w.Tensors(s.specs)
	masks, features := m.Readout.Effective(w)
	s.masks, s.features, s.biases = masks.Data.([]float32), features.Data.([]float32), w.Float32(readout.Biases)
	s.grid[0], s.grid[1], s.grid[2] = m.Core.OutputShape()
	return s, nil
}

// Open takes the best weights of a run.
func Open(backend compute.Backend, run *runfolder.Folder) (*Subject, error) {
	m, w, err := run.Fitted()
	if err != nil {
		return nil, err
	}
	return New(backend, m, w)
}

// Close frees the device's memory.
func (s *Subject) Close() error {
	for _, p := range s.programs {
		p.exec.Finalize()
	}
	for _, t := range s.weights {
		if err := t.FinalizeAll(); err != nil {
			return err
		}
	}
	return nil
}

// Shape is that of an image or a receptive field: height and width, and channels if there are several.
func (s *Subject) Shape() []int {
	shape := []int{s.Model.Shape.Height, s.Model.Shape.Width}
	if s.Model.Shape.Channels > 1 {
		shape = append(shape, s.Model.Shape.Channels)
	}
	return shape
}

// pixels is the number of values of one image.
func (s *Subject) pixels() int {
	return s.Model.Shape.Height * s.Model.Shape.Width * s.Model.Shape.Channels
}

// toPlanes and toPictures turn one image from [height, width, channels] to [channels, height, width] and back, in place.
func (s *Subject) toPlanes(values []float32) {
	c := s.Model.Shape.Channels
	turn(values, len(values)/c, c)
}

func (s *Subject) toPictures(values []float32) {
	c := s.Model.Shape.Channels
	turn(values, c, len(values)/c)
}

// turn transposes rows x columns values in place.
func turn(values []float32, rows, columns int) {
	if rows == 1 || columns == 1 {
		return
	}
	from := slices.Clone(values)
	for i := range rows {
		for j := range columns {
			values[j*rows+i] = from[i*columns+j]
		}
	}
}

// check refuses neurons that the model does not have.
func (s *Subject) check(neurons []int) error {
	if len(neurons) == 0 {
		return fmt.Errorf("insilico: no neurons chosen; at least 1 is needed")
	}
	for _, n := range neurons {
		if n < 0 || n >= s.Model.Shape.Neurons {
			return fmt.Errorf("insilico: neuron %d does not exist; accepted: 0 to %d", n, s.Model.Shape.Neurons-1)
		}
	}
	return nil
}

// mask is a neuron's mask, [height', width'].
func (s *Subject) mask(neuron int) []float32 {
	places := s.grid[0] * s.grid[1]
	return s.masks[neuron*places : (neuron+1)*places]
}

// weightsOf are a neuron's feature weights, [channels].
func (s *Subject) weightsOf(neuron int) []float32 {
	return s.features[neuron*s.grid[2] : (neuron+1)*s.grid[2]]
}

// program is a compiled function of the model's weights and inputs.
type program struct {
	subject *Subject
	name    string
	exec    *graph.Exec
}

// program is a function by its name, which must say all that the function depends on besides the shapes of its inputs. It is laid out at the first
// call and compiled for every shape of inputs once.
func (s *Subject) program(name string, build func() (func(w weights.Nodes, in []*graph.Node) []*graph.Node, error)) (*program, error) {
	if p := s.programs[name]; p != nil {
		return p, nil
	}
	function, err := build()
	if err != nil {
		return nil, err
	}
	exec, err := graph.NewExec(s.backend, func(nodes []*graph.Node) []*graph.Node {
		n := len(s.specs)
		return function(weights.FromList(s.specs, nodes[:n]), nodes[n:])
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if s.programs == nil {
		s.programs = map[string]*program{}
	}
	s.programs[name] = &program{s, name, exec.WithName(name).SetMaxCache(-1)}
	return s.programs[name], nil
}

// call runs the program and frees its inputs.
func (p *program) call(inputs ...*tensors.Tensor) ([]*tensors.Tensor, error) {
	args := make([]any, 0, len(p.subject.weights)+len(inputs))
	for _, t := range p.subject.weights {
		args = append(args, t)
	}
	for _, t := range inputs {
		args = append(args, t)
	}
	results, err := p.exec.Call(args...)
	for _, t := range inputs {
		t.MustFinalizeAll()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return results, nil
}

// take copies a result from the device and frees it there.
func take[T gotype.Supported](t *tensors.Tensor) ([]T, error) {
	values, err := tensors.CopyFlatData[T](t)
	if err != nil {
		return nil, fmt.Errorf("from the device: %w", err)
	}
	return values, t.FinalizeAll()
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }

// nan fills values with NaN, the mark of what could not be measured.
func nan(values []float32) {
	for i := range values {
		values[i] = float32(math.NaN())
	}
}
