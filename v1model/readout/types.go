package readout

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"v1lab/v1model/weights"
)

// Variables of Types. A fit sets them after a validation; no training step changes them.
const (
	TypeLabels  = "readout/types"         // [neurons] number of the type, from 0; -1: none, or not yet
	TypePull    = "readout/types/pull"    // [neurons] how much the neuron is drawn to its target, 0 to 1
	TypeTargets = "readout/types/targets" // [neurons, channels] feature weights that its type expects, of unit length or less
)

// Auto is the value of Types.K that lets the data choose.
const Auto = "auto"

// defaultTypesStart is Types.Start if it is 0.
const defaultTypesStart = 300

// Types draws the feature weights of neurons to those of their type, while the model is fitted. From step Start on, a mixture is fitted to the aligned weights
// after each validation (package features), in alternation with the training steps.
type Types struct {
	K          string  `yaml:"k,omitempty"`          // number of types, or auto (also if empty): the silhouette chooses it at the start
	Weight     float64 `yaml:"weight,omitempty"`     // nats per image and neuron at unit distance of the normalised weights from what the type expects; 0 for no types
	Start      int     `yaml:"start,omitempty"`      // training steps before the first mixture, 300 if 0
	Components string  `yaml:"components,omitempty"` // t (also if empty): neurons far from all types are hardly drawn; or gaussian: all alike
}

// Active tells whether there are types.
func (t Types) Active() bool { return t.Weight != 0 }

// Number is K as a number, 0 for auto.
func (t Types) Number() int {
	n, _ := strconv.Atoi(t.K) //nolint:errcheck // auto
	return n
}

// From is the number of training steps before the first mixture.
func (t Types) From() int { return orElse(t.Start, defaultTypesStart) }

// validate returns an error that names the first field with an unusable value.
func (t Types) validate() error {
	if !(t.Weight >= 0) || math.IsInf(t.Weight, 0) {
		return fmt.Errorf("readout.types.weight: %g, must be at least 0 and finite", t.Weight)
	}
	if n, err := strconv.Atoi(t.K); t.K != "" && t.K != Auto && (err != nil || n < 2) {
		return fmt.Errorf("readout.types.k: %q, accepted: %s or a number of types from 2", t.K, Auto)
	}
	if t.Start < 0 {
		return fmt.Errorf("readout.types.start: %d, must be at least 0", t.Start)
	}
	if components := []string{"t", "gaussian"}; t.Components != "" && !slices.Contains(components, t.Components) {
		return fmt.Errorf("readout.types.components: %q, accepted: %s", t.Components, strings.Join(components, ", "))
	}
	for _, field := range []struct {
		name string
		set  bool
	}{{"k", t.K != ""}, {"start", t.Start != 0}, {"components", t.Components != ""}} {
		if field.set && !t.Active() {
			return fmt.Errorf("readout.types.weight: 0, found readout.types.%s; accepted: a weight above 0, such as 0.05, or neither", field.name)
		}
	}
	return nil
}

// Specs lists the variables for so many neurons and channels; none if there are no types.
func (t Types) Specs(neurons, channels int) []weights.Spec {
	if !t.Active() {
		return nil
	}
	return []weights.Spec{
		{Name: TypeLabels, Shape: []int{neurons}, Init: weights.Constant(-1)},
		{Name: TypePull, Shape: []int{neurons}, Init: weights.Constant(0)},
		{Name: TypeTargets, Shape: []int{neurons, channels}, Init: weights.Constant(0)},
	}
}
