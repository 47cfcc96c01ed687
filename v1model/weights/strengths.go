package weights

import (
	"maps"

	"github.com/gomlx/gomlx/core/graph"
)

// Strength says how much a term of the penalty counts. Its name is that of the config's field, or of a layer and its term.
type Strength struct {
	Name  string
	Value float64
}

// strengthName tells strengths among Nodes from variables.
func strengthName(name string) string { return "strength of " + name }

// WithStrengths returns the variables together with the strengths of penalties as arguments of the graph, values [strengths]. A program that takes them so
// is the same program for all their values, which need not be compiled for each.
func (n Nodes) WithStrengths(strengths []Strength, values *graph.Node) Nodes {
	all := maps.Clone(n)
	for i, s := range strengths {
		all[strengthName(s.Name)] = graph.Reshape(graph.Slice(values, graph.AxisElem(i)))
	}
	return all
}

// Weigh returns a term of the penalty, a scalar, times its strength: the argument of WithStrengths of that name if there is one, else the value as a
// constant of the graph.
func (n Nodes) Weigh(term *graph.Node, s Strength) *graph.Node {
	if argument, ok := n[strengthName(s.Name)]; ok {
		return graph.Mul(term, argument)
	}
	return graph.MulScalar(term, s.Value)
}
