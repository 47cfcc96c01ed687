package webpage

import (
	"context"
	"fmt"
	"html/template"
	"path/filepath"
	"strings"

	"v1lab/datasets"
	"v1lab/notebooks/report"
	"v1lab/v1model"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/runfolder"
)

// analysed is a run with its results and their form on the page.
type analysed struct {
	run    *fitted.Run
	result runfolder.Result
	over   bool

	ungrouped error // why there are no types

	scores *evaluate.Report    // nil without data
	types  *celltypes.Analysis // nil if neurons could not be grouped
	found  *celltypes.Report   // comparison of types with the true types; of no cluster if types is nil
	dead   []int               // neurons that are silent in training or without weights
	power  features.Power
	weight features.Weights
	turns  *v1model.Equivariance // nil if the core's kind has none, or it does not depend on the image
	used   float64               // magnitude above which a weight is in use

	ID, Name, Path string
	Headline       []fact
	Notes          []string
	Sections       []section
	Neurons        table
	Ranked         bool          // the table is in the order of scores
	Browser        template.HTML // empty: none
	CSV            template.URL
	Provenance     []fact
	Config         string
}

// section is a part of a run with a heading: figures, then tables.
type section struct {
	Title    string
	Pictures []picture
	Facts    []fact
	Tables   []titledTable
}

type titledTable struct {
	Title string
	table
}

// analyse computes all results of one run that the page shows.
func analyse(ctx context.Context, r *fitted.Run, path, id string) (*analysed, error) {
	a := &analysed{run: r, ID: id, Name: filepath.Base(path), Path: path}
	var err error
	if a.result, a.over, err = r.Result(); err != nil {
		return nil, err
	}
	readout, err := report.ReadoutOf(r)
	if err != nil {
		return nil, err
	}
	a.weight, a.power, a.used = readout.Weights, readout.Weights.Power(), readout.Threshold
	silence, err := r.Silence()
	if err != nil {
		return nil, err
	}
	for n, s := range silence {
		if s != fitted.Responds {
			a.dead = append(a.dead, n)
		}
	}
	if err := a.group(ctx); err != nil {
		return nil, err
	}
	if _, without := r.Recording(); without == nil {
		if a.scores, err = r.Scores(ctx); err != nil {
			a.Notes = append(a.Notes, fmt.Sprintf("The scores are left out: %v.", err))
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if turns, err := r.Equivariance(ctx); err == nil {
		a.turns = &turns
	}
	text, err := r.Config.YAML()
	if err != nil {
		return nil, err
	}
	a.Config = string(text)
	if err := a.sections(ctx); err != nil {
		return nil, err
	}
	a.notes()
	a.headline()
	if a.Provenance, err = a.provenance(); err != nil {
		return nil, err
	}
	a.Neurons, a.Ranked = a.neurons(), a.scores != nil
	a.CSV, err = csvLink(a.Neurons)
	return a, err
}

// group finds cell types. If that fails, as after a fit that went wrong, a note says why, and the page has what needs none.
func (a *analysed) group(ctx context.Context) (err error) {
	if a.types, err = a.run.Analyse(ctx, features.Options{}); err == nil {
		a.found, err = celltypes.Describe([]*celltypes.Analysis{a.types}, a.run.Truth())
		return err
	}
	if ctx.Err() != nil {
		return err
	}
	a.types, a.ungrouped = nil, err
	a.Notes = append(a.Notes, fmt.Sprintf("Cell types are left out: %v.", err))
	a.found = &celltypes.Report{Silhouette: missing, Details: &celltypes.Details{}}
	for range a.weight.Neurons {
		a.found.Labels, a.found.Shifts, a.found.Distances = append(a.found.Labels, -1), append(a.found.Shifts, missing), append(a.found.Distances, missing)
	}
	return nil
}

// sections arranges figures and tables in sections. Figures without a section come last. Figures that rf, mei and tune left in the run folder replace
// those that would be drawn here.
func (a *analysed) sections(ctx context.Context) error {
	given := report.Given{Types: a.types}
	if a.types != nil {
		given.Found = a.found
	}
	m := report.NewMaterial(a.run, given)
	var types []titledTable
	if a.types != nil {
		methods, err := m.Methods(ctx)
		if err != nil {
			return fmt.Errorf("methods of clustering: %w", err)
		}
		members, err := m.Members(ctx)
		if err != nil {
			return err
		}
		types = append(append(a.typeTables(), memberTables(members)...), a.methodTable(methods))
	}
	experiments, err := a.experiments(m)
	if err != nil {
		return err
	}
	var own, ofExperiments []report.Entry
	for _, e := range report.Catalogue() {
		switch {
		case e.Section == report.SectionFits: // for pages of several fits
		case e.OfExperiment:
			ofExperiments = append(ofExperiments, e)
		default:
			own = append(own, e)
		}
	}
	all := newAlbum()
	if err := a.draw(ctx, all, m, own); err != nil {
		return err
	}
	notes, err := all.keep(a.run.Figures())
	if err != nil {
		return err
	}
	a.Notes = append(a.Notes, notes...)
	if err := a.draw(ctx, all, m, ofExperiments); err != nil {
		return err
	}
	facts := map[report.Section][]fact{report.SectionPrediction: a.scoreFacts(), report.SectionFit: a.fitFacts(), report.SectionFeatures: a.featureFacts(),
		report.SectionCellTypes: a.typeFacts(), report.SectionFields: experiments.fields, report.SectionTuning: experiments.tuning}
	tables := map[report.Section][]titledTable{report.SectionFeatures: {{"Features of the last layer", a.featureTable()}},
		report.SectionPrediction: a.sessionTables(), report.SectionCellTypes: types, report.SectionTuning: experiments.tables}
	for _, title := range report.Sections() {
		a.Sections = append(a.Sections, section{Title: string(title), Pictures: all.take(title), Facts: facts[title], Tables: tables[title]})
	}
	if rest := all.rest(); len(rest) > 0 {
		a.Sections = append(a.Sections, section{Title: "More figures of the run", Pictures: rest})
	}
	return nil
}

// draw adds figures to the album. A note names each figure that failed.
func (a *analysed) draw(ctx context.Context, all *album, m *report.Material, entries []report.Entry) error {
	drawn, failures := report.Draw(ctx, m, entries)
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, f := range failures {
		if a.ungrouped != nil && f.Err.Error() == a.ungrouped.Error() {
			continue // another note says why
		}
		a.Notes = append(a.Notes, fmt.Sprintf("The figure %s is left out: %v.", f.Name, f.Err))
	}
	return all.add(drawn...)
}

func (a *analysed) notes() {
	if !a.over {
		a.Notes = append(a.Notes, "The fit is not over: these are its best weights so far.")
	}
	_, without := a.run.Recording()
	switch {
	case without == nil:
	case a.run.Dataset.Fingerprint == "":
		a.Notes = append(a.Notes, "The weights were imported without a recording: what needs one is left out.")
	default:
		a.Notes = append(a.Notes, "The recording could not be opened: scores and figures that need it are left out, and cell types are found without the covariance of the features.")
	}
	if a.scores != nil && show(a.scores.Ceiling) == show(missing) {
		a.Notes = append(a.Notes, "The recording has no repeats: there is no ceiling to compare with.")
	}
	if a.scores != nil {
		for _, r := range a.scores.Remarks() {
			a.Notes = append(a.Notes, sentence(r))
		}
		return
	}
	if text := a.result.NoBetter(); text != "" {
		a.Notes = append(a.Notes, sentence(text))
	}
	if n := len(a.dead); n > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("%d of %d neurons are dead (silent in training, or without weights) and belong to no group: %s.", n, len(a.found.Labels), a.few(a.dead, 20)))
	}
}

// sentence makes a sentence of a remark.
func sentence(remark string) string { return strings.ToUpper(remark[:1]) + remark[1:] + "." }

// id returns a neuron's name.
func (a *analysed) id(n int) string {
	if a.scores != nil {
		return datasets.Printable(a.scores.Neurons[n].ID)
	}
	return fmt.Sprint(n)
}

// few lists the first neurons and counts the rest.
func (a *analysed) few(neurons []int, most int) string {
	var names []string
	for i, n := range neurons {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(neurons)-most))
			break
		}
		names = append(names, a.id(n))
	}
	return strings.Join(names, ", ")
}
