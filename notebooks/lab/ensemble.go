//go:build !v1lab_engine

package lab

import (
	"context"
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/stats"
	"v1lab/notebooks/display"
	"v1lab/notebooks/lab/answers"
	"v1lab/notebooks/lab/origin"
	"v1lab/notebooks/lab/questions"
	"v1lab/notebooks/report"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
)

// Ensemble is several fits of one recording, taken as one model: its rates are the mean of theirs. Its methods take no context and end the cell on an error.
// What is read from the features of a run (types, filters, readout) has no meaning for several, and ends the cell with an error that says so.
type Ensemble struct {
	*fitted.Ensemble
	Data *datasets.Dataset // nil for runs that were imported without a recording
}

// OpenEnsemble opens run folders as one model. The folder of a sweep stands for the runs of its five best draws, all seeds, the best first.
func OpenEnsemble(paths ...string) *Ensemble {
	var members []string
	for _, path := range paths {
		runs, state, err := sweep.Members(path)
		display.Check(err)
		if state != nil && state.State != sweep.Finished {
			display.Text("the sweep in %s is %s: the ensemble has its best draws so far", path, state.State)
		}
		members = append(members, runs...)
	}
	if len(members) < 2 {
		display.Check(fmt.Errorf("ensemble: found %d run; accepted: two or more run folders, or the folder of a sweep; lab.Open opens one", len(members)))
	}
	ctx, recordings := context.Background(), &fitted.Recordings{}
	first := open(members[0], recordings)
	backend := fitted.On(Must(first.Backend(ctx)))
	runs := []*fitted.Run{first.Run}
	for _, path := range members[1:] {
		runs = append(runs, Must(fitted.Open(ctx, path, fitted.Options{Device: backend, Warn: warn, Recordings: recordings})))
	}
	origin.Of(members...)
	return &Ensemble{Ensemble: Must(fitted.NewEnsemble(runs...)), Data: first.Data}
}

// Evaluate measures the mean of the runs' rates on the validation and test parts. The second result has the scores of each run and the spread between them;
// report.EnsembleTable and report.EnsembleScores show both.
func (e *Ensemble) Evaluate() (*evaluate.Report, *fitted.Agreement) {
	scores, agreement, err := e.Scores(context.Background())
	display.Check(err)
	return scores, agreement
}

// Rates predicts responses to images in normalised units, such as those of e.Data: [images, neurons], the mean of the runs' rates and the SD between them.
// report.EnsembleSpread draws them.
func (e *Ensemble) Rates(images datasets.Images) (rates, spread datasets.Responses) {
	rates, spread, err := e.RatesAt(context.Background(), images, datasets.Covariates{})
	display.Check(err)
	return rates, spread
}

// Neurons parses a list such as 0-3,7. The empty list selects the neurons that Run.Neurons selects of the first run, by the ensemble's correlations.
func (e *Ensemble) Neurons(list string, each int) []int {
	return chosen(e.Runs[0].Folder, list, each, func() *evaluate.Report { r, _ := e.Evaluate(); return r }, e.Layout)
}

// Layout returns the arrangement of pictures of the neurons: by the features of the first run, since an ensemble has none.
func (e *Ensemble) Layout() report.Layout {
	return Must(report.LayoutOf(context.Background(), e.Runs[0]))
}

// ReceptiveFields computes gradient receptive fields of the mean rate at an image, or at grey if the image is nil.
func (e *Ensemble) ReceptiveFields(neurons []int, at []float32) *insilico.Fields {
	return Must(answers.Fields(context.Background(), e, questions.FieldsOf{Neurons: neurons, At: at}))
}

// MEIs finds the images that excite the mean rate most, as Run.MEIs does, and says how far the runs agree about them. They are kept in the folder of the
// first run, apart from its own.
func (e *Ensemble) MEIs(neurons []int, o MEIOptions) *insilico.MEIs {
	m := e.subject().found(neurons, o)
	e.sayDisagreement(m.Spread.Data.([]float32), m.Rates.Data.([]float32))
	return m
}

// Tuning measures the tuning of the mean rate, as Run.Tuning does, and says how far the runs agree about the optimal Gabors.
func (e *Ensemble) Tuning(neurons []int, grid string) *insilico.Tuning {
	t := e.subject().tuned(neurons, grid)
	e.sayDisagreement(t.Optimal.Spread, t.Optimal.Rates)
	return t
}

func (e *Ensemble) subject() subject {
	home := &Run{Run: e.Runs[0]}
	s := home.subject()
	s.key = func(of questions.KeyOf) (string, error) { return e.Key(of.Neurons, of.Settings) }
	s.meis = func(ctx context.Context, of questions.MEIsOf, progress func(insilico.Progress)) (*insilico.MEIs, error) {
		return answers.MEIs(ctx, e, of, progress)
	}
	s.tuning = func(ctx context.Context, of questions.TuningOf, progress func(insilico.Progress)) (*insilico.Tuning, error) {
		return answers.Tuning(ctx, e, of, progress)
	}
	return s
}

func (e *Ensemble) sayDisagreement(spread, rates []float32) {
	display.Text("%s", e.Disagreement(stats.Mean(spread), stats.Mean(rates)))
}

// Cluster ends the cell: a feature of one run means nothing to another.
func (e *Ensemble) Cluster(int) features.Clustering {
	e.oneRun("cell types by feature weights", "; lab.CellTypes compares those of several")
	return features.Clustering{}
}

// Readout ends the cell, as Cluster does.
func (e *Ensemble) Readout() report.Readout {
	e.oneRun("a readout", "")
	return report.Readout{}
}

// Filters ends the cell, as Cluster does.
func (e *Ensemble) Filters() []array.Array {
	e.oneRun("filters", "")
	return nil
}

// Browse ends the cell: the browser shows masks and feature weights.
func (e *Ensemble) Browse(...int) { e.oneRun("a browser of masks and feature weights", "") }

func (e *Ensemble) oneRun(what, more string) {
	display.Check(fmt.Errorf("ensemble of %d runs: %s has no meaning for several models; accepted: one run, such as lab.Open(%q)%s", len(e.Runs), what, e.Runs[0].Path, more))
}
