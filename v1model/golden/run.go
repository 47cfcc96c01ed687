package golden

import (
	"maps"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// Run builds a graph on variables and inputs, runs it once and returns every named output as float32.
func Run(t testing.TB, backend compute.Backend, values weights.Values, inputs []array.Array,
	build func(w weights.Nodes, inputs []*graph.Node) map[string]*graph.Node) map[string][]float32 {
	t.Helper()
	var args []any
	var names, outputs []string
	// A fixed order lets package execache find a program that was compiled before.
	for _, name := range slices.Sorted(maps.Keys(values)) {
		names, args = append(names, name), append(args, Tensor(values[name]))
	}
	for _, a := range inputs {
		args = append(args, Tensor(a))
	}
	exec, err := graph.NewExec(backend, func(nodes []*graph.Node) []*graph.Node {
		w := weights.Nodes{}
		for i, name := range names {
			w[name] = nodes[i]
		}
		var list []*graph.Node
		built := build(w, nodes[len(names):])
		outputs = slices.Sorted(maps.Keys(built))
		for _, name := range outputs {
			list = append(list, built[name])
		}
		return list
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(args...)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string][]float32{}
	for i, name := range outputs {
		named[name] = tensors.MustCopyFlatData[float32](results[i])
	}
	return named
}

// Tensor copies a float32 array.
func Tensor(a array.Array) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(a.Data.([]float32), a.Shape...)
}
