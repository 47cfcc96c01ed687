package readout_test

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// vars are variables or results by name, float64.
type vars map[string][]float64

// program is a graph on a readout's variables and inputs, compiled once, in float64.
type program struct {
	t       testing.TB
	specs   []weights.Spec
	inputs  [][]int // shapes
	outputs []string
	exec    *graph.Exec
}

func compile(t testing.TB, r *readout.Readout, inputs [][]int, build func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node) *program {
	t.Helper()
	p := &program{t: t, specs: r.Specs(), inputs: inputs}
	var err error
	p.exec, err = graph.NewExec(pjrttest.Backend(t), func(nodes []*graph.Node) (list []*graph.Node) {
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

func (p *program) run(w vars, inputs ...[]float64) vars {
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
	named := vars{}
	for i, name := range p.outputs {
		named[name] = tensors.MustCopyFlatData[float64](results[i])
	}
	return named
}

// far draws values for a readout's variables, far from where they start; what is not trained keeps its start value.
func far(r *readout.Readout, seed uint64) vars {
	values, w := weights.Init(r.Specs(), seed), vars{}
	for _, s := range r.Specs() {
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

func normal(seed uint64, purpose string, n int) []float64 {
	rng := weights.Stream(seed, purpose)
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// placesFirst turns maps [batch, height, width, channels] into the layout that readouts take.
func placesFirst(maps *graph.Node) *graph.Node { return graph.TransposeAllAxes(maps, 1, 2, 0, 3) }
