package v1model

import (
	"errors"
	"maps"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/core"
	"v1lab/v1model/covariates"
	"v1lab/v1model/modulation"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// behaviour builds what raw covariates [batch, covariates] do; nil stands for the training means.
type behaviour struct {
	model  *Model
	config Config
	w      weights.Nodes
	raw    *Node
	batch  int
	known  *Node // [batch, covariates], nil for a model of images alone
}

func (m *Model) behaviour(w weights.Nodes, raw *Node, batch int) behaviour {
	b := behaviour{model: m, config: m.Config, w: w, raw: raw, batch: batch}
	if m.Behaves() {
		b.known = covariates.Known(w.Get(covariates.Mean), raw, batch)
	}
	return b
}

// standardised are the named covariates, standardised as all sessions share it.
func (b behaviour) standardised(names []string) *Node {
	return covariates.Standardised(b.w.Get(covariates.Mean), b.w.Get(covariates.SD), b.known, b.config.columns(names))
}

// in returns the variables of session k, without their axis of sessions, and the named covariates standardised as in that session, at whose means they are
// where they are not known.
func (b behaviour) in(k int, names []string) (w weights.Nodes, z *Node) {
	w = maps.Clone(b.w)
	for _, s := range b.model.behaviourSpecs() {
		if s.Sessions {
			w[s.Name] = Squeeze(Slice(b.w.Get(s.Name), AxisElem(k)), 0)
		}
	}
	mean, sd := w.Get(covariates.SessionMean), w.Get(covariates.SessionSD)
	return w, covariates.Standardised(mean, sd, covariates.Known(mean, b.raw, b.batch), b.config.columns(names))
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
	if !c.Shifter.Each() || b.model.Shape.Sessions == 0 {
		return readout.ApplyMoved(r, b.w, maps, c.Shifter.Shift(b.w, b.standardised(c.Shifter.Covariates)), training)
	}
	shift := func(k int) *Node { return c.Shifter.Shift(b.in(k, c.Shifter.Covariates)) }
	if b.model.runs == nil {
		return readout.ApplyMoved(r, b.w, maps, shift(0), training)
	}
	if training {
		panic(errors.New("a model of several sessions with their own shifters is trained session by session"))
	}
	var drives []*Node
	shifts := make([]*Node, b.model.Shape.Sessions)
	for _, run := range b.model.runs {
		if shifts[run.session] == nil {
			shifts[run.session] = shift(run.session)
		}
		drives = append(drives, readout.ApplyMoved(run.readout, run.of(b.w), maps, shifts[run.session], false).Drive)
	}
	return readout.Output{Drive: Concatenate(drives, 1)}
}

// modulate multiplies rates [batch, neurons] by their gains.
func (b behaviour) modulate(rates *Node) *Node {
	c := b.config
	if c.Modulation.Kind != modulation.Gain {
		return rates
	}
	if !c.Modulation.Each() || b.model.Shape.Sessions == 0 {
		return Mul(rates, c.Modulation.Gains(b.w, b.standardised(c.Modulation.Covariates)))
	}
	gains := func(k int) *Node { return c.Modulation.Gains(b.in(k, c.Modulation.Covariates)) }
	if b.model.Shape.SessionOf == nil {
		return Mul(rates, gains(0))
	}
	var parts []*Node
	sessions := make([]*Node, b.model.Shape.Sessions)
	for _, r := range runsOf(b.model.Shape.SessionOf) {
		if sessions[r.session] == nil {
			sessions[r.session] = gains(r.session)
		}
		g := sessions[r.session]
		if g.Shape().Dim(1) > 1 {
			g = Slice(g, AxisRange(), AxisRange(r.first, r.first+r.neurons))
		}
		parts = append(parts, Mul(Slice(rates, AxisRange(), AxisRange(r.first, r.first+r.neurons)), g))
	}
	return Concatenate(parts, 1)
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
	return append(c.Core.Specs(), covariates.Specs(len(c.model.Config.Covariates()), 0)...)
}

// Apply builds the core on images with or without channels of behaviour.
func (c imageCore) Apply(w weights.Nodes, images *Node, training bool) core.Output {
	if images.Shape().Dim(3) == c.model.Shape.Channels {
		images = c.model.behaviour(w, nil, images.Shape().Dim(0)).input(images)
	}
	return c.Core.Apply(w, images, training)
}
