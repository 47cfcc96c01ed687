package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"v1lab/notebooks/figures"
	"v1lab/v1model/fitted"
	"v1lab/v1model/kinds"
)

// Section is the heading of a part of a page about a run.
type Section string

// Sections of a page, in their order. SectionFits is for figures of several fits, which the page of a single run does not have.
const (
	SectionPrediction Section = "Prediction"
	SectionFit        Section = "Fit"
	SectionFeatures   Section = "Features"
	SectionCellTypes  Section = "Cell types"
	SectionPlaces     Section = "Where neurons look, and at what"
	SectionFields     Section = "Receptive fields and most exciting images"
	SectionTuning     Section = "Tuning"
	SectionFits       Section = "Several fits"
)

// Sections lists the sections of a page about one run, in their order. Figures in other sections come last.
func Sections() []Section {
	return []Section{SectionPrediction, SectionFit, SectionFeatures, SectionCellTypes, SectionPlaces, SectionFields, SectionTuning}
}

// Verbs of the command line that write figures of the catalogue into a folder. The page of v1lab report shows all figures.
const (
	VerbFigures      = "figures"
	VerbFeatures     = "features"
	VerbCluster      = "cluster"
	VerbRF           = "rf"
	VerbMEI          = "mei"
	VerbInhibiting   = "mei --inhibiting"
	VerbDiverse      = "mei --diverse"
	VerbDiscriminate = "discriminate"
)

// Entry is a figure of the catalogue.
type Entry struct {
	Name    string   // of its files
	Section Section  // section of the page that shows it
	Caption string   // one sentence: what the figure shows
	Place   int      // position in the order of figures; 0: last
	Verbs   []string // verbs that write it, besides report

	// OfExperiment marks a figure of in-silico experiments. If RUN/figures has a picture of the same name, which rf, mei, tune or discriminate wrote there with
	// stimuli that the user chose, pages show that picture instead.
	OfExperiment bool

	// Draw draws the figure. It returns nil if the run lacks what the figure needs, such as repeats or true types.
	Draw func(ctx context.Context, m *Material) (*figures.Figure, error)
}

var catalogue = kinds.New[Entry]("figure")

// Register adds a figure to the catalogue. Call it from an init function. It panics if the name is taken.
func Register(e Entry) {
	catalogue.RegisterFrom(2, kinds.About{Name: e.Name, Summary: e.Caption}, e)
}

// Catalogue lists all figures in their order.
func Catalogue() []Entry {
	var all []Entry
	for _, name := range catalogue.Names() {
		e, err := catalogue.Find(name, "")
		if err == nil { // always: the names come from the catalogue
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int {
		return cmp.Compare(cmp.Or(a.Place, math.MaxInt), cmp.Or(b.Place, math.MaxInt))
	})
	return all
}

// DrawnBy lists the figures that a verb writes, in their order.
func DrawnBy(verb string) []Entry {
	return slices.DeleteFunc(Catalogue(), func(e Entry) bool { return !slices.Contains(e.Verbs, verb) })
}

// FindFigure returns the figure with this name. If there is none, the error lists all names.
func FindFigure(name string) (Entry, error) { return catalogue.Find(name, "") }

// Named is a figure with the name of its files and its caption.
type Named struct {
	Name    string
	Caption string
	Figure  *figures.Figure
}

// Draw draws figures. It leaves out those that the run has nothing for. If a figure fails, the others are still drawn: failures has an error for
// each that failed. If ctx ends, the last failure is its error.
func Draw(ctx context.Context, m *Material, entries []Entry) (drawn []Named, failures []Failure) {
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return drawn, append(failures, Failure{e.Name, err})
		}
		figure, err := e.Draw(ctx, m)
		switch {
		case errors.Is(err, fitted.ErrUnturned): // the run lacks what the figure needs
		case err != nil:
			failures = append(failures, Failure{e.Name, err})
		case figure != nil:
			drawn = append(drawn, Named{e.Name, e.Caption, figure})
		}
	}
	return drawn, failures
}

// Failure says why a figure could not be drawn.
type Failure struct {
	Name string
	Err  error
}

// Error implements error.
func (f Failure) Error() string { return fmt.Sprintf("figure %s: %v", f.Name, f.Err) }

// Unwrap returns the cause.
func (f Failure) Unwrap() error { return f.Err }
