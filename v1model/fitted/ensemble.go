package fitted

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/stats"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/loss"
)

// Ensemble is several fits of one recording, taken as one model: its rates are the mean of theirs. One run alone is an ensemble without a spread. The runs
// stay the caller's; Close frees what belongs to the ensemble alone.
type Ensemble struct {
	Runs []*Run

	subject lazy[*insilico.Subject]
}

// Agreement tells how far the members of an ensemble agree.
type Agreement struct {
	Members []Member `json:"members"`
	// Means over test images and neurons: of the SD between the members' rates, and of the rate.
	Spread jsonfloat.Float `json:"rate_spread"`
	Rate   jsonfloat.Float `json:"mean_rate"`
}

// Member has the scores of one run of an ensemble.
type Member struct {
	Run      string          `json:"run"`
	TestCorr jsonfloat.Float `json:"test_corr"`
	ValLoss  jsonfloat.Float `json:"val_loss"`
}

// NewEnsemble takes runs as one model. They must be different fits of one recording, with the same loss, that see images prepared and normalised alike.
func NewEnsemble(runs ...*Run) (*Ensemble, error) {
	if len(runs) == 0 {
		return nil, errors.New("ensemble: no run; accepted: one or more")
	}
	if len(runs) == 1 {
		return &Ensemble{Runs: runs}, nil
	}
	first := runs[0]
	for _, r := range runs[1:] {
		if err := Comparable(first, r); err != nil {
			return nil, err
		}
		if a, b := first.Dataset.Shape, r.Dataset.Shape; !a.Same(b) {
			return nil, fmt.Errorf("run %s: images of %dx%d with %d channels, run %s sees %dx%d with %d; accepted: fits of the same images", r.Path, b.Height, b.Width, b.Channels, first.Path, a.Height, a.Width, a.Channels)
		}
		a, err := first.seen()
		if err != nil {
			return nil, err
		}
		b, err := r.seen()
		if err != nil {
			return nil, err
		}
		if a != b {
			return nil, fmt.Errorf("run %s: images are prepared or normalised otherwise than for run %s; accepted: fits that see the same images", r.Path, first.Path)
		}
		if a, b := first.Config.Covariates(), r.Config.Covariates(); !slices.Equal(a, b) {
			return nil, fmt.Errorf("run %s: covariates %q, run %s has %q; accepted: fits with the same covariates", r.Path, b, first.Path, a)
		}
		if a, b := lossOf(first), lossOf(r); a != b {
			return nil, fmt.Errorf("run %s: fitted with fit.loss=%s, run %s with %s; accepted: fits with one loss", r.Path, b, first.Path, a)
		}
	}
	return &Ensemble{Runs: runs}, Distinct(runs...)
}

func lossOf(r *Run) string { return cmp.Or(r.Config.Fit.Loss, loss.Default) }

// seen describes what is done to an image before the model sees it.
func (r *Run) seen() (string, error) {
	n := datasets.Normalisation{}
	if r.Dataset.Normalisation != nil {
		n = *r.Dataset.Normalisation
		n.ImageRange = nil // says nothing new, and earlier versions did not record it
	}
	text, err := json.Marshal(struct {
		P datasets.Preparation
		N datasets.Normalisation
	}{r.Dataset.Preparation, n})
	if err != nil {
		return "", fmt.Errorf("run %s: %w", r.Path, err)
	}
	return string(text), nil
}

// Close frees the programs of the ensemble, and the device's memory of its runs.
func (e *Ensemble) Close() error {
	var failed []error
	if e.subject.made {
		failed = append(failed, e.subject.value.Close())
		e.subject = lazy[*insilico.Subject]{}
	}
	for _, r := range e.Runs {
		failed = append(failed, r.Close())
	}
	return errors.Join(failed...)
}

// RatesAt predicts the responses to images in normalised units with their covariates, [images, neurons]: the mean of what RatesAt returns for each run, and
// the SD between them. Of one run the spread is empty.
func (e *Ensemble) RatesAt(ctx context.Context, images datasets.Images, c datasets.Covariates) (rates, spread datasets.Responses, err error) {
	return e.average(func(r *Run) (datasets.Responses, error) { return r.RatesAt(ctx, images, c) })
}

// Predictions is RatesAt for the images of a part of the recording, as each run's Predictions.
func (e *Ensemble) Predictions(ctx context.Context, part Part) (rates, spread datasets.Responses, err error) {
	return e.average(func(r *Run) (datasets.Responses, error) { return r.Predictions(ctx, part) })
}

func (e *Ensemble) average(rates func(*Run) (datasets.Responses, error)) (mean, spread datasets.Responses, err error) {
	var each [][]float32
	for _, r := range e.Runs {
		if mean, err = rates(r); err != nil {
			return mean, spread, fmt.Errorf("run %s: %w", r.Path, err)
		}
		each = append(each, mean.Values)
	}
	if len(each) == 1 {
		return mean, datasets.Responses{}, nil
	}
	spread = mean
	mean.Values, spread.Values = stats.Between(each)
	return mean, spread, nil
}

// Scores measure the mean of the members' rates against the validation and test parts of the recording. Of one run there is no agreement.
func (e *Ensemble) Scores(ctx context.Context) (*evaluate.Report, *Agreement, error) {
	first := e.Runs[0]
	if len(e.Runs) == 1 {
		report, err := first.Scores(ctx)
		return report, nil, err
	}
	found := &Agreement{}
	for _, r := range e.Runs {
		if len(r.Config.Covariates()) > 0 {
			return nil, nil, fmt.Errorf("run %s: a model with covariates predicts each trial by itself; accepted: ensembles of models of images alone", r.Path)
		}
		s, err := r.Scores(ctx)
		if err != nil {
			return nil, nil, err
		}
		found.Members = append(found.Members, Member{r.Path, s.TestCorr, s.ValLoss})
	}
	val, _, err := e.Predictions(ctx, Validation)
	if err != nil {
		return nil, nil, err
	}
	test, spread, err := e.Predictions(ctx, Test)
	if err != nil {
		return nil, nil, err
	}
	found.Spread, found.Rate = jsonfloat.Float(stats.Mean(spread.Values)), jsonfloat.Float(stats.Mean(test.Values))
	m, err := first.Model()
	if err != nil {
		return nil, nil, err
	}
	d, err := first.Recording()
	if err != nil {
		return nil, nil, err
	}
	report, err := evaluate.Compare(m.Objective, val, test, d)
	if err != nil {
		return nil, nil, err
	}
	silence, err := e.silence()
	if err != nil {
		return nil, nil, err
	}
	for n, s := range silence {
		report.Neurons[n].Silent = s.String()
	}
	var edited []string
	for _, r := range e.Runs {
		if text := r.Edited(); text != "" {
			edited = append(edited, text)
		}
	}
	report.Edited = strings.Join(edited, "; ")
	return report, found, nil
}

// Disagreement says how far the runs disagree: a mean SD between their rates, beside the mean rate.
func (e *Ensemble) Disagreement(spread, rate float64) string {
	return fmt.Sprintf("ensemble of %d runs: the SD between their rates is %.3g on average; their mean rate is %.3g", len(e.Runs), spread, rate)
}

// silence tells which neurons no member knows anything of, and why by the first.
func (e *Ensemble) silence() ([]Silence, error) {
	var all []Silence
	for _, r := range e.Runs {
		own, err := r.Silence()
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = slices.Clone(own)
		}
		for n, s := range own {
			if s == Responds {
				all[n] = Responds
			}
		}
	}
	return all, nil
}

// Subject returns the ensemble as the subject of in-silico experiments, in which neurons are dead whose training responses never vary. It can be used until
// the ensemble is closed.
func (e *Ensemble) Subject(ctx context.Context) (*insilico.Subject, error) {
	if len(e.Runs) == 1 {
		return e.Runs[0].Subject(ctx)
	}
	return e.subject.get(func() (*insilico.Subject, error) { return subjectOf(ctx, e.Runs...) })
}

// Key identifies a result by the weights of all runs, the neurons and the settings. Of one run it is that run's Key; results of an ensemble are never taken
// for those of a run.
func (e *Ensemble) Key(neurons []int, settings string) (string, error) {
	if len(e.Runs) == 1 {
		return e.Runs[0].Key(neurons, settings)
	}
	var all []string
	for _, r := range e.Runs {
		w, err := r.Weights()
		if err != nil {
			return "", err
		}
		all = append(all, w.Fingerprint())
	}
	return kept.Key(fmt.Sprintf("%x", sha256.Sum256([]byte("ensemble "+strings.Join(all, " ")))), neurons, settings), nil
}
