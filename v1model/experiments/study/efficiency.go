package study

import (
	"fmt"
	"math"

	"v1lab/v1model/jsonfloat"
)

// Efficiency is the part on fewer training images: Fig. 3 of the paper.
const Efficiency = "efficiency"

var efficiency = part{
	name: Efficiency,
	fits: func(b *builder) {
		b.addSearch()
		b.add(Condition{Name: cnnName(b.plan.Main)}, b.models.cnn(b.plan.Main))
		for _, share := range b.plan.Shares {
			b.add(Condition{Name: subsetName(equivariantName(b.plan.Main), share), Share: share}, b.models.equivariant(b.plan.Main))
			b.add(Condition{Name: subsetName(cnnName(b.plan.Main), share), Share: share}, b.models.cnn(b.plan.Main))
		}
	},
	report: func(w *reporter, r *Report) { r.Efficiency = w.efficiency(r.Seeds) },
	tables: func(r *Report) []Table {
		if r.Efficiency == nil {
			return nil
		}
		return []Table{r.Efficiency.table()}
	},
	claims: func(r *Report) []Claim {
		if r.Efficiency == nil {
			return nil
		}
		return []Claim{betterEfficiency(r.Efficiency, r.Search)}
	},
}

// EfficiencyReport is Fig. 3 of the paper: test correlation over the number of training images.
type EfficiencyReport struct {
	Points []EfficiencyPoint `json:"points"` // ascending
	Needs  jsonfloat.Float   `json:"needs"`  // share of the images with which the equivariant model predicts as the plain CNN does with all
	Within bool              `json:"within"` // false: needs is only a bound, because it lies outside the shares that were fitted
}

// EfficiencyPoint holds the scores of both models with a share of the training images.
type EfficiencyPoint struct {
	Share       float64 `json:"share"`       // of the training images
	Images      int     `json:"images"`      // number of training images
	Equivariant Spread  `json:"equivariant"` // test correlation of the equivariant model
	CNN         Spread  `json:"cnn"`         // test correlation of the plain CNN
}

func (w *reporter) efficiency(seeds int) *EfficiencyReport {
	r := &EfficiencyReport{}
	var shares, corr []float64
	for _, share := range append(append([]float64{}, w.Shares...), 1) {
		a, b := w.outcomes[subsetName(equivariantName(w.Main), share)], w.outcomes[subsetName(cnnName(w.Main), share)]
		// The clusters may have more seeds than the plain CNN.
		f := EfficiencyPoint{share, a[0].Images, spreadOver(a[:min(seeds, len(a))], testCorr), spreadOver(b, testCorr)}
		r.Points = append(r.Points, f)
		shares, corr = append(shares, share), append(corr, float64(f.Equivariant.Mean))
	}
	share, within := shareAt(shares, corr, float64(r.Points[len(r.Points)-1].CNN.Mean))
	r.Needs, r.Within = jsonfloat.Float(share), within
	return r
}

// shareAt returns the share at which a curve reaches a value, interpolated in the logarithm of the share. If that lies outside the shares, it is the nearest
// end and within is false.
func shareAt(shares, values []float64, value float64) (share float64, within bool) {
	if values[0] >= value {
		return shares[0], values[0] == value
	}
	for i := 1; i < len(values); i++ {
		if values[i] >= value {
			t := (value - values[i-1]) / (values[i] - values[i-1])
			return shares[i-1] * math.Pow(shares[i]/shares[i-1], t), true
		}
	}
	return shares[len(shares)-1], false
}

func (e *EfficiencyReport) table() Table {
	t := Table{
		Title:  "Data efficiency",
		Note:   "Test correlation with a share of the training images. The subsets of one seed are nested, and both models see the same.",
		Header: []string{"share of the images", "images", "equivariant", "plain CNN, as many maps", "difference"},
	}
	for _, p := range e.Points {
		t.Rows = append(t.Rows, []string{percent(p.Share), fmt.Sprint(p.Images), p.Equivariant.String(), p.CNN.String(), digits(float64(p.Equivariant.Mean - p.CNN.Mean))})
	}
	return t
}

// betterEfficiency holds for a share of the images if the equivariant model is ahead of the plain CNN with as many maps.
func betterEfficiency(e *EfficiencyReport, s *SearchReport) Claim {
	ahead := 0
	for _, p := range e.Points {
		if p.Equivariant.Mean > p.CNN.Mean {
			ahead++
		}
	}
	first, last := e.Points[0], e.Points[len(e.Points)-1]
	text := fmt.Sprintf("ahead of the plain CNN with as many maps at %d of %d shares of the training images, by %s with %d images and %s with all %d.", ahead, len(e.Points),
		signed(float64(first.Equivariant.Mean-first.CNN.Mean)), first.Images, signed(float64(last.Equivariant.Mean-last.CNN.Mean)), last.Images)
	switch {
	case e.Within:
		text += fmt.Sprintf(" It needs %.0f %% of the images to predict as the CNN does with all.", 100*float64(e.Needs))
	case first.Equivariant.Mean >= last.CNN.Mean:
		text += fmt.Sprintf(" The fewest images that were fitted, %g %%, are enough to predict as the CNN does with all.", 100*float64(e.Needs))
	default:
		text += " With all images it does not reach the CNN."
	}
	return Claim{Name: "better data efficiency", Holds: verdictOf(ahead, len(e.Points)), Text: text + s.caveat()}
}
