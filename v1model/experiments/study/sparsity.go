package study

import (
	"fmt"
	"slices"
	"strings"
)

// Sparsity is the part on how few features neurons use.
const Sparsity = "sparsity"

var sparsity = part{
	name: Sparsity,
	fits: func(b *builder) {
		b.add(Condition{Name: Dense}, b.models.control(Dense, b.plan.Main))
		for _, n := range b.plan.Features {
			b.add(Condition{Name: equivariantName(n)}, b.models.equivariant(n))
		}
		n := slices.Max(b.plan.Features)
		b.add(Condition{Name: denseName(n, b.plan.Main)}, b.models.control(Dense, n))
	},
	report: func(w *reporter, r *Report) { r.Sparsity = w.sparsity() },
	tables: func(r *Report) []Table {
		if r.Sparsity == nil {
			return nil
		}
		return []Table{sparsityTable(r.Sparsity)}
	},
	claims: func(r *Report) []Claim {
		if len(r.Sparsity) == 0 {
			return nil
		}
		return []Claim{fewShared(r.Sparsity), sparseUse(r.Sparsity)}
	},
}

// SparsityRow is how a model's neurons use its features.
type SparsityRow struct {
	Model    string `json:"model"`     // name of the model
	Features int    `json:"of"`        // features
	Corr     Spread `json:"test_corr"` // mean over neurons
	Clean    Spread `json:"clean"`     // share of neurons with more than half of their power in one feature
	Active   Spread `json:"active"`    // features with more than 5 % of a neuron's power, mean over neurons
	Shared   Spread `json:"shared"`    // smallest number of features that are the strongest of 90 % of the neurons
	Dead     Spread `json:"dead"`      // neurons silent in training or without weights, which the others leave out
}

func denseName(n, main int) string {
	if n == main {
		return Dense
	}
	return fmt.Sprintf("%s-%d", Dense, n)
}

// sparse names the fits of Sparsity: models of every number of features, and the dense controls of the main one and of that of most features.
func (p *Plan) sparse() []string {
	var names []string
	for _, n := range p.Features {
		names = append(names, equivariantName(n))
	}
	names = append(names, Dense)
	if n := slices.Max(p.Features); n != p.Main {
		names = append(names, denseName(n, p.Main))
	}
	return names
}

func (w *reporter) sparsity() []SparsityRow {
	var rows []SparsityRow
	for _, name := range w.sparse() {
		outcomes := w.outcomes[name]
		use := func(f func(*Use) float64) Spread {
			return spreadOver(outcomes, func(o *Outcome) float64 { return f(o.Use) })
		}
		rows = append(rows, SparsityRow{
			Model: name, Features: outcomes[0].Use.Features, Corr: spreadOver(outcomes, testCorr),
			Clean:  use(func(u *Use) float64 { return float64(u.Clean) }),
			Active: use(func(u *Use) float64 { return float64(u.Active) }),
			Shared: use(func(u *Use) float64 { return float64(u.Shared) }),
			Dead:   use(func(u *Use) float64 { return float64(u.Dead) }),
		})
	}
	return rows
}

func sparsityTable(rows []SparsityRow) Table {
	t := Table{
		Title: "Sparsity of the readout",
		Note: "Clean neurons have one feature above half of their power; active features have more than 5 %, mean over neurons. " +
			"Features of 90 %: how many it takes to have the strongest one of 90 % of the neurons. Dead neurons, silent in training or without weights, do not count. Of two features one always has half of the power.",
		Header: []string{"model", "features", "test correlation", "clean neurons", "active features", "features of 90 %", "dead neurons"},
	}
	for _, r := range rows {
		t.Rows = append(t.Rows, []string{r.Model, fmt.Sprint(r.Features), r.Corr.String(), r.Clean.String(), r.Active.String(), r.Shared.String(), orDash("%.1f", float64(r.Dead.Mean))})
	}
	return t
}

// fewShared judges each number of features by itself.
func fewShared(rows []SparsityRow) Claim {
	models, dense := controls(rows)
	var v verdicts
	for _, row := range models {
		text := fmt.Sprintf("%s of %d", tenths(row.Shared.Mean), row.Features)
		if control, ok := dense[row.Features]; ok {
			text += fmt.Sprintf(" (dense readout %s)", tenths(control.Shared.Mean))
		}
		v.add(row.Features, float64(row.Shared.Mean) <= float64(row.Features)/2, text)
	}
	return Claim{Name: "few features are shared by many neurons", Holds: v.holds(), Text: "It holds for a number of features if at most half of them are enough to have the strongest one of 90 % of the neurons, mean over fits: " + v.text() + "."}
}

// sparseUse judges each number of features by itself, from 3: of two features one always has half of the power.
func sparseUse(rows []SparsityRow) Claim {
	models, dense := controls(rows)
	var v verdicts
	for _, row := range models {
		if row.Features < 3 {
			continue
		}
		holds := row.Clean.Mean > 0.5
		text := fmt.Sprintf("%s clean, %s active", wholePercent(row.Clean.Mean), tenths(row.Active.Mean))
		if control, ok := dense[row.Features]; ok {
			holds = holds && row.Active.Mean < control.Active.Mean && row.Clean.Mean > control.Clean.Mean
			text += fmt.Sprintf(" (dense readout %s, %s)", wholePercent(control.Clean.Mean), tenths(control.Active.Mean))
		}
		v.add(row.Features, holds, text)
	}
	return Claim{Name: "neurons use few of them", Holds: v.holds(), Text: "It holds for a number of features if over half of the neurons are clean (one feature has over half of their power) and, where there is a dense control, " +
		"more are clean and fewer features active than with it: " + v.text() + ". The paper has 62 % clean and 3 active of 16, 8 with the dense readout."}
}

// controls divides the rows into models by number of features, in their order, and the dense controls.
func controls(rows []SparsityRow) (models []SparsityRow, dense map[int]SparsityRow) {
	dense = map[int]SparsityRow{}
	for _, row := range rows {
		if strings.HasPrefix(row.Model, Dense) {
			dense[row.Features] = row
		} else {
			models = append(models, row)
		}
	}
	return models, dense
}
