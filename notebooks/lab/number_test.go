package lab_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"v1lab/notebooks/lab"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/jsonfloat"
)

// What was not measured is called unknown, in words that make a sentence.
func TestUnknownNumbers(t *testing.T) {
	unknown := jsonfloat.Float(math.NaN())
	for want, got := range map[string]string{
		"unknown": lab.Show("%.2f", unknown), "0.25": lab.Show("%.2f", 0.25), "3": lab.Show("%.0f", jsonfloat.Float(3)),
		"test correlation 0.500, ceiling 0.800: 62.5 % of what can be reached":             lab.Scores(&evaluate.Report{TestCorr: 0.5, Ceiling: 0.8, FractionOfCeiling: 0.625}),
		"test correlation 0.500; its ceiling is unknown, as no test image was shown twice": lab.Scores(&evaluate.Report{TestCorr: 0.5, Ceiling: unknown, FractionOfCeiling: unknown}),
		"test correlation unknown, ceiling 0.800: unknown % of what can be reached":        lab.Scores(&evaluate.Report{TestCorr: unknown, Ceiling: 0.8, FractionOfCeiling: unknown}),
		"fit.batch=3 fit.max_steps=9 fit.max_steps=50":                                     strings.Join(lab.FitSettings("quickstart", "fit.batch=3; fit.max_steps=9", "50"), " "),
		"fit.batch=3 fit.steps=50": strings.Join(lab.FitSettings("quickstart@3", "fit.batch=3", "50"), " "),
		"fit.schedule=one_cycle fit.peak_rate=0.01 fit.steps=9 fit.steps=50": strings.Join(
			lab.FitSettings("quickstart", "fit.schedule=one_cycle; fit.peak_rate=0.01; fit.steps=9", "50"), " "),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := lab.FitSettings("quickstart@3", "fit.batch=3", ""); !slices.Equal(got, []string{"fit.batch=3"}) {
		t.Errorf("without a cap: %v", got)
	}
}
