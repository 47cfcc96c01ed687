package schedule_test

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"v1lab/v1model/schedule"
)

// Whatever the losses are, the schedule ends, keeps the lowest, and never counts past the cap.
func TestReferenceHolds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := schedule.Settings{
			LearningRate: rapid.Float64Range(1e-4, 1).Draw(r, "learning rate"), ValidateEvery: rapid.IntRange(1, 5).Draw(r, "validate every"),
			Patience: rapid.IntRange(1, 4).Draw(r, "patience"), Stages: rapid.IntRange(1, 3).Draw(r, "stages"), MaxSteps: rapid.IntRange(1, 60).Draw(r, "max steps"),
		}
		draw := rapid.OneOf(rapid.Float64Range(-1, 1), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 0, 0}))
		plan, err := schedule.New("", f)
		if err != nil {
			r.Fatal(err)
		}
		var s schedule.State
		lowest, bestStep, bad := math.Inf(1), 0, 0
		for s.Reason == "" {
			before := s
			s.CountStep()
			validate := plan.ValidationDue(s)
			if s.Steps != before.Steps+1 || s.Counter != before.Counter+1 || s.Counter > f.MaxSteps || s.Counter < 1 {
				r.Fatalf("%+v after %+v", s, before)
			}
			if want := s.Counter%f.ValidateEvery == 0 || s.Counter == f.MaxSteps; validate != want {
				r.Fatalf("validate %v at counter %d", validate, s.Counter)
			}
			if s.Steps > f.MaxSteps+f.Stages*f.Patience*f.ValidateEvery {
				r.Fatalf("%d steps and no end: %+v", s.Steps, s)
			}
			if !validate {
				continue
			}
			loss := draw.Draw(r, "loss")
			reached := s
			d := plan.Record(&s, loss)
			improved := !math.IsNaN(loss) && loss < lowest
			if improved {
				lowest, bestStep, bad = loss, s.Steps, 0
			} else {
				bad++
			}
			if d.Save != improved || d.Save && d.Restore {
				r.Fatalf("%+v for loss %g, lowest %g", d, loss, lowest)
			}
			if s.BestStep != bestStep || bestStep > 0 && s.Best != lowest {
				r.Fatalf("best %g at step %d, want %g at %d", s.Best, s.BestStep, lowest, bestStep)
			}
			switch {
			case reached.Counter == f.MaxSteps: // the best weights are the last ones even so
				if s.Reason != schedule.Cap || d.Restore == improved {
					r.Fatalf("at the cap: %+v, %+v", s, d)
				}
			case bad == f.Patience:
				bad = 0
				if !d.Restore || s.Stage != reached.Stage+1 || s.Counter != reached.Counter-f.Patience*f.ValidateEvery || s.Counter < 0 {
					r.Fatalf("after the stage's end: %+v, %+v", s, d)
				}
				if done := s.Stage == f.Stages; done != (s.Reason == schedule.Converged) {
					r.Fatalf("stage %d of %d: reason %q", s.Stage, f.Stages, s.Reason)
				}
			default:
				if d.Restore || s.Stage != reached.Stage || s.Counter != reached.Counter || s.Reason != "" {
					r.Fatalf("amid a stage: %+v, %+v", s, d)
				}
			}
			if want := f.LearningRate * math.Pow(0.1, float64(s.Stage)); math.Abs(plan.Rate(s)/want-1) > 1e-12 {
				r.Fatalf("learning rate %g in stage %d, want %g", plan.Rate(s), s.Stage, want)
			}
			text, err := json.Marshal(s)
			if err != nil {
				r.Fatal(err)
			}
			var back schedule.State
			if err := json.Unmarshal(text, &back); err != nil || back != s {
				r.Fatalf("%+v comes back from a checkpoint as %+v (%v)", s, back, err)
			}
		}
	})
}

// Losses by hand: two stages with patience 2, validation every 10 steps.
func TestReferenceByHand(t *testing.T) {
	f := schedule.Settings{LearningRate: 0.1, ValidateEvery: 10, Patience: 2, Stages: 2, MaxSteps: 1000}
	plan, err := schedule.New("", f)
	if err != nil {
		t.Fatal(err)
	}
	var s schedule.State
	losses := []float64{5, 3, 4, 4, 2, 2, math.NaN()} // best at 20; back at 40, counter 20; best at 50; end at 70
	for len(losses) > 0 {
		if s.CountStep(); plan.ValidationDue(s) {
			plan.Record(&s, losses[0])
			losses = losses[1:]
		}
		if (s.Reason != "") != (len(losses) == 0) {
			t.Fatalf("%+v with %d losses to come", s, len(losses))
		}
	}
	if want := (schedule.State{Counter: 30, Steps: 70, Stage: 2, Best: 2, BestStep: 50, Reason: schedule.Converged}); s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
}
