package weights

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Tensors copies variables into tensors in the order of specs. Each must exist (see Check).
func (v Values) Tensors(specs []Spec) []*tensors.Tensor {
	list := make([]*tensors.Tensor, len(specs))
	for i, s := range specs {
		list[i] = tensors.FromFlatDataAndDimensions(v.Float32(s.Name), s.Shape...)
	}
	return list
}

// Nodes are variables by name inside a graph that is being built.
type Nodes map[string]*graph.Node

// Get returns the node of a variable. It panics with an error if there is none, as graph-building functions do; compiling the graph returns that error.
func (n Nodes) Get(name string) *graph.Node {
	node, ok := n[name]
	if !ok {
		panic(fmt.Errorf("weights: variable %q is missing", name))
	}
	return node
}

// FromList returns nodes, in the order of specs, by name.
func FromList(specs []Spec, nodes []*graph.Node) Nodes {
	named := make(Nodes, len(specs))
	for i, s := range specs {
		named[s.Name] = nodes[i]
	}
	return named
}
