package core

import "v1lab/v1model/kinds"

// Kind defines one kind of core for Register: how to make it, and how to check its configuration.
type Kind struct {
	// New makes a core for images of height x width pixels. The configuration has been checked.
	New func(c Config, height, width, channels int) (Core, error)
	// Options lists the names that Config.Options may have.
	Options []string
	// Check, if not nil, makes the kind's own checks. Its error names the field, such as core.rotations.
	Check func(Config) error
	// Plan, if not nil, chooses Config.Evaluation for batches of so many images; see the function Plan.
	Plan func(c Config, height, width, channels, batch int) ([]string, error)
	// Canonical, if not nil, returns the configuration with defaults filled in and unused fields set to zero. Fits whose canonical configurations are
	// equal can share a core.
	Canonical func(Config) Config
}

var registry = kinds.New[Kind]("core.kind")

// Register adds a kind of core. Call it from an init function: it panics if the name is taken. About.Source defaults to the caller's package; a notebook
// sets it to its own name.
func Register(about kinds.About, kind Kind) { registry.RegisterFrom(2, about, kind) }

// Kinds lists the names that Config.Kind accepts.
func Kinds() []string { return registry.Names() }

// All describes the kinds, sorted by name.
func All() []kinds.About { return registry.All() }

func (c Config) kind() (Kind, error) { return registry.Find(c.Kind, c.Source) }

// WithSource returns the config with Source set to the package or notebook that defines its kind, or empty if that is this package. Run folders record
// it, so that a program without the kind can name the package it needs.
func (c Config) WithSource() Config {
	c.Source = registry.SourceElsewhere(c.Kind)
	return c
}

// Option returns the value of an option, or the value otherwise if it is not set.
func (c Config) Option(name string, otherwise float64) float64 {
	return kinds.Options(c.Options).Get(name, otherwise)
}
