package v1model

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/core"
	"v1lab/v1model/covariates"
	"v1lab/v1model/modulation"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// behaviour builds what raw covariates [batch, covariates] do; nil stands for the training means.
type behaviour struct {
	config Config
	w      weights.Nodes
	known  *Node // [batch, covariates], nil for a model of images alone
}

func (m *Model) behaviour(w weights.Nodes, raw *Node, batch int) behaviour {
	b := behaviour{config: m.Config, w: w}
	if m.Behaves() {
		b.known = covariates.Known(w, raw, batch)
	}
	return b
}

// input is what the core sees of images [batch, height, width, channels].
func (b behaviour) input(images *Node) *Node {
	c := b.config
	if c.Modulation.Kind != modulation.Channels {
		return images
	}
	return modulation.Append(images, covariates.Scaled(b.w, b.known, c.columns(c.Modulation.Covariates)))
}

// readout applies the readout to maps [height, width, batch, channels], moved with the eye.
func (b behaviour) readout(r readout.Readout, maps *Node, training bool) readout.Output {
	c := b.config
	if !c.Shifter.Active() {
		return r.Apply(b.w, maps, training)
	}
	shift := c.Shifter.Shift(b.w, covariates.Standardised(b.w, b.known, c.columns(c.Shifter.Covariates)))
	return readout.ApplyMoved(r, b.w, maps, shift, training)
}

// modulate multiplies rates [batch, neurons] by their gains.
func (b behaviour) modulate(rates *Node) *Node {
	c := b.config
	if c.Modulation.Kind != modulation.Gain {
		return rates
	}
	return Mul(rates, c.Modulation.Gains(b.w, covariates.Standardised(b.w, b.known, c.columns(c.Modulation.Covariates))))
}

// ImageCore returns a core of the model, laid out in any way, as one of images alone: channels of behaviour, if it has some, are at the default.
func (m *Model) ImageCore(c core.Core) core.Core {
	if m.Config.Modulation.Kind != modulation.Channels {
		return c
	}
	return imageCore{c, m}
}

// imageCore is a core whose channels of behaviour are at the default. Images that have these channels are left as they are.
type imageCore struct {
	core.Core
	model *Model
}

// Specs adds the variables from which the default is computed.
func (c imageCore) Specs() []weights.Spec {
	return append(c.Core.Specs(), covariates.Specs(len(c.model.Config.Covariates()))...)
}

// Apply builds the core on images with or without channels of behaviour.
func (c imageCore) Apply(w weights.Nodes, images *Node, training bool) core.Output {
	if images.Shape().Dim(3) == c.model.Shape.Channels {
		images = c.model.behaviour(w, nil, images.Shape().Dim(0)).input(images)
	}
	return c.Core.Apply(w, images, training)
}
