package fitted_test

import (
	"math"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/fitted"
	"v1lab/v1model/runfolder"
)

// members are two fits of one recording that differ in which neurons have weights, and the recording.
func members(t *testing.T) []*fitted.Run {
	t.Helper()
	data := must(formats.Open(twelve))(t)
	o := fitted.Options{Recordings: fitted.WithRecording(data)}
	return []*fitted.Run{open(t, plant(t, runfolder.Describe(data), 3, 5), o), open(t, plant(t, runfolder.Describe(data), 5), o)}
}

// An ensemble's rates are the mean of its runs', the spread their SD, and the scores those of the mean.
func TestEnsemble(t *testing.T) {
	runs := members(t)
	e := must(fitted.NewEnsemble(runs...))(t)
	rates, spread, err := e.Predictions(t.Context(), fitted.Test)
	if err != nil {
		t.Fatal(err)
	}
	a, b := must(runs[0].Predictions(t.Context(), fitted.Test))(t), must(runs[1].Predictions(t.Context(), fitted.Test))(t)
	differ := false
	for i, v := range rates.Values {
		x, y := float64(a.Values[i]), float64(b.Values[i])
		differ = differ || x != y
		if math.Abs(float64(v)-(x+y)/2) > 1e-6*(1+x) || math.Abs(float64(spread.Values[i])-math.Abs(x-y)/math.Sqrt2) > 1e-6*(1+x) {
			t.Fatalf("rate %d: %v, spread %v, of %v and %v", i, v, spread.Values[i], x, y)
		}
	}
	if !differ {
		t.Fatal("the runs do not differ")
	}
	report, agreement, err := e.Scores(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	val, _, err := e.Predictions(t.Context(), fitted.Validation)
	if err != nil {
		t.Fatal(err)
	}
	want := must(evaluate.Compare(must(runs[0].Model())(t).Objective, val, rates, must(runs[0].Recording())(t)))(t)
	if report.ValLoss != want.ValLoss || report.TestCorr != want.TestCorr {
		t.Errorf("loss %v and correlation %v, want %v and %v", report.ValLoss, report.TestCorr, want.ValLoss, want.TestCorr)
	}
	for i, m := range agreement.Members {
		if s := must(runs[i].Scores(t.Context()))(t); m.TestCorr != s.TestCorr || m.Run != runs[i].Path {
			t.Errorf("member %+v, want %v of %s", m, s.TestCorr, runs[i].Path)
		}
	}
	if len(agreement.Members) != 2 || !(agreement.Spread > 0) {
		t.Errorf("agreement %+v", agreement)
	}
	if s := report.Neurons[3].Silent + report.Neurons[5].Silent; s != "no readout weights" {
		t.Errorf("neurons 3 and 5 are silent: %q; want 5 alone, of which no run has weights", s)
	}

	// A result of the ensemble is not one of its runs'.
	key, first, both := must(e.Key([]int{1}, ""))(t), must(runs[0].Key([]int{1}, ""))(t), must(fitted.NewEnsemble(runs[1], runs[0]))(t)
	if key == first || key == must(both.Key([]int{1}, ""))(t) {
		t.Error("keys are alike")
	}
	if testing.Short() {
		return // compiles a program of both models
	}
	s := must(e.Subject(t.Context()))(t)
	fields := must(s.Fields(t.Context(), []int{1, 3, 5}, nil, nil))(t)
	if fields.Dead[0] || fields.Dead[1] || !fields.Dead[2] {
		t.Errorf("dead %v; want the last, of which no run has weights", fields.Dead)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if _, err := e.Subject(t.Context()); err != nil {
		t.Errorf("after Close: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// One run is an ensemble without a spread.
func TestEnsembleOfOne(t *testing.T) {
	run := members(t)[0]
	e := must(fitted.NewEnsemble(run))(t)
	report, agreement, err := e.Scores(t.Context())
	if err != nil || agreement != nil || report != must(run.Scores(t.Context()))(t) {
		t.Errorf("%v, %v, %v", report, agreement, err)
	}
	images := must(run.Recording())(t).Val.Images
	rates, spread, err := e.RatesAt(t.Context(), images, datasets.Covariates{})
	if err != nil || rates.N != images.N || spread.N != 0 {
		t.Errorf("%d rates, %d spreads, %v", rates.N, spread.N, err)
	}
	if must(e.Key([]int{1}, ""))(t) != must(run.Key([]int{1}, ""))(t) {
		t.Error("the key is not the run's")
	}
}

func TestBadEnsemble(t *testing.T) {
	runs := members(t)
	otherwise := open(t, plant(t, runfolder.Describe(must(formats.Open(twelve))(t))), fitted.Options{})
	n := *otherwise.Dataset.Normalisation
	n.ImageMean++
	otherwise.Dataset.Normalisation = &n
	signed := open(t, plant(t, runfolder.Describe(must(formats.Open(twelve))(t))), fitted.Options{})
	signed.Config.Fit.Loss = "gaussian"
	fewer := open(t, planted(t), fitted.Options{})
	fewer.Dataset.Shape.Neurons = 11
	wide := open(t, planted(t), fitted.Options{})
	wide.Dataset.Shape.Width = 17
	for want, all := range map[string][]*fitted.Run{
		"no run":                             nil,
		"given twice":                        {runs[0], runs[1], runs[0]},
		"prepared or normalised otherwise":   {runs[0], otherwise},
		"fitted with fit.loss=gaussian, run": {runs[0], signed},
		"11 neurons":                         {runs[0], fewer},
		"16x17":                              {runs[0], wide},
	} {
		if e, err := fitted.NewEnsemble(all...); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, %v; want an error with %q", e, err, want)
		}
	}
}
