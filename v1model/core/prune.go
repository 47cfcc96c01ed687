package core

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/v1model/weights"
)

// Prunable is a core whose features can be left out, each with all its orientations, without a change to the others when not training.
type Prunable interface {
	// Keep returns the config and the values of a core that computes the given features of this one's maps alone, in this order. evaluation is left open.
	Keep(features []int, values weights.Values) (Config, weights.Values, error)
}

// Keep leaves features of the last layer out. A last layer that is separable mixes its maps and cannot do without some of them.
func (s *stack) Keep(features []int, values weights.Values) (Config, weights.Values, error) {
	c, last := s.config, s.layers[len(s.layers)-1]
	if last.separable {
		return c, nil, fmt.Errorf("core.convolutions: found %s in the last layer, whose features depend on each other; accepted there, to leave features out: %s", Separable, Plain)
	}
	if len(features) == 0 {
		return c, nil, fmt.Errorf("core: no features to keep; accepted: at least 1 of %d", last.features)
	}
	seen := map[int]bool{}
	for _, f := range features {
		if f < 0 || f >= last.features || seen[f] {
			return c, nil, fmt.Errorf("core: feature %d to keep; accepted: each once, of 0 to %d", f, last.features-1)
		}
		seen[f] = true
	}
	c.Evaluation, c.Features = nil, slices.Clone(c.Features)
	c.Features[c.Layers()-1] = len(features)
	kept := values
	for _, spec := range s.Specs() {
		if !strings.HasPrefix(spec.Name, last.name+"/") {
			continue
		}
		axis := len(spec.Shape) - 1 // of features, or of channels
		of := features
		if spec.Shape[axis] != last.features {
			of = Channels(features, last.features, last.rotations)
		}
		kept = kept.Pick([]weights.Span{{Name: spec.Name, Axis: axis}}, of)
	}
	return c, kept, nil
}

// Channels lists the channels of features, of which there are so many, in all orientations, in the order of a core that has these features alone.
func Channels(features []int, of, rotations int) []int {
	var channels []int
	for r := range rotations {
		for _, f := range features {
			channels = append(channels, r*of+f)
		}
	}
	return channels
}
