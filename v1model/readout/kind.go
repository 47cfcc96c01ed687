package readout

import "v1lab/v1model/kinds"

// Kind defines one kind of readout for Register: how to make it, and which fields of the configuration it has.
type Kind struct {
	// New makes the readout. The configuration has been checked. An error names a field that does not suit maps of that size.
	New func(Config, Size) (Readout, error)
	// Fields lists which of the fields chunk, adaptive, covariance, grid, grid_hidden, grid_final, start_range and start_sigma the kind has. Setting another of them is an error.
	Fields []string
	// Options lists the names that Config.Options may have.
	Options []string
	// Check, if not nil, makes the kind's own checks. Its error names the field, such as readout.mask_init.
	Check func(Config) error
	// Dense tells that no penalty drives feature weights to zero. Then smaller weights count as used, as in the paper's figures.
	Dense bool
}

var registry = kinds.New[Kind]("readout.kind")

// Register adds a kind of readout. Call it from an init function: it panics if the name is taken. About.Source defaults to the caller's package; a notebook
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

// Dense tells whether the kind's feature weights are dense: see Kind.
func (c Config) Dense() bool {
	kind, err := c.kind()
	return err == nil && kind.Dense
}
