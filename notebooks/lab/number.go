package lab

import (
	"fmt"
	"math"
	"strconv"

	"v1lab/notebooks/display"
	"v1lab/v1model/evaluate"
)

// Int returns a notebook's parameter that is a whole number from least on, or ends the cell.
func Int(name string, fallback, least int) int {
	text := Param(name, strconv.Itoa(fallback))
	v, err := strconv.Atoi(text)
	if err != nil || v < least {
		display.Check(fmt.Errorf("parameter %s: found %q; accepted: a whole number from %d", name, text, least))
	}
	return v
}

// FitSettings are the settings of a notebook's fit: those in the parameter set, and the cap on its steps if the parameter steps is not empty.
func FitSettings(set, steps string) []string {
	settings := Settings(set)
	if steps == "" {
		return settings
	}
	if v, err := strconv.Atoi(steps); err != nil || v < 1 {
		display.Check(fmt.Errorf("parameter steps: found %q; accepted: a whole number from 1", steps))
	}
	return append(settings, "fit.max_steps="+steps)
}

// Show writes a number with a verb of fmt, or that it is unknown: what is not measured is NaN.
func Show[F ~float64](verb string, v F) string {
	if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
		return "unknown"
	}
	return fmt.Sprintf(verb, float64(v))
}

// Scores says how well a run predicts the test part, and what could be reached.
func Scores(e *evaluate.Report) string {
	text := "test correlation " + Show("%.3f", e.TestCorr)
	if math.IsNaN(float64(e.Ceiling)) {
		return text + "; its ceiling is unknown, as no test image was shown twice"
	}
	return text + fmt.Sprintf(", ceiling %.3f: %s %% of what can be reached", float64(e.Ceiling), Show("%.1f", 100*e.FractionOfCeiling))
}
