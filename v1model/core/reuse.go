package core

import (
	"cmp"
	"fmt"
)

// Reusable says why the values of a core that was fitted under another config are none for this one: it names the first field that
// lays out or computes a core and differs. Penalties do not count, nor how convolutions are evaluated.
func (c Config) Reusable(fitted Config) error {
	for _, field := range []struct {
		name            string
		found, accepted any
	}{
		{"kind", c.Kind, fitted.Kind},
		{"rotations", c.Rotations, fitted.Rotations},
		{"upsampling", c.samples(), fitted.samples()},
		{"interpolation", c.turning(), fitted.turning()},
		{"filter_sizes", c.FilterSizes, fitted.FilterSizes},
		{"features", c.Features, fitted.Features},
		{"strides", c.Strides, fitted.Strides},
		{"dilations", c.dilations(), fitted.dilations()},
		{"padding", c.Padding, fitted.Padding},
		{"activations", c.Activations, fitted.Activations},
		{"shared_biases", c.SharedBiases, fitted.SharedBiases},
	} {
		if found, accepted := fmt.Sprint(field.found), fmt.Sprint(field.accepted); found != accepted {
			return fmt.Errorf("core.%s: found %s; accepted: %s, as it was fitted", field.name, found, accepted)
		}
	}
	return nil
}

// samples is Upsampling where it counts.
func (c Config) samples() int {
	if c.Kind != Hermite {
		return 0
	}
	return c.Upsampling
}

// turning is Interpolation where it counts.
func (c Config) turning() string {
	if c.Kind != Rotated {
		return ""
	}
	return cmp.Or(c.Interpolation, Nearest)
}

// dilations is Dilations, or the ones that it stands for.
func (c Config) dilations() []int {
	var all []int
	for i := range c.Layers() {
		all = append(all, c.dilation(i))
	}
	return all
}
