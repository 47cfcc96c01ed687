package v1model

import (
	"cmp"
	"fmt"
	"slices"

	"v1lab/v1model/core"
	"v1lab/v1model/loss"
	"v1lab/v1model/readout"
)

// Config is everything that determines a fit but for the data. Its YAML form is the file in a run folder.
type Config struct {
	Preset  string         `yaml:"preset,omitempty"` // preset it started from, with version
	Core    core.Config    `yaml:"core"`
	Readout readout.Config `yaml:"readout"`
	Fit     Fit            `yaml:"fit"`
	Backend string         `yaml:"backend"` // where it runs: xla, xla:cpu, xla:cuda or go
}

// Fit is the training schedule (Ecker et al., ICLR 2019, section 4).
type Fit struct {
	Loss          string  `yaml:"loss,omitempty"`        // how predictions are compared with responses: poisson, the default, or gaussian, for responses of any sign
	LossSource    string  `yaml:"loss_source,omitempty"` // package or notebook of a loss that comes from elsewhere; a fit fills it in
	Seed          uint64  `yaml:"seed"`                  // seed of start values and of the order of images
	LearningRate  float64 `yaml:"learning_rate"`         // of the first stage; each further stage has a tenth of the one before
	Batch         int     `yaml:"batch"`                 // images in a training step
	ValidateEvery int     `yaml:"validate_every"`        // steps from one validation to the next
	Patience      int     `yaml:"patience"`              // validations without improvement that end a stage
	Stages        int     `yaml:"stages"`                // stages of the schedule
	MaxSteps      int     `yaml:"max_steps"`             // cap on the step counter, which is wound back at the end of a stage

	// Devices of the backend that share a batch, 1 if 0. The numbers are those of one device, but for rounding.
	Devices int `yaml:"devices,omitempty"`
	// Micro-batches, one after the other, in which a step takes its batch, 1 if 0. A step needs the memory of one, and goes along their mean
	// gradient. Batch normalisation sees a micro-batch at a time: it normalises with the statistics of that one alone, and its moving
	// averages move once per micro-batch.
	Accumulate int `yaml:"accumulate,omitempty"`

	// The fit whose core this one began with and keeps, where core.frozen is true; package fit fills it in.
	CoreFrom *CoreSource `yaml:"core_from,omitempty"`
}

// CoreSource is the record of a core that was taken from another fit. Its values are in the run folder: nothing is read from there again.
type CoreSource struct {
	Run    string `yaml:"run"`    // folder, at the time
	Data   string `yaml:"data"`   // fingerprint of the recording that the core was fitted to; empty if it is not known
	Values string `yaml:"values"` // fingerprint of the core's values, as of weights.Values
}

// WithSources is the config with the packages or notebooks that define its kinds, where they are not this project's.
func (c Config) WithSources() Config {
	c.Core, c.Readout, c.Fit.LossSource = c.Core.WithSource(), c.Readout.WithSource(), loss.Source(c.Fit.Loss)
	return c
}

// Asks tells whether a run's config is the one that c asks for: equal, but for how layers are computed and where kinds come from, where c
// leaves that open.
func (c Config) Asks(there Config) bool {
	if len(c.Core.Evaluation) == 0 {
		there.Core.Evaluation = nil
	}
	if c.Core.Source == "" {
		there.Core.Source = ""
	}
	if c.Readout.Source == "" {
		there.Readout.Source = ""
	}
	if c.Fit.LossSource == "" {
		there.Fit.LossSource = ""
	}
	asked, errAsked := c.YAML()
	found, errFound := there.YAML()
	return errAsked == nil && errFound == nil && string(asked) == string(found)
}

// Objective is the loss that Loss names.
func (f Fit) Objective() (loss.Loss, error) { return loss.Find(f.Loss, f.LossSource) }

// OnDevices is Devices, or the 1 that it stands for.
func (f Fit) OnDevices() int { return cmp.Or(f.Devices, 1) }

// MicroBatches is Accumulate, or the 1 that it stands for.
func (f Fit) MicroBatches() int { return cmp.Or(f.Accumulate, 1) }

// Validate names the first field whose value can't be used.
func (c Config) Validate() error {
	if err := c.Core.Validate(); err != nil {
		return err
	}
	if err := c.Readout.Validate(); err != nil {
		return err
	}
	if c.Readout.MaskInit == readout.STA && slices.ContainsFunc(c.Core.Strides, func(stride int) bool { return stride != 1 }) {
		return fmt.Errorf("readout.mask_init: sta needs core.strides of 1, found %v; accepted: %s", c.Core.Strides, readout.Random)
	}
	f := c.Fit
	if _, err := f.Objective(); err != nil {
		return err
	}
	if c.Core.Frozen != (f.CoreFrom != nil) {
		return fmt.Errorf("core.frozen: %v, found fit.core_from %s; accepted: both or neither, v1lab fit --core-from RUN sets both", c.Core.Frozen,
			map[bool]string{true: "set", false: "not set"}[f.CoreFrom != nil])
	}
	if !(f.LearningRate > 0) {
		return fmt.Errorf("fit.learning_rate: %g, must be above 0", f.LearningRate)
	}
	for _, field := range []struct {
		name  string
		value int
	}{
		{"batch", f.Batch}, {"validate_every", f.ValidateEvery}, {"patience", f.Patience},
		{"stages", f.Stages}, {"max_steps", f.MaxSteps}, {"devices", f.OnDevices()}, {"accumulate", f.MicroBatches()},
	} {
		if field.value < 1 {
			return fmt.Errorf("fit.%s: %d, must be at least 1", field.name, field.value)
		}
	}
	if shares := f.OnDevices() * f.MicroBatches(); f.Batch%shares != 0 {
		return fmt.Errorf("fit.batch: %d, accepted: a multiple of %d, so that %d micro-batches (fit.accumulate) divide over %d devices (fit.devices)",
			f.Batch, shares, f.MicroBatches(), f.OnDevices())
	}
	return nil
}
