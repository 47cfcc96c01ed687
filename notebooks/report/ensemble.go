package report

import (
	"fmt"
	"math"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/fitted"
)

// EnsembleTable returns a table of the scores of an ensemble's runs and of their mean rates, the ensemble last.
func EnsembleTable(r *evaluate.Report, a *fitted.Agreement) (header []string, rows [][]string) {
	for _, m := range a.Members {
		rows = append(rows, []string{m.Run, fmt.Sprintf("%.4f", float64(m.TestCorr)), fmt.Sprintf("%.5g", float64(m.ValLoss))})
	}
	rows = append(rows, []string{ensembleOf(len(a.Members)), fmt.Sprintf("%.4f", float64(r.TestCorr)), fmt.Sprintf("%.5g", float64(r.ValLoss))})
	return []string{"run", "test correlation", "validation loss"}, rows
}

func ensembleOf(n int) string { return fmt.Sprintf("ensemble of %d", n) }

// EnsembleScores draws the test correlations of an ensemble's runs above that of their mean rates. r and a are what fitted.Ensemble.Scores returns.
func EnsembleScores(r *evaluate.Report, a *fitted.Agreement) (*figures.Figure, error) {
	runs := figures.ModelScores{Name: "single runs"}
	for i, m := range a.Members {
		runs.Corr = append(runs.Corr, float64(m.TestCorr))
		if m.ValLoss < a.Members[runs.Best].ValLoss {
			runs.Best = i
		}
	}
	return figures.Comparison([]figures.ModelScores{runs, {Name: ensembleOf(len(a.Members)), Corr: []float64{float64(r.TestCorr)}}}, float64(r.Ceiling))
}

// EnsembleSpread draws how far the runs of an ensemble disagree about each neuron: the SD between their rates over the mean rate, both averaged over images.
// rates and spread are what fitted.Ensemble.Predictions returns. Neurons whose mean rate is not above 0 are left out. It is an error for a single run.
func EnsembleSpread(rates, spread datasets.Responses) (*figures.Figure, error) {
	if len(spread.Values) != len(rates.Values) || spread.Neurons == 0 {
		return nil, fmt.Errorf("spread of an ensemble: found %d values for %d rates; accepted: those of two or more runs", len(spread.Values), len(rates.Values))
	}
	of := make([]float64, rates.Neurons)
	for n := range of {
		rate, sd := 0.0, 0.0
		for i := n; i < len(rates.Values); i += rates.Neurons {
			rate, sd = rate+float64(rates.Values[i]), sd+float64(spread.Values[i])
		}
		if of[n] = sd / rate; !(rate > 0) {
			of[n] = math.NaN()
		}
	}
	return figures.Histogram(figures.Distribution{Label: "SD between runs / mean rate", Parts: []figures.Sample{{Name: "neurons", Values: of}}})
}
