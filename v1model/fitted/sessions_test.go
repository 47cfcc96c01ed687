package fitted_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/fitted"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

const animals = "simulated:?sessions=3&neurons=4&images=40&val=20&test=10&repeats=3&height=16&width=16"

// A run that an earlier version fitted to sessions joined in one block opens, and has the scores that it had: those of the whole recording together. They are
// also given by session.
func TestScoresOfJoinedSessions(t *testing.T) {
	data := must(formats.Open(animals))(t)
	dense := must(data.Dense())(t)
	record := runfolder.Describe(dense)
	if record.Fingerprint == datasets.Fingerprint(data) {
		t.Fatal("one block has the fingerprint of the sessions")
	}
	run := open(t, plant(t, record), fitted.Options{})
	got := must(run.Scores(t.Context()))(t)
	val, test := must(run.Predictions(t.Context(), fitted.Validation))(t), must(run.Predictions(t.Context(), fitted.Test))(t)
	m := must(run.Model())(t)
	want := must(evaluate.Compare(m.Objective, val, test, dense))(t)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(evaluate.Report{}, "Sessions"), cmpopts.EquateNaNs(), cmp.Comparer(func(a, b jsonfloat.Float) bool {
		x, y := float64(a), float64(b)
		return math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-5*(1+math.Abs(y)) // the device rounds a product of other sizes otherwise
	})); diff != "" {
		t.Error(diff)
	}
	if len(got.Sessions) != 3 || got.Sessions[2].Name != "animal3" || got.Neurons[11].ID != "animal3/sim0003" {
		t.Fatalf("%+v", got.Sessions)
	}
	for k, s := range got.Sessions {
		mean := 0.0
		for _, n := range got.Neurons[4*k : 4*k+4] {
			mean += float64(n.TestCorr) / 4
		}
		if s.Neurons != 4 || math.Abs(mean-float64(s.TestCorr)) > 1e-9 {
			t.Errorf("session %s: %+v, mean of its neurons %g", s.Name, s, mean)
		}
	}
}

// What a fit keeps of several sessions is the record of the sessions, and the scores of one are those of its own images alone.
func TestScoresOfSessions(t *testing.T) {
	data := must(formats.Open(animals))(t)
	run := open(t, plant(t, runfolder.Describe(data)), fitted.Options{})
	got := must(run.Scores(t.Context()))(t)
	m := must(run.Model())(t)
	predictions := must(run.SessionPredictions(t.Context(), fitted.Test))(t)
	for k, session := range data.Sessions {
		all := must(run.Rates(t.Context(), session.Test.Images))(t)
		allVal := must(run.Rates(t.Context(), session.Val.Images))(t)
		cut := func(r datasets.Responses) datasets.Responses {
			own := datasets.Responses{N: r.N, Neurons: 4}
			for i := range r.N {
				own.Values = append(own.Values, r.At(i)[4*k:4*k+4]...)
			}
			return own
		}
		if p, want := predictions[k], cut(all); p.N != want.N || p.Neurons != 4 || !cmp.Equal(p.Values, want.Values, cmpopts.EquateApprox(1e-5, 1e-6)) {
			t.Errorf("session %s: predictions of %d images, %d neurons", session.Session, p.N, p.Neurons)
		}
		want := must(evaluate.Compare(m.Objective, cut(allVal), cut(all), session))(t)
		if s := got.Sessions[k]; math.Abs(float64(s.TestCorr-want.TestCorr)) > 1e-6 || math.Abs(float64(s.ValLoss/want.ValLoss)-1) > 1e-6 || math.Abs(float64(s.Ceiling-want.Ceiling)) > 1e-9 {
			t.Errorf("session %s: %+v, want %+v", s.Name, s, want)
		}
	}
}
