package study

import (
	"fmt"
	"math"
	"strings"

	"v1lab/v1model/compare"
)

// Claim is one of the paper's and how it fares here.
type Claim struct {
	Name  string `json:"name"`
	Holds bool   `json:"holds"`
	Text  string `json:"text"` // our figure
}

// claims states those that the parts at hand tell about.
func (r *Report) claims() []Claim {
	var all []Claim
	if p := r.Performance; p != nil {
		all = append(all, betterPrediction(p))
	}
	if e := r.Efficiency; e != nil {
		all = append(all, betterEfficiency(e))
	}
	if len(r.Sparsity) > 0 {
		all = append(all, fewShared(r.Sparsity), sparseUse(r.Sparsity))
	}
	return all
}

func betterPrediction(p *PerformanceReport) Claim {
	main := p.Table.Models[0]
	var best compare.Row
	found, ahead := false, 0
	consider := func(row compare.Row) {
		if !found || row.MeanCorr > best.MeanCorr {
			best, found = row, true
		}
	}
	for _, row := range p.Table.Models {
		if strings.HasPrefix(row.Name, "cnn-") {
			consider(row)
		}
	}
	for _, s := range p.Curve {
		consider(s.CNN)
		if s.Equivariant.MeanCorr > s.CNN.MeanCorr {
			ahead++
		}
	}
	gap := float64(main.MeanCorr - best.MeanCorr)
	return Claim{"better prediction", gap > 0, fmt.Sprintf(
		"test correlation %s with %s, %s with the best plain CNN (%s): a difference of %+.3f. With as many maps in every layer, the equivariant model is ahead for %d of %d numbers of features.",
		pm(main.MeanCorr, main.SDCorr), main.Name, pm(best.MeanCorr, best.SDCorr), best.Name, gap, ahead, len(p.Curve))}
}

func betterEfficiency(e *EfficiencyReport) Claim {
	ahead := 0
	for _, p := range e.Points {
		if p.Equivariant.Mean > p.CNN.Mean {
			ahead++
		}
	}
	first, last := e.Points[0], e.Points[len(e.Points)-1]
	text := fmt.Sprintf("ahead of the plain CNN with as many maps at %d of %d shares of the training images, by %+.3f with %d images and %+.3f with all %d.", ahead, len(e.Points),
		float64(first.Equivariant.Mean-first.CNN.Mean), first.Images, float64(last.Equivariant.Mean-last.CNN.Mean), last.Images)
	switch {
	case e.Within:
		text += fmt.Sprintf(" It needs %.0f %% of the images to predict as the CNN does with all.", 100*float64(e.Needs))
	case float64(e.Needs) < 1:
		text += fmt.Sprintf(" Less than %g %% of the images are enough to predict as the CNN does with all.", 100*float64(e.Needs))
	default:
		text += " With all images it does not reach the CNN."
	}
	return Claim{"better data efficiency", ahead == len(e.Points), text}
}

func fewShared(rows []SparsityRow) Claim {
	row := rows[0]
	for _, other := range rows {
		if other.Model != Dense && other.Of > row.Of {
			row = other
		}
	}
	shared := float64(row.Shared.Mean)
	return Claim{"few features are shared by many neurons", shared <= float64(row.Of)/2, fmt.Sprintf(
		"of %d features, %.1f are enough to have the strongest one of 90 %% of the neurons (mean over fits).", row.Of, shared)}
}

func sparseUse(rows []SparsityRow) Claim {
	main, dense := rows[0], rows[len(rows)-1]
	return Claim{"neurons use few of them", main.Active.Mean < dense.Active.Mean && main.Clean.Mean > 0.5, fmt.Sprintf(
		"%.0f %% of the neurons are clean (one feature has over half of their power), and a neuron uses %.1f of %d features; with the dense readout %.0f %% and %.1f. The paper has 62 %%, 3 and 8 of 16.",
		100*float64(main.Clean.Mean), float64(main.Active.Mean), main.Of, 100*float64(dense.Clean.Mean), float64(dense.Active.Mean))}
}

// pm writes a mean with its SD, if there is one.
func pm[T ~float64](mean, sd T) string {
	text := digits(float64(mean))
	if !math.IsNaN(float64(sd)) {
		text += " \u00b1 " + digits(float64(sd))
	}
	return text
}

// digits writes three after the point, a dash for what does not exist.
func digits(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "\u2013"
	}
	return strings.Replace(fmt.Sprintf("%.3f", v), "-", "\u2212", 1)
}
