package v1model

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/v1model/covariates"
	"v1lab/v1model/kinds"
	"v1lab/v1model/modulation"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Covariates lists the covariates that the model takes, in the order of their columns: those of the modulation, then those of the shifter that are not
// among them. It is empty for a model of images alone.
func (c Config) Covariates() []string {
	names := slices.Clone(c.Modulation.Covariates)
	for _, name := range c.Shifter.Covariates {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// columns says where names are among the covariates that the model takes.
func (c Config) columns(names []string) []int {
	at, all := make([]int, len(names)), c.Covariates()
	for i, name := range names {
		at[i] = slices.Index(all, name)
	}
	return at
}

// Channels lists the covariates that the core sees as channels after those of the images.
func (c Config) Channels() []string {
	if c.Modulation.Kind != modulation.Channels {
		return nil
	}
	return c.Modulation.Covariates
}

// coreChannels is the number of channels that the core sees: those of the images, and one for each covariate that is a channel.
func (c Config) coreChannels(images int) int { return images + len(c.Channels()) }

// behaviourSpecs lists the variables of what covariates do.
func (m *Model) behaviourSpecs() []weights.Spec {
	c := m.Config
	sessions := m.Shape.Sessions
	return slices.Concat(covariates.Specs(len(c.Covariates()), sessions), c.Modulation.Specs(m.Shape.Neurons, sessions), c.Shifter.Specs(sessions))
}

// bySession tells whether several sessions have a part of their own, and with it means and SDs of covariates.
func (c Config) bySession() bool { return c.Modulation.Each() || c.Shifter.Each() }

// BySession tells whether the model is of several sessions that each have a gain or a shifter of their own.
func (m *Model) BySession() bool { return m.Shape.Sessions > 1 }

// OfSession returns the weights of what covariates do in session k, in the form of a model of one session; those that the sessions share are there for all k.
func (m *Model) OfSession(values weights.Values, k int) weights.Values {
	if m.Shape.Sessions == 0 {
		return values
	}
	return values.InSession(m.behaviourSpecs(), k)
}

// Scale returns the means and SDs by which a part of the model, its gain or its shifter, standardises the covariates of session k, [covariates] in the order of
// Config.Covariates. each tells whether the part is each session's own.
func (m *Model) Scale(values weights.Values, k int, each bool) (means, sds []float32) {
	if each && m.Shape.Sessions > 0 {
		own := m.OfSession(values, k)
		return own.Float32(covariates.SessionMean), own.Float32(covariates.SessionSD)
	}
	return values.Float32(covariates.Mean), values.Float32(covariates.SD)
}

// Behaves tells whether the model takes covariates.
func (m *Model) Behaves() bool { return len(m.Config.Covariates()) > 0 }

// DefaultShift returns the shift of the readouts of session k at the default, the training means of the pupil's position; zero without a shifter.
func (m *Model) DefaultShift(values weights.Values, k int) [2]float64 {
	if !m.Config.Shifter.Active() {
		return [2]float64{}
	}
	return m.Config.Shifter.At(m.OfSession(values, k), make([]float32, len(m.Config.Shifter.Covariates)))
}

// Effective returns the masks [neurons, height, width] and feature weights [neurons, channels] of the readout, at the default position of the eye.
func (m *Model) Effective(values weights.Values) (masks, features array.Array) {
	if !m.Config.Shifter.Active() {
		return m.Readout.Effective(values)
	}
	if m.runs == nil {
		return readout.EffectiveMoved(m.Readout, values, m.DefaultShift(values, 0))
	}
	var all [2]array.Array
	for _, r := range m.runs {
		var some [2]array.Array
		some[0], some[1] = readout.EffectiveMoved(r.readout, values.OfNeurons(r.spans, r.first, r.neurons), m.DefaultShift(values, r.session))
		for i, a := range some {
			joined, _ := all[i].Data.([]float32)
			all[i] = array.Array{Shape: slices.Concat([]int{m.Shape.Neurons}, a.Shape[1:]), Data: append(joined, a.Data.([]float32)...)}
		}
	}
	return all[0], all[1]
}

// BehaviourText identifies how covariates act, for fingerprints; empty for a model of images alone.
func (c Config) BehaviourText() string {
	if len(c.Covariates()) == 0 {
		return ""
	}
	return kinds.Text(c.Modulation) + " " + kinds.Text(c.Shifter)
}

// DefaultWords says at which covariates a model is computed where none are given; empty for a model of images alone.
func (m *Model) DefaultWords(values weights.Values) string {
	var each []string
	means := values.Float32(covariates.Mean)
	for i, name := range m.Config.Covariates() {
		each = append(each, fmt.Sprintf("%s %.4g", name, means[i]))
	}
	if len(each) == 0 {
		return ""
	}
	words := "covariates at their training means: " + strings.Join(each, ", ")
	if m.BySession() {
		words += fmt.Sprintf("; of the parts that each of the %d sessions has for itself (%s), at the means of that session", m.Shape.Sessions, strings.Join(m.Config.ownParts(), ", "))
	}
	return words
}

// ownParts lists the parts that each of several sessions has for itself.
func (c Config) ownParts() (parts []string) {
	if c.Modulation.Each() {
		parts = append(parts, "modulation")
	}
	if c.Shifter.Each() {
		parts = append(parts, "shifter")
	}
	return parts
}
