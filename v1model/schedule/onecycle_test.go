package schedule_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/v1model/schedule"
)

func oneCycle(t testing.TB, s schedule.Settings) schedule.Schedule {
	t.Helper()
	plan, err := schedule.New(schedule.OneCycle, s)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// The formula by hand: 10 steps, of which 2 rise.
func TestOneCycleByHand(t *testing.T) {
	plan := oneCycle(t, schedule.Settings{PeakRate: 1, Warmup: 0.2, ValidateEvery: 4, Steps: 10})
	half := func(k float64) float64 { return 0.005 + 0.995*(1+math.Cos(math.Pi*k/7))/2 }
	want := []float64{1. / 3, 2. / 3, 1, half(1), half(2), half(3), half(4), half(5), half(6), 0.005}
	var s schedule.State
	for i, rate := range want {
		if got := plan.Rate(s); math.Abs(got-rate) > 1e-15 {
			t.Errorf("step %d: rate %g, want %g", i, got, rate)
		}
		s.CountStep()
		if due := plan.ValidationDue(s); due != (s.Steps == 4 || s.Steps == 8 || s.Steps == 10) {
			t.Errorf("after step %d: validation due %v", s.Steps, due)
		}
	}
}

// Whatever the losses are: all steps are made, or fewer with patience; the rate rises to its peak, reaches it, and falls to 0.5 % of it.
func TestOneCycleHolds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := schedule.Settings{PeakRate: rapid.Float64Range(1e-4, 1).Draw(r, "peak"), ValidateEvery: rapid.IntRange(1, 9).Draw(r, "validate every"),
			Warmup: rapid.SampledFrom([]float64{0, 0.1, 0.5, 0.9}).Draw(r, "warmup"), Patience: rapid.IntRange(0, 3).Draw(r, "patience"), Steps: rapid.IntRange(1, 80).Draw(r, "steps")}
		draw := rapid.OneOf(rapid.Float64Range(-1, 1), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 0}))
		plan := oneCycle(t, f)
		var s schedule.State
		var rates []float64
		lowest, best, bad := math.Inf(1), 0, 0
		for s.Reason == "" {
			rates = append(rates, plan.Rate(s))
			if s.CountStep(); !plan.ValidationDue(s) {
				continue
			}
			loss := draw.Draw(r, "loss")
			d := plan.Record(&s, loss)
			if improved := !math.IsNaN(loss) && loss < lowest; improved {
				lowest, best, bad = loss, s.Steps, 0
			} else {
				bad++
			}
			over := s.Steps == f.Steps || f.Patience > 0 && bad == f.Patience
			if d.Save != (bad == 0) || d.Restore != (over && bad > 0) || (s.Reason != "") != over || s.BestStep != best || plan.Stage(s) != 0 {
				r.Fatalf("%+v, %+v after loss %g, %d without improvement", s, d, loss, bad)
			}
		}
		if complete := s.Steps == f.Steps; complete != (s.Reason == schedule.Complete) || s.Steps != s.Counter {
			r.Fatalf("%+v of %d steps", s, f.Steps)
		}
		peak := 0
		for i, rate := range rates {
			if !(rate > 0 && rate <= f.PeakRate) {
				r.Fatalf("step %d: rate %g, peak %g", i, rate, f.PeakRate)
			}
			if rate > rates[peak] {
				peak = i
			}
		}
		for i := 1; i < len(rates); i++ {
			if (rates[i] > rates[i-1]) != (i <= peak) {
				r.Fatalf("step %d: rate %g after %g, peak at step %d", i, rates[i], rates[i-1], peak)
			}
		}
		if s.Steps == f.Steps && f.Steps > 10 && f.Warmup < 0.9 && (rates[peak] != f.PeakRate || math.Abs(rates[len(rates)-1]/f.PeakRate-0.005) > 1e-12) {
			r.Fatalf("peak %g of %g, end %g", rates[peak], f.PeakRate, rates[len(rates)-1])
		}
	})
}

func TestNewRefuses(t *testing.T) {
	reference := schedule.Settings{LearningRate: 1, ValidateEvery: 1, Patience: 1, Stages: 1, MaxSteps: 1}
	cycle := schedule.Settings{PeakRate: 1, ValidateEvery: 1, Steps: 10}
	for _, c := range []struct {
		name   string
		of     schedule.Settings
		change func(*schedule.Settings)
		want   string
	}{
		{"", reference, func(s *schedule.Settings) { s.LearningRate = 0 }, "fit.learning_rate: 0, must be above 0"},
		{"", reference, func(s *schedule.Settings) { s.LearningRate = math.NaN() }, "fit.learning_rate: NaN, must be above 0"},
		{"", reference, func(s *schedule.Settings) { s.Patience = 0 }, "fit.patience: 0, must be at least 1"},
		{"reference", reference, func(s *schedule.Settings) { s.PeakRate = 2 }, "fit.peak_rate: 2, the schedule reference has no use for it; accepted: fit.validate_every, fit.learning_rate, fit.patience, fit.stages, fit.max_steps"},
		{"one_cycle", cycle, func(s *schedule.Settings) { s.Stages = 2 }, "fit.stages: 2, the schedule one_cycle has no use for it; accepted: fit.validate_every, fit.peak_rate, fit.steps, fit.warmup, fit.patience"},
		{"one_cycle", cycle, func(s *schedule.Settings) { s.LearningRate = 0.1 }, "fit.learning_rate: 0.1, the schedule one_cycle has no use"},
		{"one_cycle", cycle, func(s *schedule.Settings) { s.PeakRate = 0 }, "fit.peak_rate: 0, must be above 0 (fit.schedule: one_cycle)"},
		{"one_cycle", cycle, func(s *schedule.Settings) { s.Steps = 0 }, "fit.steps: 0, must be at least 1 (fit.schedule: one_cycle)"},
		{"one_cycle", cycle, func(s *schedule.Settings) { s.ValidateEvery = 0 }, "fit.validate_every: 0, must be at least 1"},
		{"one_cycle", cycle, func(s *schedule.Settings) { s.Warmup = 1 }, "fit.warmup: 1, must be below 1"},
		{"one_cycle", cycle, func(s *schedule.Settings) { s.Warmup = -0.1 }, "fit.warmup: -0.1, must be above 0, or left out"},
		{"one_cycle", cycle, func(s *schedule.Settings) { s.Patience = -1 }, "fit.patience: -1, must be at least 1, or left out"},
		{"one-cycle", cycle, func(*schedule.Settings) {}, `fit.schedule: "one-cycle", accepted: one_cycle, reference`},
	} {
		c.change(&c.of)
		if _, err := schedule.New(c.name, c.of); err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s, %+v: %v, want %s", c.name, c.of, err, c.want)
		}
	}
}
