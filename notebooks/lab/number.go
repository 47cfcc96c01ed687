package lab

import (
	"fmt"
	"math"
	"strconv"

	"v1lab/notebooks/display"
	"v1lab/v1model"
	"v1lab/v1model/evaluate"
)

// Int returns a notebook's parameter as a whole number. It ends the cell if the parameter is no whole number or is below least.
func Int(name string, fallback, least int) int {
	text := Param(name, strconv.Itoa(fallback))
	v, err := strconv.Atoi(text)
	if err != nil || v < least {
		display.Check(fmt.Errorf("parameter %s: found %q; accepted: a whole number from %d", name, text, least))
	}
	return v
}

// FitSettings returns the settings of a notebook's fit: those in set, separated by semicolons, and, if steps is not empty, the number of steps by the name
// that the schedule of config has for it: fit.max_steps, or fit.steps of one cycle.
func FitSettings(config, set, steps string) []string {
	settings := Settings(set)
	if steps == "" {
		return settings
	}
	if v, err := strconv.Atoi(steps); err != nil || v < 1 {
		display.Check(fmt.Errorf("parameter steps: found %q; accepted: a whole number from 1", steps))
	}
	plan := Must(Must(v1model.Load(config, settings...)).Fit.Plan())
	name, _ := plan.Last()
	return append(settings, name+"="+steps)
}

// Show formats a number with a verb of package fmt. NaN, which stands for a number that was not measured, becomes "unknown".
func Show[F ~float64](verb string, v F) string {
	if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
		return "unknown"
	}
	return fmt.Sprintf(verb, float64(v))
}

// Scores returns a sentence with the test correlation of a run, its ceiling and the share of the ceiling.
func Scores(e *evaluate.Report) string {
	text := "test correlation " + Show("%.3f", e.TestCorr)
	if math.IsNaN(float64(e.Ceiling)) {
		return text + "; its ceiling is unknown, as no test image was shown twice"
	}
	return text + fmt.Sprintf(", ceiling %.3f: %s %% of what can be reached", float64(e.Ceiling), Show("%.1f", 100*e.FractionOfCeiling))
}
