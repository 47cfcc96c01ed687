package v1model

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/core"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Forward is the output of a model for a batch of images.
type Forward struct {
	Core    core.Output
	Readout readout.Output
	rates   *Node
}

// Rates returns the predicted responses, [batch, neurons].
func (f Forward) Rates() *Node { return f.rates }

// Loss is what a fit minimises, and its terms. All are scalars.
type Loss struct {
	Total      *Node
	Data       *Node   // loss of the predictions, as fit.loss says
	Penalty    *Node   // sum of the terms below
	Smoothness []*Node // per layer, weighted
	Sparsity   []*Node // per layer, weighted
	Readout    *Node   // weighted
}

// Forward builds the graph from images [batch, height, width, channels] to rates. A frozen core is never in training mode. A model with covariates is
// computed at their training means: see ForwardAt.
func (m *Model) Forward(w weights.Nodes, images *Node, training bool) Forward {
	return m.ForwardAt(w, images, nil, training)
}

// ForwardAt is Forward for raw covariates [batch, covariates], in the order of Config.Covariates. Where they are NaN, and if the node is nil, they are the
// training means. A model of images alone ignores them.
func (m *Model) ForwardAt(w weights.Nodes, images, covariates *Node, training bool) Forward {
	b := m.behaviour(w, covariates, images.Shape().Dim(0))
	c := m.Core.Apply(w, b.input(images), training && !m.Config.Core.Frozen)
	if c.Updates == nil {
		c.Updates = weights.Nodes{}
	}
	r := b.readout(m.Readout, c.ByPlace(), training)
	return Forward{Core: c, Readout: r, rates: b.modulate(m.Objective.Rate(Add(r.Drive, ExpandAxes(w.Get(readout.Biases), 0))))}
}

// Loss builds the loss of predictions against responses [batch, neurons].
func (m *Model) Loss(w weights.Nodes, f Forward, responses *Node) Loss {
	l := Loss{Data: m.Objective.MeanNode(f.Rates(), responses), Readout: readout.Penalty(m.Readout, w)}
	if m.Config.Readout.Types.Active() {
		l.Readout = Add(l.Readout, m.Config.Readout.TypePenalty(w))
	}
	l.Penalty = l.Readout
	if !m.Config.Core.Frozen { // no step could change them
		l.Smoothness, l.Sparsity = m.Core.Penalties(w, f.Core)
	}
	for i := range max(len(l.Smoothness), len(l.Sparsity)) {
		switch {
		case i >= len(l.Sparsity):
			l.Penalty = Add(l.Penalty, l.Smoothness[i])
		case i >= len(l.Smoothness):
			l.Penalty = Add(l.Penalty, l.Sparsity[i])
		default:
			l.Penalty = Add(l.Penalty, Add(l.Smoothness[i], l.Sparsity[i]))
		}
	}
	l.Total = Add(l.Data, l.Penalty)
	return l
}
