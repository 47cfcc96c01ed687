package schedule

import (
	"math"

	"v1lab/v1model/kinds"
)

// OneCycle is the name of the schedule with one cycle of the learning rate.
const OneCycle = "one_cycle"

// lowest is the share of the peak rate that one cycle ends with.
const lowest = 0.005

// defaultWarmup is the share of the steps over which the rate rises, if fit.warmup is not set.
const defaultWarmup = 0.1

// One cycle of the learning rate over a fixed number of steps, after Smith & Topin: of n steps, counted from 0, the first m = Warmup n rise evenly to the
// peak, and the others fall along a cosine to 0.5 % of it,
//
//	peak (i + 1)/(m + 1)                                                for i < m
//	peak (0.005 + 0.995 (1 + cos(pi (i - m)/(n - 1 - m)))/2)            from i = m on
//
// With Patience, the fit ends early after that many validations without improvement.
func init() {
	registry.Register(kinds.About{Name: OneCycle, Summary: "fit.steps steps: the rate rises to fit.peak_rate over the first tenth (fit.warmup), then falls along a cosine to 0.5 % of it (Smith & Topin, 2018)"},
		Kind{
			Needs: []string{"peak_rate", "steps"}, Takes: []string{"warmup", "patience"},
			Peak: func(s Settings) (string, float64) { return "fit.peak_rate", s.PeakRate },
			Rate: func(s Settings, state State) float64 { return s.PeakRate * oneCycle(state.Counter, s.Steps, s.Warmup) },
			Last: func(s Settings) (string, int) { return "fit.steps", s.Steps },
			Plateau: func(s Settings, state *State) bool {
				if s.Patience == 0 || state.Bad < s.Patience {
					return false
				}
				state.Reason = Converged
				return true
			},
		})
}

// oneCycle is the rate of step i of n, counted from 0, as a share of the peak.
func oneCycle(i, n int, warmup float64) float64 {
	if warmup == 0 {
		warmup = defaultWarmup
	}
	m := int(math.Round(warmup * float64(n)))
	if i < m {
		return float64(i+1) / float64(m+1)
	}
	fallen := float64(i-m) / float64(max(n-1-m, 1))
	return lowest + (1-lowest)*(1+math.Cos(math.Pi*min(fallen, 1)))/2
}
