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
	*Programs
	Values weights.Values // the weights on the host; do not change them
}

// Programs are the compiled functions of weights on a device.
type Programs struct {
	Backend compute.Backend

	specs    []weights.Spec
	weights  []*tensors.Tensor
	programs map[string]*Program
}

// New copies weights to the device. Weights that do not match the model are an error.
func New(backend compute.Backend, m *v1model.Model, w weights.Values) (*Model, error) {
	specs := m.Specs()
	if err := w.Check(specs); err != nil {
		return nil, err
	}
	return &Model{Model: m, Values: w, Programs: &Programs{Backend: backend, specs: specs, weights: w.Tensors(specs), programs: map[string]*Program{}}}, nil
}

// SetValues replaces the weights by others of the same model. Programs stay compiled.
func (d *Model) SetValues(w weights.Values) error {
	if err := w.Check(d.specs); err != nil {
		return err
	}
	old := d.weights
	d.Values, d.weights = w, w.Tensors(d.specs)
	var failed []error
	for _, t := range old {
		failed = append(failed, t.FinalizeAll())
	}
	return errors.Join(failed...)
}

// Close frees the device's memory.
func (d *Model) Close() error {
	d.closePrograms()
	var failed []error
	for _, t := range d.weights {
		failed = append(failed, t.FinalizeAll())
	}
	return errors.Join(failed...)
}

// Join returns programs of the weights of several models, which stay theirs and must be open while programs run. Of in models[i] a variable is called
// MemberName(i, name).
func Join(models ...*Model) (*Programs, error) {
	all := &Programs{Backend: models[0].Backend, programs: map[string]*Program{}}
	for i, m := range models {
		if m.Backend != all.Backend {
			return nil, errors.New("models on several devices; accepted: one")
		}
		for k, spec := range m.specs {
			spec.Name = MemberName(i, spec.Name)
			all.specs, all.weights = append(all.specs, spec), append(all.weights, m.weights[k])
		}
	}
	return all, nil
}

// MemberName is the name of a variable of the i-th of several models that Join joined.
func MemberName(i int, name string) string { return fmt.Sprintf("%d/%s", i, name) }

// Variables are the variables of the programs' weights.
func (d *Programs) Variables() []weights.Spec { return d.specs }

// Close frees the programs.
func (d *Programs) Close() error {
	d.closePrograms()
	return nil
}

func (d *Programs) closePrograms() {
	for _, p := range d.programs {
		p.exec.Finalize()
	}
	clear(d.programs)
}

// Function builds the graph of a program from the model's weights and the program's inputs.
type Function = func(w weights.Nodes, in []*graph.Node) []*graph.Node

// Program is a compiled function of the model's weights and inputs.
type Program struct {
	on   *Programs
	name string
	exec *graph.Exec
}

// Program returns the compiled function cached under name, or makes it with build. name must include every parameter that the graph depends on, except
// the shapes of its inputs: the function is compiled once for each of these.
func (d *Programs) Program(name string, build func() (Function, error)) (*Program, error) {
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
	args := make([]any, 0, len(p.on.weights)+len(inputs))
	for _, t := range p.on.weights {
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
