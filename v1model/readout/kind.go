package readout

import (
	"v1lab/v1model/kinds"
)

// Kind is what Register takes: how one kind of readout is made, and which fields of the configuration it has of its own.
type Kind struct {
	// New lays out the readout. The configuration has been checked; the error names a field that does not suit maps of that size.
	New func(Config, Size) (Readout, error)
	// Fields lists which of the fields chunk, covariance, grid, start_range and start_sigma the kind has; set, the others are errors.
	Fields []string
	// Options lists the names that Config.Options may have.
	Options []string
	// Check, if not nil, finds what else can't be used. Its error names the field, such as readout.mask_init.
	Check func(Config) error
	// Dense says that no penalty drives feature weights to zero, so that small ones count as used; the paper's figures do so.
	Dense bool
}

var registry = kinds.New[Kind]("readout.kind")

// Register adds a kind of readout. Call it from an init function; a name that is taken is a panic. About.Source is the caller's package
// unless it is set: a notebook sets it to its own name.
func Register(about kinds.About, kind Kind) { registry.RegisterFrom(2, about, kind) }

// Kinds lists the names that Config.Kind accepts.
func Kinds() []string { return registry.Names() }

// All describes the kinds, sorted by name.
func All() []kinds.About { return registry.All() }

func (c Config) kind() (Kind, error) { return registry.Find(c.Kind, c.Source) }

// home is the source of the kinds that come with this package.
const home = "v1lab/v1model/readout"

// WithSource is the config with the package or notebook that defines its kind in Source, where that is not this package. A run folder keeps
// it, so that a program without the kind can say what it lacks.
func (c Config) WithSource() Config {
	c.Source = ""
	if about, ok := registry.About(c.Kind); ok && about.Source != home {
		c.Source = about.Source
	}
	return c
}

// Dense says whether the kind's feature weights are dense: see Kind.
func (c Config) Dense() bool {
	kind, err := c.kind()
	return err == nil && kind.Dense
}
