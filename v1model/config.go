package v1model

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"v1lab/v1model/core"
	"v1lab/v1model/loss"
	"v1lab/v1model/modulation"
	"v1lab/v1model/readout"
	"v1lab/v1model/schedule"
	"v1lab/v1model/shifter"
)

// Config holds everything that determines a fit except the data. Its YAML form is config.yaml in a run folder.
type Config struct {
	Preset  string         `yaml:"preset,omitempty"` // preset it started from, with version
	Core    core.Config    `yaml:"core"`
	Readout readout.Config `yaml:"readout"`
	Fit     Fit            `yaml:"fit"`
	Backend string         `yaml:"backend"` // where it runs: xla, xla:cpu, xla:cuda or go

	Rate       string            `yaml:"rate,omitempty"`       // nonlinearity from drive and bias to the rate: elu1, or that of fit.loss if empty
	Modulation modulation.Config `yaml:"modulation,omitempty"` // what behaviour does to the rates
	Shifter    shifter.Config    `yaml:"shifter,omitempty"`    // how the eye's position moves the readouts
}

// Fit says how the model is trained (Ecker et al., ICLR 2019, section 4). Package schedule has the schedules; a field of another schedule than that of the
// fit is refused.
type Fit struct {
	Loss          string  `yaml:"loss,omitempty"`          // how predictions are compared with responses: poisson, the default, or gaussian, for responses of any sign
	LossSource    string  `yaml:"loss_source,omitempty"`   // package or notebook that registers the loss, if not this project; a fit fills it in
	Seed          uint64  `yaml:"seed"`                    // seed of start values and of the order of images
	Schedule      string  `yaml:"schedule,omitempty"`      // how the learning rate changes, and when the fit ends: reference, the default, or one_cycle
	LearningRate  float64 `yaml:"learning_rate,omitempty"` // reference: of the first stage; each further stage has a tenth of the one before
	Batch         int     `yaml:"batch"`                   // images in a training step
	ValidateEvery int     `yaml:"validate_every"`          // steps from one validation to the next
	Patience      int     `yaml:"patience,omitempty"`      // validations without improvement that end a stage; of one_cycle the fit, never if 0
	Stages        int     `yaml:"stages,omitempty"`        // reference: stages of the schedule
	MaxSteps      int     `yaml:"max_steps,omitempty"`     // reference: cap on the step counter, which is wound back at the end of a stage
	PeakRate      float64 `yaml:"peak_rate,omitempty"`     // one_cycle: the highest learning rate; v1lab fit --find-rate suggests one
	Warmup        float64 `yaml:"warmup,omitempty"`        // one_cycle: share of the steps over which the rate rises to its peak, a tenth if 0
	Steps         int     `yaml:"steps,omitempty"`         // one_cycle: all steps of the fit

	// Decay per step of an average of the weights, which is then what is validated and kept, in [0, 1); 0 for none. An average of decay d covers about
	// 1/(1-d) steps.
	Average float64 `yaml:"average,omitempty"`

	// Devices of the backend that share a batch, 1 if 0. Results equal those of one device up to rounding.
	Devices int `yaml:"devices,omitempty"`
	// Number of micro-batches into which a step divides its batch, 1 if 0. They are computed one after the other, so that a step needs the memory of
	// one, and the step follows their mean gradient. Batch normalisation uses the statistics of one micro-batch at a time, and updates its moving
	// averages once per micro-batch.
	Accumulate int `yaml:"accumulate,omitempty"`

	// Megabytes of images and responses up to which they are held on each device. More stay on the host, and each batch goes to the device while the step before it
	// runs, with the same losses to the bit. 0, the default, holds any on the device.
	StreamAbove float64 `yaml:"stream_above,omitempty"`

	// How batches are drawn from several sessions, each batch from one: proportional, the default, as often as a session has batches of images; or round_robin, in
	// turn. Only for recordings of several sessions.
	Sessions string `yaml:"sessions,omitempty"`

	// The fit that the core was taken from, if it was; package fit fills it in.
	CoreFrom *CoreSource `yaml:"core_from,omitempty"`
	// With v1lab fit --core-from: the core's learning rate as a share of the schedule's, which the readout has. 0 freezes the core.
	CoreRate float64 `yaml:"core_rate,omitempty"`
}

// Values of Fit.Sessions.
const (
	Proportional = "proportional"
	RoundRobin   = "round_robin"
)

// CoreSource records where a core was taken from. Its values are kept in the run folder, so the other run is not read again.
type CoreSource struct {
	Run    string `yaml:"run"`    // run folder at that time
	Data   string `yaml:"data"`   // fingerprint of the recording that the core was fitted to; empty if it is not known
	Values string `yaml:"values"` // fingerprint of the core's values

	// Features of that core's maps that were kept, counted from 0, each with all its orientations; empty for all. v1lab prune fills it in.
	Features []int `yaml:"features,omitempty" text:"ifset"`
}

// WithSources returns the config with the packages or notebooks that register its kinds filled in, where they are not this project's.
func (c Config) WithSources() Config {
	c.Core, c.Readout, c.Fit.LossSource = c.Core.WithSource(), c.Readout.WithSource(), loss.Source(c.Fit.Loss)
	return c
}

// WithCore returns the config of a fit that takes its core from another: frozen, unless fit.core_rate says otherwise. nil is a core of its own.
func (c Config) WithCore(from *CoreSource) Config {
	c.Fit.CoreFrom, c.Core.Frozen = from, from != nil && c.Fit.CoreRate == 0
	return c
}

// SameFit tells whether a run's config describes the fit that c asks for. They must be equal, except that c may leave open how layers are computed and
// where kinds are registered.
func (c Config) SameFit(there Config) bool {
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
	if c.Fit.Sessions == "" && there.Fit.Sessions == Proportional { // what a fit to several sessions fills in
		there.Fit.Sessions = ""
	}
	asked, errAsked := c.YAML()
	found, errFound := there.YAML()
	return errAsked == nil && errFound == nil && string(asked) == string(found)
}

// Objective returns the loss that Loss names.
func (f Fit) Objective() (loss.Loss, error) { return loss.Find(f.Loss, f.LossSource) }

// Objective returns the loss that fit.loss names, with the link that rate names.
func (c Config) Objective() (loss.Loss, error) {
	l, err := c.Fit.Objective()
	if err != nil {
		return l, err
	}
	return l.WithRate(c.Rate)
}

// Plan returns the schedule, or an error for a field that does not suit it.
func (f Fit) Plan() (schedule.Schedule, error) { return schedule.New(f.Schedule, f.settings()) }

func (f Fit) settings() schedule.Settings {
	return schedule.Settings{LearningRate: f.LearningRate, PeakRate: f.PeakRate, Warmup: f.Warmup, ValidateEvery: f.ValidateEvery, Patience: f.Patience,
		Stages: f.Stages, MaxSteps: f.MaxSteps, Steps: f.Steps}
}

// choose sets the schedule. Another one takes none of the fields with it that only schedules use: they mean something else there, or nothing.
func (f *Fit) choose(name string) {
	if cmp.Or(name, schedule.Default) != cmp.Or(f.Schedule, schedule.Default) {
		f.LearningRate, f.Patience, f.Stages, f.MaxSteps, f.PeakRate, f.Warmup, f.Steps = 0, 0, 0, 0, 0, 0, 0
	}
	f.Schedule = name
}

// OnDevices returns Devices, or 1 if it is 0.
func (f Fit) OnDevices() int { return cmp.Or(f.Devices, 1) }

// MicroBatches returns Accumulate, or 1 if it is 0.
func (f Fit) MicroBatches() int { return cmp.Or(f.Accumulate, 1) }

// Validate returns an error that names the first field with an unusable value.
func (c Config) Validate() error {
	if err := c.Core.Validate(); err != nil {
		return err
	}
	if err := c.Readout.Validate(); err != nil {
		return err
	}
	if err := c.Modulation.Validate(); err != nil {
		return err
	}
	if err := c.Shifter.Validate(); err != nil {
		return err
	}
	if c.Readout.MaskInit == readout.STA && slices.ContainsFunc(c.Core.Strides, func(stride int) bool { return stride != 1 }) {
		return fmt.Errorf("readout.mask_init: sta needs core.strides of 1, found %v; accepted: %s", c.Core.Strides, readout.Random)
	}
	f := c.Fit
	if _, err := c.Objective(); err != nil {
		return err
	}
	if !(f.CoreRate >= 0) || math.IsInf(f.CoreRate, 0) {
		return fmt.Errorf("fit.core_rate: %g, accepted: a share of the learning rate, such as 0.1, or 0 for a frozen core", f.CoreRate)
	}
	if c.Core.Frozen && f.CoreRate != 0 {
		return fmt.Errorf("core.frozen: true, found fit.core_rate %g; accepted: one of them, a frozen core has no learning rate", f.CoreRate)
	}
	if taken := f.CoreFrom != nil; c.Core.Frozen != taken && f.CoreRate == 0 {
		return fmt.Errorf("core.frozen: %v, found fit.core_from %s; accepted: both or neither, v1lab fit --core-from RUN sets both", c.Core.Frozen,
			map[bool]string{true: "set", false: "not set"}[taken])
	}
	if f.Sessions != "" && f.Sessions != Proportional && f.Sessions != RoundRobin {
		return fmt.Errorf("fit.sessions: %q, accepted: %s, %s", f.Sessions, Proportional, RoundRobin)
	}
	if !(f.StreamAbove >= 0) || math.IsInf(f.StreamAbove, 0) {
		return fmt.Errorf("fit.stream_above: %g, accepted: megabytes above 0, or 0 to hold all data on the device", f.StreamAbove)
	}
	if _, err := f.Plan(); err != nil {
		return err
	}
	for _, field := range []struct {
		name  string
		value int
	}{
		{"batch", f.Batch}, {"devices", f.OnDevices()}, {"accumulate", f.MicroBatches()},
	} {
		if field.value < 1 {
			return fmt.Errorf("fit.%s: %d, must be at least 1", field.name, field.value)
		}
	}
	if !(f.Average >= 0 && f.Average < 1) {
		return fmt.Errorf("fit.average: %g, accepted: a decay per step from 0 (no average) to below 1, such as 0.98", f.Average)
	}
	if shares := f.OnDevices() * f.MicroBatches(); f.Batch%shares != 0 {
		return fmt.Errorf("fit.batch: %d, accepted: a multiple of %d, so that %d micro-batches (fit.accumulate) divide over %d devices (fit.devices)",
			f.Batch, shares, f.MicroBatches(), f.OnDevices())
	}
	return nil
}
