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
	return slices.Concat(covariates.Specs(len(c.Covariates())), c.Modulation.Specs(m.Shape.Neurons), c.Shifter.Specs())
}

// Behaves tells whether the model takes covariates.
func (m *Model) Behaves() bool { return len(m.Config.Covariates()) > 0 }

// DefaultShift returns the shift of the readouts at the default, the training means of the pupil's position; zero without a shifter.
func (m *Model) DefaultShift(values weights.Values) [2]float64 {
	if !m.Config.Shifter.Active() {
		return [2]float64{}
	}
	return m.Config.Shifter.At(values, make([]float32, len(m.Config.Shifter.Covariates)))
}

// Effective returns the masks [neurons, height, width] and feature weights [neurons, channels] of the readout, at the default position of the eye.
func (m *Model) Effective(values weights.Values) (masks, features array.Array) {
	if !m.Config.Shifter.Active() {
		return m.Readout.Effective(values)
	}
	return readout.EffectiveMoved(m.Readout, values, m.DefaultShift(values))
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
	return "covariates at their training means: " + strings.Join(each, ", ")
}
