package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/fitted"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/score"
)

type evalCmd struct {
	Folder []string `name:"run" required:"" sep:"none" placeholder:"RUN" help:"Run folder. Repeated, for fits of one recording, the mean of their rates is measured: an ensemble. The folder of a sweep stands for the runs of its five best draws."`
	Data   string   `placeholder:"SPEC" help:"The recording, if it is no longer where the run folder says."`
	JSON   bool     `help:"Print all numbers as JSON."`
}

func (c *evalCmd) Run(ctx context.Context, a *app) error {
	e, err := a.ensemble(ctx, c.Folder, c.Data)
	if err != nil {
		return err
	}
	defer e.Close() //nolint:errcheck // frees memory only
	report, agreement, err := e.Scores(ctx)
	if err != nil {
		return err
	}
	for _, r := range report.Remarks() {
		if r == report.Edited { // said when the run was opened
			continue
		}
		a.sayf("warning: %s", r)
	}
	if agreement != nil {
		found := evaluation{Report: report, Ensemble: agreement, none: "measured for one run at a time"}
		if c.JSON {
			return a.json(found)
		}
		return showReport(a, found)
	}
	run := e.Runs[0]
	turns, err := run.Equivariance(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	found := evaluation{Report: report, Equivariance: &turns}
	result, _, resultErr := run.Result()
	if resultErr != nil {
		return resultErr
	}
	found.Made = result.Made
	if err != nil { // of a core of another kind, or one that does not depend on the image
		found.Equivariance, found.none = nil, oneLine(err)
	}
	if c.JSON {
		return a.json(found)
	}
	return showReport(a, found)
}

// evaluation is what eval --json prints.
type evaluation struct {
	*evaluate.Report
	Equivariance *v1model.Equivariance `json:"equivariance"`       // difference between turning the image and turning the maps, as doctor --run shows it; null if there is none
	Made         runfolder.Made        `json:"made_with,omitzero"` // with what the run was fitted; absent if it was imported, is not over, or is of an older version
	Ensemble     *fitted.Agreement     `json:"ensemble,omitempty"` // of several runs: their scores, and the spread between them; the other numbers are those of their mean rates
	none         string                // why there is no equivariance
}

// extremes is the number of best and of worst neurons in the table.
const extremes = 5

func showReport(a *app, r evaluation) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) {
		fmt.Fprintf(w, format+"\n", args...) //nolint:errcheck // kept in a.stdout
	}
	row("test correlation\t%s\tmean over %d neurons, SD %s", show(r.TestCorr), len(r.Neurons)-r.Unscored, show(r.TestCorrSD))
	row("ceiling\t%s\tmean over neurons of the best possible test correlation", show(r.Ceiling))
	row("fraction of ceiling\t%s\t", show(r.FractionOfCeiling))
	row("FEVE\t%s\tmean fraction of explainable variance explained, over %d of %d neurons with %g %% or more of it", show(r.FEVE), r.Reliable, len(r.Neurons), 100*score.MinExplainable)
	row("CC_norm\t%s\tmean normalised correlation, over the same", show(r.CCNorm))
	row("single trials\t%s\tmean correlation with single test trials; oracle: %s", show(r.TrialCorr), show(r.Oracle))
	if r.TrueCorr != nil {
		row("truth\t%s\tmean correlation with the responses without noise, which are known of these neurons", show(*r.TrueCorr))
	}
	if len(r.Covariates) > 0 {
		row("covariates\t%s\teach trial is predicted with its own; other scores average over trials, and can exceed a ceiling of the images alone", strings.Join(r.Covariates, ", "))
	}
	if r.TrueGainCorr != nil {
		row("true gain\t%s\tcorrelation of the gain with that of the simulation, over test trials", show(*r.TrueGainCorr))
	}
	if r.TrueShiftError != nil {
		row("true shift\t%s\tmean distance from the simulation's eye movements, in pixels", show(*r.TrueShiftError))
	}
	row("validation correlation\t%s\tsingle trials", show(r.ValCorr))
	row("validation loss\t%s\t%s; constant rates: %s", show(r.ValLoss), r.Loss, show(r.ConstantLoss))
	if e := r.Equivariance; e == nil {
		row("equivariance error\t-\t%s", r.none)
	} else {
		row("equivariance error\t%s\tturns by 90 degrees, of the maps; %s of the rates; 0 is perfect, 1.4 unrelated", show(e.Quarter), show(e.Rates))
	}
	if e := r.Ensemble; e != nil {
		for _, m := range e.Members {
			row("of run\t%s\t%s; validation loss %s", show(m.TestCorr), datasets.Printable(m.Run), show(m.ValLoss))
		}
		row("spread\t%s\tSD between the rates of %d runs, mean over test images and neurons; mean rate %s", show(e.Spread), len(e.Members), show(e.Rate))
	}
	if m := r.Made; m.Program != "" {
		row("fitted by\tv1lab %s\t%s, %s", m.Program, m.Backend, m.Device)
	}
	if err := w.Flush(); err != nil {
		return nil //nolint:nilerr // kept in a.stdout
	}
	if len(r.Sessions) > 0 {
		a.printf("\n")
		header := "session\tneurons\ttest correlation\tceiling\tfraction of ceiling\tvalidation loss"
		truth := func(s evaluate.Session) (cells string) {
			for _, v := range []*jsonfloat.Float{s.TrueGainCorr, s.TrueShiftError} {
				if v != nil {
					cells += "\t" + show(*v)
				}
			}
			return cells
		}
		if r.Sessions[0].TrueGainCorr != nil {
			header += "\ttrue gain"
		}
		if r.Sessions[0].TrueShiftError != nil {
			header += "\ttrue shift"
		}
		row("%s", header)
		for _, s := range r.Sessions {
			row("%s\t%d\t%s\t%s\t%s\t%s%s", datasets.Printable(s.Name), s.Neurons, show(s.TestCorr), show(s.Ceiling), show(s.FractionOfCeiling), show(s.ValLoss), truth(s))
		}
		if err := w.Flush(); err != nil {
			return nil //nolint:nilerr // kept in a.stdout
		}
	}
	order := slices.Clone(r.Neurons)
	slices.SortStableFunc(order, func(x, y evaluate.Neuron) int { return cmp.Compare(y.TestCorr, x.TestCorr) })
	a.printf("\n")
	row("neuron\ttest correlation\tceiling")
	for i, n := range order {
		if i < extremes || i >= len(order)-extremes {
			dead := ""
			if n.Silent != "" {
				dead = "\tdead: " + n.Silent
			}
			row("%s\t%s\t%s%s", datasets.Printable(n.ID), show(n.TestCorr), show(n.Ceiling), dead)
		} else if i == extremes {
			row("...\t\t")
		}
	}
	return w.Flush()
}

// show formats a number with four digits, NaN as a dash.
func show(f jsonfloat.Float) string {
	if math.IsNaN(float64(f)) {
		return "-"
	}
	return fmt.Sprintf("%.4g", float64(f))
}
