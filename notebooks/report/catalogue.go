package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"v1lab/notebooks/figures"
	"v1lab/v1model/kinds"
)

// Section is a part of a page about a run, by its heading.
type Section string

// Sections of a page, in their order. Figures of several fits have a section of their own, which no page of a single run has.
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

// Sections lists the sections of a page about one run, in their order. Figures may name others: those come last.
func Sections() []Section {
	return []Section{SectionPrediction, SectionFit, SectionFeatures, SectionCellTypes, SectionPlaces, SectionFields, SectionTuning}
}

// Verbs of the command line that draw figures of the catalogue into a folder. The page of v1lab report shows all.
const (
	VerbFigures  = "figures"
	VerbFeatures = "features"
	VerbCluster  = "cluster"
	VerbRF       = "rf"
	VerbMEI      = "mei"
)

// Entry is a figure of the catalogue.
type Entry struct {
	Name    string   // of its files
	Section Section  // of a page
	Caption string   // below it on a page: what it shows, a sentence
	Place   int      // order among all figures; 0: after those that have a place
	Verbs   []string // that draw it, beside report

	// OfExperiment marks a figure of in-silico experiments. A picture of its name in the run's folder figures, which rf, mei and tune may have
	// left there with stimuli of the user's choice, is shown in its place.
	OfExperiment bool

	// Draw draws the figure. It returns nil if the run has nothing to draw, such as no repeats or no truth.
	Draw func(ctx context.Context, m *Material) (*figures.Figure, error)
}

var catalogue = kinds.New[Entry]("figure")

// Register adds a figure to the catalogue. Call it from an init function: a name that is taken is a panic.
func Register(e Entry) {
	catalogue.RegisterFrom(2, kinds.About{Name: e.Name, Summary: e.Caption}, e)
}

// Catalogue lists all figures in their order.
func Catalogue() []Entry {
	var all []Entry
	for _, name := range catalogue.Names() {
		e, err := catalogue.Find(name, "")
		if err == nil { // the names are its own
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int {
		return cmp.Compare(cmp.Or(a.Place, math.MaxInt), cmp.Or(b.Place, math.MaxInt))
	})
	return all
}

// DrawnBy lists the figures that a verb draws, in their order.
func DrawnBy(verb string) []Entry {
	return slices.DeleteFunc(Catalogue(), func(e Entry) bool { return !slices.Contains(e.Verbs, verb) })
}

// FindFigure returns the figure of that name. The error of one that is not there lists all names.
func FindFigure(name string) (Entry, error) { return catalogue.Find(name, "") }

// Named is a figure with the name of its files and its caption.
type Named struct {
	Name    string
	Caption string
	Figure  *figures.Figure
}

// Draw draws those of the figures that there is something for. One that cannot be drawn does not keep the others from it: failures has an
// error for each, which names it. If ctx ends, failures ends with its error.
func Draw(ctx context.Context, m *Material, entries []Entry) (drawn []Named, failures []Failure) {
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return drawn, append(failures, Failure{e.Name, err})
		}
		figure, err := e.Draw(ctx, m)
		switch {
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

// Unwrap is for errors.Is.
func (f Failure) Unwrap() error { return f.Err }
