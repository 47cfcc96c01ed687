package study

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/runfolder"
)

// Condition is a kind of fit: a model, and the recording it is fitted to. Each seed makes one fit of it.
type Condition struct {
	Name           string  // of its run folders: NAME-seedK
	Data           string  // recording
	Share          float64 // of the training images, drawn with the fit's seed; 0: all
	NeuronShare    float64 // of the neurons, drawn with seed 1, so that fits have the same; 0: all
	Config         v1model.Config
	CoreOf         string // condition whose core, of the same seed, it uses unchanged; empty: none
	SimulationSeed uint64 // the simulation has this seed in the fit with seed 1, the next in that with seed 2 ...; 0: that of Data
	FirstSeedOnly  bool   // made with seed 1 alone, to choose the plain CNNs' readout sparsity
	Hard           bool   // clusters fail there: made with Plan.HardSeeds seeds, if those are more
}

// forGrid converts the condition to one of package grid.
func (c Condition) forGrid() grid.Condition {
	return grid.Condition{Name: c.Name, Config: c.Config, CoreOf: c.CoreOf, Data: func(seed uint64) runfolder.Dataset {
		return runfolder.Dataset{Spec: c.Spec(seed)}
	}}
}

// Spec names the recording of a seed's fit.
func (c Condition) Spec(seed uint64) string {
	spec := c.Data
	add := func(format string, args ...any) {
		sep := "?"
		if strings.Contains(spec, "?") {
			sep = "&"
		}
		spec += sep + fmt.Sprintf(format, args...)
	}
	switch {
	case c.SimulationSeed > 0:
		spec = withOption(spec, "seed", strconv.FormatUint(c.SimulationSeed+seed-1, 10))
	case c.Share > 0:
		add("train_share=%g&subset_seed=%d", c.Share, seed)
	case c.NeuronShare > 0:
		add("neuron_share=%g&subset_seed=1", c.NeuronShare)
	}
	return spec
}

// withOption returns the name of a simulation with one option changed.
func withOption(spec, option, value string) string {
	s, err := datasets.ParseSpec(spec)
	if err != nil {
		return spec // opening it says what is wrong
	}
	s.Options.Set(option, value)
	return s.String()
}

// Names of conditions.
func equivariantName(n int) string { return fmt.Sprintf("equivariant-%d", n) }

func cnnName(n int) string { return fmt.Sprintf("cnn-%d", n) }

func subsetName(name string, share float64) string {
	if share == 1 {
		return name
	}
	return fmt.Sprintf("%s-images%g", name, share)
}

// Conditions lists the conditions of the given parts (none: all), each once, and before those that use its core. If the plan has a Search, Run sets the
// readout sparsity of all other plain CNNs to the best value found.
func (p *Plan) Conditions(parts ...string) ([]Condition, error) {
	some, err := partsNamed(parts)
	if err != nil {
		return nil, err
	}
	b := &builder{plan: p, models: p.models}
	if slices.ContainsFunc(some, func(p part) bool { return !p.byName }) {
		b.add(Condition{Name: equivariantName(p.Main)}, p.models.equivariant(p.Main))
	}
	for _, part := range some {
		part.fits(b)
	}
	return b.conditions, b.err
}

// builder collects conditions up to the first error.
type builder struct {
	plan       *Plan
	models     models
	conditions []Condition
	err        error
}

// add adds a condition with a model, unless its name exists, and returns it for further changes.
func (b *builder) add(c Condition, m model) *Condition {
	if b.err != nil {
		return &Condition{}
	}
	if i := slices.IndexFunc(b.conditions, func(there Condition) bool { return there.Name == c.Name }); i >= 0 {
		b.conditions[i].Hard = b.conditions[i].Hard || c.Hard
		return &Condition{}
	}
	if c.Data == "" {
		c.Data = b.plan.Data
	}
	if c.Share == 1 {
		c.Share = 0
	}
	if c.Config, b.err = b.plan.config(m); b.err != nil {
		b.err = fmt.Errorf("%s: %w", c.Name, b.err)
		return &Condition{}
	}
	b.conditions = append(b.conditions, c)
	return &b.conditions[len(b.conditions)-1]
}

// config returns a model's config with the changes of the scale and the settings.
func (p *Plan) config(m model) (v1model.Config, error) {
	config, err := v1model.Load(m.preset)
	if err != nil {
		return config, err
	}
	for _, change := range []func(*v1model.Config){m.change, p.change} {
		if change != nil {
			change(&config)
		}
	}
	if err := config.Set(p.Settings...); err != nil {
		return config, err
	}
	return config, config.Validate()
}
