package readouttest

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/weights"
)

// Vars are variables or results by name, float64.
type Vars map[string][]float64

// Program is a graph on variables and inputs, compiled once, in float64.
type Program struct {
	t       testing.TB
	specs   []weights.Spec
	inputs  [][]int // shapes
	outputs []string
	exec    *graph.Exec
}

// Compile lays out a program with inputs of these shapes. What build returns is what Run computes.
func Compile(t testing.TB, backend compute.Backend, specs []weights.Spec, inputs [][]int, build func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node) *Program {
	t.Helper()
	p := &Program{t: t, specs: specs, inputs: inputs}
	var err error
	p.exec, err = graph.NewExec(backend, func(nodes []*graph.Node) (list []*graph.Node) {
		p.outputs = nil
		for name, node := range build(weights.FromList(p.specs, nodes[:len(p.specs)]), nodes[len(p.specs):]) {
			p.outputs, list = append(p.outputs, name), append(list, node)
		}
		return list
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.exec.Finalize)
	return p
}

// Run computes the program's results.
func (p *Program) Run(w Vars, inputs ...[]float64) Vars {
	p.t.Helper()
	var args []any
	for _, s := range p.specs {
		args = append(args, tensors.FromFlatDataAndDimensions(w[s.Name], s.Shape...))
	}
	for i, x := range inputs {
		args = append(args, tensors.FromFlatDataAndDimensions(x, p.inputs[i]...))
	}
	results, err := p.exec.Call(args...)
	if err != nil {
		p.t.Fatal(err)
	}
	named := Vars{}
	for i, name := range p.outputs {
		named[name] = tensors.MustCopyFlatData[float64](results[i])
	}
	return named
}

// Far draws values for variables, far from where they start; what is not trained keeps its value.
func Far(specs []weights.Spec, values weights.Values, seed uint64) Vars {
	w := Vars{}
	for _, s := range specs {
		rng := weights.Stream(seed, s.Name)
		for _, v := range values.Float32(s.Name) {
			if s.Trainable {
				w[s.Name] = append(w[s.Name], 0.4*rng.NormFloat64())
			} else {
				w[s.Name] = append(w[s.Name], float64(v))
			}
		}
	}
	return w
}

// Normal draws n standard normal values.
func Normal(seed uint64, purpose string, n int) []float64 {
	rng := weights.Stream(seed, purpose)
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}
