package core

import "fmt"

// Reusable returns nil if a core that was fitted under another config can be used under this one. Otherwise the error names the first field that differs
// and matters to the core's values. Penalties and the evaluation of convolutions do not matter.
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
		{"convolutions", c.Convolutions, fitted.Convolutions},
		{"norms", c.Norms, fitted.Norms},
		{"conv_biases", c.ConvBiases, fitted.ConvBiases},
		{"options", c.Options, fitted.Options},
	} {
		if found, accepted := fmt.Sprint(field.found), fmt.Sprint(field.accepted); found != accepted {
			return fmt.Errorf("core.%s: found %s; accepted: %s, as it was fitted", field.name, found, accepted)
		}
	}
	return nil
}

// canonical returns Kind.Canonical of the config.
func (c Config) canonical() Config {
	if kind, err := c.kind(); err == nil && kind.Canonical != nil {
		return kind.Canonical(c)
	}
	return c
}

// dilations returns Dilations, or a 1 for each layer if it is empty.
func (c Config) dilations() []int {
	var all []int
	for i := range c.Layers() {
		all = append(all, c.dilation(i))
	}
	return all
}
