package webpage

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strings"

	"v1lab/notebooks/report"
	"v1lab/v1model"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/fitted"
)

// recording has the runs of one recording and, if there are several, their comparison.
type recording struct {
	Name        string
	Fingerprint string
	Runs        []*analysed
	Models      table
	Compared    []picture
	Fits        []fitRow
	Ensemble    []fact
	Stability   []fact
	Clusters    table
	Matched     []picture
}

// fitRow is a row of the table of fits. It links to the run.
type fitRow struct {
	ID, Name string
	Cells    []string
}

// fitHead has the headings of fitRow.Cells.
var fitHead = []string{"seed", "steps", "validation loss", "test corr.", "of the ceiling", "FEVE", "cell types", "ARI, truth"}

// FitHead gives the template the headings of the table of fits.
func (r *recording) FitHead() []string { return fitHead }

// describe compares the runs of one recording.
func describe(ctx context.Context, runs []*analysed) (*recording, error) {
	d := runs[0].run.Dataset
	r := &recording{Name: orUnknown(d.Spec), Fingerprint: short(d.Fingerprint), Runs: runs}
	if len(runs) == 1 {
		return r, nil
	}
	for _, a := range runs {
		loss, fraction, feve, ari := a.result.ValLoss, missing, missing, missing
		if s := a.scores; s != nil {
			loss, fraction, feve = s.ValLoss, s.FractionOfCeiling, s.FEVE
		}
		if a.found.ARITruth != nil {
			ari = *a.found.ARITruth
		}
		r.Fits = append(r.Fits, fitRow{a.ID, a.Name, []string{
			fmt.Sprint(a.run.Config.Fit.Seed), fmt.Sprint(a.result.Steps), show(loss), show(corr(a.scores)), percent(fraction), show(feve), a.numTypes(), show(ari),
		}})
	}
	if err := r.compare(ctx); err != nil {
		return nil, err
	}
	if err := r.ensemble(ctx); err != nil {
		return nil, err
	}
	return r, r.match(ctx)
}

// ensemble measures the mean of the rates of all runs with scores, which is a model too.
func (r *recording) ensemble(ctx context.Context) error {
	var runs []*fitted.Run
	for _, a := range r.Runs {
		if a.scores != nil {
			runs = append(runs, a.run)
		}
	}
	if len(runs) < 2 {
		return nil
	}
	e, err := fitted.NewEnsemble(runs...)
	if err != nil {
		r.Ensemble = []fact{{"ensemble", show(missing), "left out: " + err.Error()}}
		return nil
	}
	scores, agreement, err := e.Scores(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		r.Ensemble = []fact{{"ensemble", show(missing), "left out: " + err.Error()}}
		return nil
	}
	of := fmt.Sprintf("of the mean of the rates of %d fits", len(runs))
	r.Ensemble = []fact{
		{"test correlation", show(scores.TestCorr), of}, {"of the ceiling", percent(scores.FractionOfCeiling), of}, {"validation loss", show(scores.ValLoss), of},
		{"spread", show(agreement.Spread), fmt.Sprintf("SD between the fits' rates, mean over test images and neurons; the mean rate is %s", show(agreement.Rate))},
	}
	return nil
}

// compare makes the table and the figure of the models, from the runs that have scores.
func (r *recording) compare(ctx context.Context) error {
	all := &compare.Report{Ceiling: missing}
	for _, m := range models(r.Runs) {
		var fits []compare.Fit
		for _, a := range m.runs {
			all.Ceiling = a.scores.Ceiling
			fits = append(fits, compare.FitOf(a.run.Folder, a.result, a.scores))
		}
		row, err := compare.Summarise(m.Model, m.runs[0].run.Dataset.Shape, fits)
		if err != nil {
			return err
		}
		all.Models = append(all.Models, row)
	}
	if len(all.Models) == 0 {
		return nil
	}
	r.Models.Head = []string{"model", "preset", "maps", "fits", "validation loss", "test correlation", "of the ceiling", "mean over fits"}
	for _, m := range all.Models {
		spread := show(m.MeanCorr)
		if !math.IsNaN(float64(m.SDCorr)) {
			spread += " \u00b1 " + show(m.SDCorr)
		}
		r.Models.Rows = append(r.Models.Rows, []string{m.Name, m.Preset, fmt.Sprint(m.Maps), fmt.Sprint(len(m.Fits)), show(m.Best.ValLoss), show(m.Best.TestCorr), percent(m.Best.FractionOfCeiling), spread})
	}
	r.Models.Rows = append(r.Models.Rows, []string{"ceiling", "", "", "", "", show(all.Ceiling), "", ""})
	var err error
	r.Compared, err = r.draw(ctx, "comparison", report.Given{Compared: all})
	return err
}

// draw draws a figure of several fits. The first run is the reference.
func (r *recording) draw(ctx context.Context, name string, given report.Given) ([]picture, error) {
	entry, err := report.FindFigure(name)
	if err != nil {
		return nil, err
	}
	drawn, failures := report.Draw(ctx, report.NewMaterial(r.Runs[0].run, given), []report.Entry{entry})
	if len(failures) > 0 {
		return nil, failures[0]
	}
	all := newAlbum()
	if err := all.add(drawn...); err != nil {
		return nil, err
	}
	return all.rest(), nil
}

// model has the runs with the same config except for the seed.
type model struct {
	compare.Model
	runs []*analysed
}

// models groups runs with scores by config.
func models(runs []*analysed) (all []*model) {
	names := map[string]int{}
	for _, a := range runs {
		if a.scores == nil {
			continue
		}
		config := seedless(a.run.Config)
		var to *model
		for _, m := range all {
			if config.SameFit(m.Config) {
				to = m
			}
		}
		if to == nil {
			name := seedSuffix.ReplaceAllString(a.Name, "")
			if names[name]++; names[name] > 1 {
				name = a.Name
			}
			to = &model{Model: compare.Model{Name: name, Config: config}}
			all = append(all, to)
		}
		to.runs = append(to.runs, a)
	}
	return all
}

var seedSuffix = regexp.MustCompile(`[-_.]?(seed)?[0-9]+$`)

func seedless(c v1model.Config) v1model.Config {
	c.Fit.Seed = 0
	return c
}

// match says which cell types are found again in the other runs. The first run is the reference.
func (r *recording) match(ctx context.Context) error {
	first := r.Runs[0]
	var analyses []*celltypes.Analysis
	for _, a := range r.Runs {
		if a.types == nil {
			r.Stability = []fact{{"agreement of the fits", show(missing), "the neurons of " + a.Name + " could not be grouped"}}
			return nil
		}
		analyses = append(analyses, a.types)
	}
	found, err := celltypes.Describe(analyses, first.run.Truth())
	if err != nil {
		return err
	}
	s := found.Stability
	r.Stability = []fact{{"agreement of the fits", show(s.Mean), fmt.Sprintf("adjusted Rand index, mean over pairs of %d fits, SD %s; each pair is compared by at least %d neurons that are dead in neither", s.Runs, show(s.SD), s.MinCounted())}}
	r.Clusters.Head = []string{"cluster of " + first.Name, "neurons", "overlap, mean", "overlap, least", "believed"}
	believed := 0
	for _, c := range s.Clusters {
		verdict := "no"
		if c.Believed {
			verdict = "yes"
			believed++
		}
		r.Clusters.Rows = append(r.Clusters.Rows, []string{fmt.Sprint(c.Cluster), fmt.Sprint(c.Size), show(c.Mean), show(c.Min), verdict})
	}
	r.Stability = append(r.Stability, fact{"clusters to be believed", fmt.Sprintf("%d of %d", believed, len(s.Clusters)), "overlap (Jaccard) of 0.75 or more on average and above 0.5 in every fit"})
	r.Matched, err = r.draw(ctx, "consistency", report.Given{Types: first.types, Found: found})
	return err
}

// WithoutScores lists the runs without scores, which a comparison lacks.
func (r *recording) WithoutScores() string {
	var without []string
	for _, a := range r.Runs {
		if a.scores == nil {
			without = append(without, a.Name)
		}
	}
	if len(without) == 0 || len(r.Runs) == 1 {
		return ""
	}
	return "Without scores: " + strings.Join(without, ", ") + "."
}

// numTypes returns the number of cell types, a dash if the neurons could not be grouped.
func (a *analysed) numTypes() string {
	if a.types == nil {
		return show(missing)
	}
	return fmt.Sprint(a.found.K)
}
