package study

import (
	"fmt"
	"slices"

	"v1lab/v1model/core"
	"v1lab/v1model/experiments/compare"
)

// SearchReport tells how the readout sparsity of the plain CNNs was chosen: by the lowest validation loss of one fit for each value.
type SearchReport struct {
	Model  string  `json:"model"`  // the plain CNN it was tried with, that beside the main model
	Tried  []Tried `json:"tried"`  // fits of the search
	Chosen float64 `json:"chosen"` // readout.sparsity with the lowest validation loss
}

// Tried is a readout sparsity and its fit.
type Tried struct {
	Sparsity float64     `json:"sparsity"` // readout.sparsity
	Fit      compare.Fit `json:"fit"`
}

func searchName(n int, sparsity float64) string {
	return fmt.Sprintf("%s-sparsity%g", cnnName(n), sparsity)
}

// addSearch adds the conditions of the plan's search.
func (b *builder) addSearch() {
	for _, sparsity := range b.plan.Search {
		c := b.add(Condition{Name: searchName(b.plan.Main, sparsity), FirstSeedOnly: true}, b.models.cnn(b.plan.Main))
		c.Config.Readout.Sparsity = sparsity
	}
}

// bySeeds divides conditions into those of the search, which have one seed, those that have as many as were asked for, and the hard ones, if those have more.
func (p *Plan) bySeeds(conditions []Condition, seeds int) (once, others, hard []Condition) {
	for _, c := range conditions {
		switch {
		case c.FirstSeedOnly:
			once = append(once, c)
		case c.Hard && p.HardSeeds > seeds:
			hard = append(hard, c)
		default:
			others = append(others, c)
		}
	}
	return once, others, hard
}

// plain tells whether a condition is a plain CNN, whose readout sparsity is set by the search.
func (c Condition) plain() bool { return c.Config.Core.Kind == core.CNN }

// applySearch chooses the best of the search's conditions and returns the other conditions with its readout sparsity. Without a search they stay unchanged.
func (w *studyRun) applySearch(once, others []Condition) ([]Condition, *SearchReport) {
	if len(once) == 0 {
		return others, nil
	}
	r := &SearchReport{Model: cnnName(w.plan.Main)}
	for _, c := range once {
		r.Tried = append(r.Tried, Tried{c.Config.Readout.Sparsity, w.outcomes[c.Name][0].Fit})
	}
	best := slices.MinFunc(r.Tried, func(a, b Tried) int {
		switch {
		case a.Fit.ValLoss < b.Fit.ValLoss:
			return -1
		case a.Fit.ValLoss > b.Fit.ValLoss:
			return 1
		}
		return 0
	})
	r.Chosen = best.Sparsity
	others = slices.Clone(others)
	for i := range others {
		if others[i].plain() {
			others[i].Config.Readout.Sparsity = r.Chosen
		}
	}
	return others, r
}

// caveat says what of the plain CNNs was chosen, and what was not.
func (r *SearchReport) caveat() string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf(" The plain CNNs' readout sparsity, %g, is the best of %d; their other settings are the equivariant models', where the paper searched all of each model's at random and gave plain CNNs a patience of 10.",
		r.Chosen, len(r.Tried))
}

func (r *SearchReport) table() Table {
	t := Table{
		Title:  "The plain CNNs' readout sparsity",
		Note:   fmt.Sprintf("Chosen by the validation loss of one fit of %s with each, seed 1: all plain CNNs of this study have %g.", r.Model, r.Chosen),
		Header: []string{"readout.sparsity", "validation loss", "test correlation"},
	}
	for _, f := range r.Tried {
		t.Rows = append(t.Rows, []string{fmt.Sprintf("%g", f.Sparsity), digits(float64(f.Fit.ValLoss)), digits(float64(f.Fit.TestCorr))})
	}
	return t
}
