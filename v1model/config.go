package v1model

import (
	"fmt"
	"slices"

	"v1lab/v1model/core"
	"v1lab/v1model/readout"
)

// Config is everything that determines a fit but for the data. Its YAML form is the file in a run folder.
type Config struct {
	Preset  string         `yaml:"preset,omitempty"` // where it started, with version
	Core    core.Config    `yaml:"core"`
	Readout readout.Config `yaml:"readout"`
	Fit     Fit            `yaml:"fit"`
	Backend string         `yaml:"backend"` // xla, xla:cpu, xla:cuda or go
}

// Fit is the training schedule (Ecker et al., ICLR 2019, section 4).
type Fit struct {
	Seed          uint64  `yaml:"seed"`
	LearningRate  float64 `yaml:"learning_rate"`  // of the first stage; each further stage has a tenth of the one before
	Batch         int     `yaml:"batch"`          // images
	ValidateEvery int     `yaml:"validate_every"` // steps
	Patience      int     `yaml:"patience"`       // validations without improvement that end a stage
	Stages        int     `yaml:"stages"`
	MaxSteps      int     `yaml:"max_steps"` // cap on the step counter, which is wound back at the end of a stage
}

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
	if !(f.LearningRate > 0) {
		return fmt.Errorf("fit.learning_rate: %g, must be above 0", f.LearningRate)
	}
	for _, field := range []struct {
		name  string
		value int
	}{
		{"batch", f.Batch}, {"validate_every", f.ValidateEvery}, {"patience", f.Patience},
		{"stages", f.Stages}, {"max_steps", f.MaxSteps},
	} {
		if field.value < 1 {
			return fmt.Errorf("fit.%s: %d, must be at least 1", field.name, field.value)
		}
	}
	return nil
}
