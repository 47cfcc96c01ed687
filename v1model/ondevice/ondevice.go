package ondevice

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes/gotype"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// Model is a model with its weights on a device. Use it from one goroutine at a time. Close frees the device's memory.
type Model struct {
	*v1model.Model
	Backend compute.Backend
	Values  weights.Values // the weights on the host; do not change them

	specs    []weights.Spec
	weights  []*tensors.Tensor
	programs map[string]*Program
}

// New copies weights to the device. Weights that do not match the model are an error.
func New(backend compute.Backend, m *v1model.Model, w weights.Values) (*Model, error) {
	d := &Model{Model: m, Backend: backend, Values: w, specs: m.Specs(), programs: map[string]*Program{}}
	if err := w.Check(d.specs); err != nil {
		return nil, err
	}
	d.weights = w.Tensors(d.specs)
	return d, nil
}

// Close frees the device's memory.
func (d *Model) Close() error {
	for _, p := range d.programs {
		p.exec.Finalize()
	}
	var failed []error
	for _, t := range d.weights {
		failed = append(failed, t.FinalizeAll())
	}
	return errors.Join(failed...)
}

// Function builds the graph of a program from the model's weights and the program's inputs.
type Function = func(w weights.Nodes, in []*graph.Node) []*graph.Node

// Program is a compiled function of the model's weights and inputs.
type Program struct {
	model *Model
	name  string
	exec  *graph.Exec
}

// Program returns the compiled function cached under name, or makes it with build. name must include every parameter that the graph depends on, except
// the shapes of its inputs: the function is compiled once for each of these.
func (d *Model) Program(name string, build func() (Function, error)) (*Program, error) {
	if p := d.programs[name]; p != nil {
		return p, nil
	}
	function, err := build()
	if err != nil {
		return nil, err
	}
	exec, err := graph.NewExec(d.Backend, func(nodes []*graph.Node) []*graph.Node {
		n := len(d.specs)
		return function(weights.FromList(d.specs, nodes[:n]), nodes[n:])
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d.programs[name] = &Program{d, name, exec.WithName(name).SetMaxCache(-1)}
	return d.programs[name], nil
}

// Call runs the program and frees its inputs.
func (p *Program) Call(inputs ...*tensors.Tensor) ([]*tensors.Tensor, error) {
	args := make([]any, 0, len(p.model.weights)+len(inputs))
	for _, t := range p.model.weights {
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

// ToHost copies a result from the device and frees it there.
func ToHost[T gotype.Supported](t *tensors.Tensor) ([]T, error) {
	values, err := tensors.CopyFlatData[T](t)
	if err != nil {
		return nil, fmt.Errorf("from the device: %w", err)
	}
	return values, t.FinalizeAll()
}
