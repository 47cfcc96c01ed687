package core

import "fmt"

// Reusable says why the values of a core that was fitted under another config are none for this one: it names the first field that
// lays out or computes a core and differs. Penalties do not count, nor how convolutions are evaluated.
func (c Config) Reusable(fitted Config) error {
	c, fitted = c.canonical(), fitted.canonical()
	for _, field := range []struct {
		name            string
		found, accepted any
	}{
		{"kind", c.Kind, fitted.Kind},
		{"rotations", c.Rotations, fitted.Rotations},
		{"upsampling", c.Upsampling, fitted.Upsampling},
		{"interpolation", c.Interpolation, fitted.Interpolation},
		{"filter_sizes", c.FilterSizes, fitted.FilterSizes},
		{"features", c.Features, fitted.Features},
		{"strides", c.Strides, fitted.Strides},
		{"dilations", c.Dilations, fitted.Dilations},
		{"padding", c.Padding, fitted.Padding},
		{"activations", c.Activations, fitted.Activations},
		{"shared_biases", c.SharedBiases, fitted.SharedBiases},
		{"options", c.Options, fitted.Options},
	} {
		if found, accepted := fmt.Sprint(field.found), fmt.Sprint(field.accepted); found != accepted {
			return fmt.Errorf("core.%s: found %s; accepted: %s, as it was fitted", field.name, found, accepted)
		}
	}
	return nil
}

// canonical is the config as its kind sees it.
func (c Config) canonical() Config {
	if kind, err := c.kind(); err == nil && kind.Canonical != nil {
		return kind.Canonical(c)
	}
	return c
}

// dilations is Dilations, or the ones that it stands for.
func (c Config) dilations() []int {
	var all []int
	for i := range c.Layers() {
		all = append(all, c.dilation(i))
	}
	return all
}
