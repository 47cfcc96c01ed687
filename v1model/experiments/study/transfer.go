package study

import (
	"fmt"
	"slices"

	"v1lab/datasets/stats"
	"v1lab/v1model/jsonfloat"
)

// Transfer is the part on cores for neurons that they were not fitted to.
const Transfer = "transfer"

var transfer = part{
	name: Transfer,
	fits: func(b *builder) {
		main := b.models.equivariant(b.plan.Main)
		for _, k := range b.plan.Every {
			b.add(Condition{Name: transferName(k)}, b.models.transfer(b.plan.Main, k))
		}
		if b.plan.Second == "" {
			return
		}
		for _, share := range append(slices.Clone(b.plan.Shares), 1) {
			b.add(Condition{Name: subsetName(keptName, share), Data: b.plan.Second, Share: share, CoreOf: equivariantName(b.plan.Main)}, main)
			b.add(Condition{Name: subsetName(wholeName, share), Data: b.plan.Second, Share: share}, main)
		}
	},
	report: func(w *reporter, r *Report) { r.Transfer = w.transfer() },
	tables: func(r *Report) []Table {
		if r.Transfer == nil {
			return nil
		}
		return r.Transfer.tables()
	},
}

// TransferReport tells how well cores predict neurons that they were not fitted to.
type TransferReport struct {
	Neurons []TransferRow   `json:"neurons"` // of the same recording
	Second  []ReusedCoreRow `json:"second"`  // another recording
	Gain    jsonfloat.Float `json:"gain"`    // how many times the images a fit of everything needs to reach what a kept core does with the fewest
	Within  bool            `json:"within"`  // false: gain is only a lower bound, because it lies outside the shares that were fitted
}

// TransferRow is a core that learned from every k-th neuron. Each Spread is over seeds, of the mean test correlation over neurons.
type TransferRow struct {
	Every       int    `json:"every"`       // k: the core learned from every k-th neuron
	Learned     int    `json:"learned"`     // neurons the core learned from
	Trained     Spread `json:"trained"`     // of these
	Transferred Spread `json:"transferred"` // of the others
	AllTrained  Spread `json:"all_trained"` // the trained ones where the core learned from all
	AllOthers   Spread `json:"all_others"`  // the others, likewise
}

// ReusedCoreRow holds the scores of fits to another recording with a share of its training images.
type ReusedCoreRow struct {
	Share  float64 `json:"share"`
	Images int     `json:"images"`
	Kept   Spread  `json:"kept"`  // the readout alone was fitted, the core is that of the first recording
	Whole  Spread  `json:"whole"` // everything was fitted
}

func transferName(every int) string { return fmt.Sprintf("transfer-%d", every) }

const (
	keptName  = "second-kept"  // the core of the main model, on the second recording
	wholeName = "second-whole" // all fitted to the second recording
)

func (w *reporter) transfer() *TransferReport {
	r := &TransferReport{}
	main := w.outcomes[equivariantName(w.Main)]
	for _, k := range w.Every {
		// mean over the neurons that the core learned from, or over the others
		mean := func(learned bool) func(*Outcome) float64 {
			return func(o *Outcome) float64 {
				var some []float64
				for n, v := range o.Corr {
					if (n%k == 0) == learned {
						some = append(some, float64(v))
					}
				}
				return stats.Mean(some)
			}
		}
		dealt := w.outcomes[transferName(k)]
		r.Neurons = append(r.Neurons, TransferRow{
			k, (len(dealt[0].Corr) + k - 1) / k, spreadOver(dealt, mean(true)), spreadOver(dealt, mean(false)), spreadOver(main, mean(true)), spreadOver(main, mean(false)),
		})
	}
	if w.Second == "" {
		return r
	}
	var shares, whole []float64
	for _, share := range append(append([]float64{}, w.Shares...), 1) {
		a, b := w.outcomes[subsetName(keptName, share)], w.outcomes[subsetName(wholeName, share)]
		f := ReusedCoreRow{share, a[0].Images, spreadOver(a, testCorr), spreadOver(b, testCorr)}
		r.Second = append(r.Second, f)
		shares, whole = append(shares, share), append(whole, float64(f.Whole.Mean))
	}
	share, within := shareAt(shares, whole, float64(r.Second[0].Kept.Mean))
	r.Gain, r.Within = jsonfloat.Float(share/shares[0]), within
	return r
}

func (r *TransferReport) tables() []Table {
	dealt := Table{
		Title: "Cores that learned from some neurons",
		Note: "The core learns from every k-th neuron; all have a readout. Test correlation, mean over the neurons that the core learned from and over the others, " +
			"beside what the same neurons reach with the core that learned from all." + r.changing(),
		Header: []string{"k", "neurons learned from", "these", "the others", "these, core of all", "the others, core of all"},
	}
	for _, d := range r.Neurons {
		dealt.Rows = append(dealt.Rows, []string{fmt.Sprint(d.Every), fmt.Sprint(d.Learned), d.Trained.String(), d.Transferred.String(), d.AllTrained.String(), d.AllOthers.String()})
	}
	if len(r.Second) == 0 {
		return []Table{dealt}
	}
	second := Table{
		Title:  "A core kept for another recording",
		Note:   "Test correlation on a second recording with a share of its training images: with the core of the first recording kept as it is and the readout alone fitted, and with everything fitted. " + r.gain(),
		Header: []string{"share of the images", "images", "core kept", "everything fitted", "difference"},
	}
	for _, p := range r.Second {
		second.Rows = append(second.Rows, []string{percent(p.Share), fmt.Sprint(p.Images), p.Kept.String(), p.Whole.String(), digits(float64(p.Kept.Mean - p.Whole.Mean))})
	}
	return []Table{dealt, second}
}

// changing warns of reading a column from top to bottom.
func (r *TransferReport) changing() string {
	if len(r.Neurons) == 0 {
		return ""
	}
	last := r.Neurons[len(r.Neurons)-1]
	return fmt.Sprintf(" Which neurons these are changes with k, at k = %d the core saw %d: their mean is to be read beside that of the same neurons with the core of all, not from row to row.", last.Every, last.Learned)
}

// gain says what a kept core saves.
func (r *TransferReport) gain() string {
	least := r.Second[0].Images
	switch {
	case r.Within && float64(r.Gain) > 1:
		return fmt.Sprintf("Fitting everything takes %.1f times the images to predict as well as the kept core does with %d.", float64(r.Gain), least)
	case r.Within || float64(r.Gain) <= 1:
		return fmt.Sprintf("With %d images the kept core has no advantage.", least)
	}
	return fmt.Sprintf("Fitting everything with %.0f times the images does not predict as well as the kept core does with %d.", float64(r.Gain), least)
}
