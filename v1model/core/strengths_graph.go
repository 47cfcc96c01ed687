package core

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// PenaltyStrengths lists the strengths of every layer's smoothness and sparsity. A fit gives them to the compiled step as arguments.
func (s *stack) PenaltyStrengths() (all []weights.Strength) {
	for _, l := range s.layers {
		all = append(all, l.smoothStrength(), l.sparseStrength())
	}
	return all
}

func (l *layer) smoothStrength() weights.Strength {
	return weights.Strength{Name: l.name + "/smoothness", Value: l.smooth}
}

func (l *layer) sparseStrength() weights.Strength {
	return weights.Strength{Name: l.name + "/sparsity", Value: l.sparse}
}

// smoothnessTerm and sparsityTerm weigh a layer's terms of the penalty.
func (l *layer) smoothnessTerm(w weights.Nodes, term *Node) *Node {
	return w.Weigh(term, l.smoothStrength())
}

func (l *layer) sparsityTerm(w weights.Nodes, term *Node) *Node {
	return w.Weigh(term, l.sparseStrength())
}
