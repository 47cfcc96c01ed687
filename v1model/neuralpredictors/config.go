package neuralpredictors

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/loss"
	"v1lab/v1model/readout"
	"v1lab/v1model/shifter"
)

// published lists the sessions of the Sensorium 2022 competition. Their images are of 36x64 pixels, and their baselines have the settings of the presets.
var published = []string{"21067-10-18", "22846-10-16", "23343-5-17", "23656-14-22", "23964-4-22", "26872-17-20", "27204-5-13"}

// presets are the settings of published models.
var presets = []string{"sensorium2022", "sensorium2022-ln", "sensorium2022-p", "sensorium2022-p-ln"}

// Preset returns the preset of the published model that this one is by its session, neurons and tensors; empty if it is none.
func (t *Twin) Preset() string {
	if !slices.Contains(published, t.Session) {
		return ""
	}
	return t.fitting()
}

// fitting is the first of the presets that agrees with the tensors; empty if none does.
func (t *Twin) fitting() string {
	for _, name := range presets {
		if p, err := v1model.FindPreset(name); err == nil && t.Agrees(p.Config) == nil {
			return name
		}
	}
	return ""
}

// fields lists what follows from the tensors, beside what a config says.
func (t *Twin) fields(c v1model.Config) (fields []field) {
	layers := len(t.core.sizes)
	add := func(name string, found, accepted any) { fields = append(fields, field{name, found, accepted}) }
	add("core.kind", c.Core.Kind, core.Stacked)
	add("core.filter_sizes", c.Core.FilterSizes, t.core.sizes)
	add("core.features", c.Core.Features, t.core.features)
	add("core.convolutions", orAll(c.Core.Convolutions, core.Plain, layers), t.core.convolutions)
	add("core.norms", orAll(c.Core.Norms, core.Affine, layers), t.core.norms)
	add("core.conv_biases", orAll(c.Core.ConvBiases, false, layers), t.core.biases)
	if t.core.activations != nil {
		linear := func(names []string) (which []bool) {
			for _, name := range names {
				which = append(which, name == "none")
			}
			return which
		}
		if !slices.Equal(linear(c.Core.Activations), linear(t.core.activations)) {
			add("core.activations", c.Core.Activations, t.core.activations)
		}
	}
	r := t.readout
	add("readout.kind", c.Readout.Kind, r.kind)
	if r.kind == readout.Gaussian {
		add("readout.covariance", cmp.Or(c.Readout.Covariance, readout.Full), r.covariance)
		add("readout.grid", cmp.Or(c.Readout.Grid, readout.Independent), r.grid)
		add("readout.grid_hidden", fmt.Sprint(c.Readout.GridHidden), fmt.Sprint(r.hidden))
		if r.gridFinal != "" {
			add("readout.grid_final", cmp.Or(c.Readout.GridFinal, "tanh"), r.gridFinal)
		}
	}
	if m := t.shifter; m.layers > 0 {
		add("shifter.kind", cmp.Or(c.Shifter.Kind, shifter.None), shifter.MLP)
		add("shifter.layers", cmp.Or(c.Shifter.Layers, 3), m.layers)
		if m.hidden > 0 {
			add("shifter.hidden", cmp.Or(c.Shifter.Hidden, 5), m.hidden)
		}
	} else {
		add("shifter.kind", cmp.Or(c.Shifter.Kind, shifter.None), shifter.None)
	}
	return fields
}

type field struct {
	name            string
	found, accepted any
}

func orAll[T any](list []T, otherwise T, n int) []T {
	if len(list) > 0 {
		return list
	}
	return slices.Repeat([]T{otherwise}, n)
}

// Agrees returns an error that names the first field of a config that contradicts the tensors.
func (t *Twin) Agrees(c v1model.Config) error {
	for _, f := range t.fields(c) {
		if found, accepted := fmt.Sprint(f.found), fmt.Sprint(f.accepted); found != accepted {
			return fmt.Errorf("%s: the config says %s; accepted: %s, as in %s", f.name, found, accepted, t.file.Path())
		}
	}
	if n := t.Inputs - len(c.Channels()); n < 1 {
		return fmt.Errorf("modulation.covariates: %d of them as channels, the core of %s has %d input channels, those of the images among them", len(c.Channels()), t.file.Path(), t.Inputs)
	}
	return nil
}

// Config returns the config of the model. Where there is no base, what the tensors say is filled in, and settings, key=value, say the rest; with a base,
// it must agree with the tensors. The error names everything that is open.
func (t *Twin) Config(base *v1model.Config, settings []string) (v1model.Config, error) {
	c := v1model.Config{}
	if base != nil {
		c = *base
	} else {
		c = t.derived()
	}
	for _, s := range settings {
		if err := c.Set(s); err != nil {
			return c, err
		}
	}
	if open := t.open(c); len(open) > 0 {
		return c, fmt.Errorf("%s: not in the checkpoint, and asked for by name: %s; or --config with a preset (%s) or a file that says them all", t.file.Path(), strings.Join(open, "; "), strings.Join(presets, ", "))
	}
	if err := t.Agrees(c); err != nil {
		if preset := t.fitting(); preset != "" && c.Preset != preset {
			err = fmt.Errorf("%w; the preset %s agrees", err, preset)
		}
		return c, err
	}
	return c, c.Validate()
}

// derived is the config that the tensors imply. Padding and what else they do not say is empty.
func (t *Twin) derived() v1model.Config {
	p, err := v1model.FindPreset("sensorium2022")
	if err != nil {
		panic(err) // it is part of the program
	}
	c, layers := p.Config, len(t.core.sizes)
	c.Core.FilterSizes, c.Core.Features, c.Core.Convolutions, c.Core.Norms, c.Core.ConvBiases = t.core.sizes, t.core.features, t.core.convolutions, t.core.norms, t.core.biases
	c.Core.Activations, c.Core.Padding = t.core.activations, nil
	c.Core.Strides = slices.Repeat([]int{1}, layers)
	c.Core.SmoothRel, c.Core.SparseRel = append([]float64{1}, make([]float64, layers-1)...), make([]float64, layers)
	c.Readout.Kind, c.Readout.Covariance, c.Readout.Grid = t.readout.kind, t.readout.covariance, t.readout.grid
	c.Readout.GridHidden, c.Readout.GridFinal = t.readout.hidden, t.readout.gridFinal
	if t.readout.kind == readout.Factorised {
		no := false
		c.Readout.PositiveMasks, c.Readout.StartRange, c.Readout.StartSigma = &no, 0, 0
	}
	c.Rate = loss.ELU1
	if m := t.shifter; m.layers > 0 {
		c.Shifter = shifter.Config{Kind: shifter.MLP, Hidden: m.hidden, Layers: m.layers}
	}
	return c
}

// open lists what neither tensors nor config say, each with how to say it.
func (t *Twin) open(c v1model.Config) (open []string) {
	layers := len(t.core.sizes)
	if len(c.Core.Padding) == 0 {
		open = append(open, fmt.Sprintf("core.padding (--set core.padding=..., %d of valid and same)", layers))
	}
	if len(c.Core.Activations) == 0 {
		open = append(open, fmt.Sprintf("core.activations, that is whether the core is linear (--set core.activations=..., %d of elu and none)", layers))
	}
	if t.readout.grid == readout.CortexMLP && c.Readout.GridFinal == "" && t.readout.gridFinal == "" {
		open = append(open, "readout.grid_final (--set readout.grid_final=tanh or none)")
	}
	if t.shifter.layers > 0 && len(c.Shifter.Covariates) == 0 {
		open = append(open, fmt.Sprintf("shifter.covariates (--set shifter.covariates=..., %d names)", t.shifter.inputs))
	}
	return open
}

// Assumed lists what the checkpoint does not contain and was taken from the preset, or from a config, or from the library's defaults. size is that of the
// images if it was taken from the preset; recorded tells whether the recording is known.
func (t *Twin) Assumed(c v1model.Config, preset, size string, recorded bool) (assumed []string) {
	from := " (from the config)"
	if preset != "" {
		from = fmt.Sprintf(" (preset %s)", preset)
	}
	if size != "" {
		assumed = append(assumed, fmt.Sprintf("images of %s%s", size, from))
	}
	assumed = append(assumed, fmt.Sprintf("padding %s%s", strings.Join(c.Core.Padding, ", "), from))
	if t.core.activations == nil {
		assumed = append(assumed, fmt.Sprintf("activations %s%s", strings.Join(c.Core.Activations, ", "), from))
	}
	rate := "that of fit.loss"
	if c.Rate != "" {
		rate = c.Rate
	}
	assumed = append(assumed, fmt.Sprintf("rate %s%s", rate, from))
	if names := c.Channels(); len(names) > 0 {
		assumed = append(assumed, fmt.Sprintf("input channels %s%s", strings.Join(names, ", "), from))
	}
	if names := c.Shifter.Covariates; len(names) > 0 {
		assumed = append(assumed, fmt.Sprintf("the shifter's %s%s", strings.Join(names, ", "), from))
	}
	if !recorded {
		assumed = append(assumed, "normalisation: images count as normalised already")
		if len(c.Covariates()) > 0 {
			assumed[len(assumed)-1] += ", channels of behaviour as divided by their SD, the pupil as z-scored, and 0 is their default"
		}
	}
	return assumed
}
