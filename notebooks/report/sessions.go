//go:build !v1lab_engine

package report

import (
	"math"

	"v1lab/notebooks/figures"
	"v1lab/v1model/experiments/sessions"
)

// Sessions draws the test correlations of every model on every recording, with that of ridge regression below them.
func Sessions(r *sessions.Report) (*figures.Figure, error) {
	var rows []figures.ModelScores
	for _, recording := range r.Recordings {
		for _, s := range recording.Models {
			row := figures.ModelScores{Name: recording.Name + "  " + s.Name}
			best := math.Inf(1)
			for i, f := range s.Fits {
				row.Corr = append(row.Corr, float64(f.TestCorr))
				if float64(f.ValLoss) < best {
					best, row.Best = float64(f.ValLoss), i
				}
			}
			rows = append(rows, row)
		}
		rows = append(rows, figures.ModelScores{Name: recording.Name + "  ridge", Corr: []float64{float64(recording.Ridge.Corr.Mean)}})
	}
	return figures.Comparison(rows, math.NaN())
}
