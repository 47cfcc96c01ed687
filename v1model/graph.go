package v1model

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/core"
	"v1lab/v1model/objective"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Forward is a model's answer to a batch of images.
type Forward struct {
	Core    core.Output
	Readout readout.Output
}

// Rates are the predicted responses, [batch, neurons].
func (f Forward) Rates() *Node { return f.Readout.Rates }

// Loss is what a fit minimises, in its parts; all are scalars.
type Loss struct {
	Total      *Node
	Poisson    *Node
	Penalty    *Node   // sum of the parts below
	Smoothness []*Node // per layer, weighted
	Sparsity   []*Node // per layer, weighted
	Readout    *Node   // weighted
}

// Forward builds the graph from images [batch, height, width, channels] to rates.
func (m *Model) Forward(w weights.Nodes, images *Node, training bool) Forward {
	c := m.Core.Apply(w, images, training)
	return Forward{Core: c, Readout: m.Readout.Apply(w, c.Places, training)}
}

// Loss builds the loss of an answer against responses [batch, neurons].
func (m *Model) Loss(w weights.Nodes, f Forward, responses *Node) Loss {
	l := Loss{Poisson: objective.Poisson(f.Rates(), responses), Readout: m.Readout.Penalty(w)}
	l.Smoothness, l.Sparsity = m.Core.Penalties(f.Core.Filters)
	l.Penalty = l.Readout
	for i := range l.Smoothness {
		l.Penalty = Add(l.Penalty, Add(l.Smoothness[i], l.Sparsity[i]))
	}
	l.Total = Add(l.Poisson, l.Penalty)
	return l
}
