package core_test

import (
	"strings"
	"testing"

	"v1lab/v1model/core"
)

func TestReusable(t *testing.T) {
	fitted := core.Config{Kind: core.CNN, Rotations: 1, FilterSizes: []int{5, 3}, Features: []int{4, 2}, Strides: []int{1, 1}, Padding: []string{"same", "valid"}, Activations: []string{"softplus", "none"}}
	same := fitted
	same.Smoothness, same.Sparsity, same.SmoothRel, same.PerNeuron, same.Frozen = 1, 2, []float64{1, 1}, true, true
	same.Dilations, same.Evaluation, same.Upsampling, same.Interpolation = []int{1, 1}, []string{core.Spectral, core.Direct}, 3, core.Bilinear // of no account
	if err := same.Reusable(fitted); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(c *core.Config){
		"core.filter_sizes: found [5 5]; accepted: [5 3], as it was fitted":    func(c *core.Config) { c.FilterSizes = []int{5, 5} },
		"core.dilations: found [2 1]; accepted: [1 1], as it was fitted":       func(c *core.Config) { c.Dilations = []int{2, 1} },
		"core.activations: found [none none]; accepted: [softplus none]":       func(c *core.Config) { c.Activations = []string{"none", "none"} },
		"core.strides: found [2 1]; accepted: [1 1], as it was fitted":         func(c *core.Config) { c.Strides = []int{2, 1} },
		"core.kind: found hermite; accepted: cnn, as it was fitted":            func(c *core.Config) { c.Kind = core.Hermite },
		"core.shared_biases: found true; accepted: false, as it was fitted":    func(c *core.Config) { c.SharedBiases = true },
		"core.padding: found [same same]; accepted: [same valid], as it was f": func(c *core.Config) { c.Padding = []string{"same", "same"} },
	} {
		other := fitted
		change(&other)
		if err := other.Reusable(fitted); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
