package study

import (
	"fmt"
	"strings"

	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/jsonfloat"
)

// Performance is the part on models of several sizes and the controls: Fig. 2 and Table 1 of the paper.
const Performance = "performance"

var performance = part{
	name: Performance,
	fits: func(b *builder) {
		b.addSearch()
		for _, n := range b.plan.Features {
			b.add(Condition{Name: equivariantName(n)}, b.models.equivariant(n))
			b.add(Condition{Name: cnnName(n)}, b.models.cnn(n))
		}
		for _, name := range []string{Positive, SharedBiases} {
			b.add(Condition{Name: name}, b.models.control(name, b.plan.Main))
		}
		for _, maps := range b.plan.CNNs {
			b.add(Condition{Name: plainName(maps)}, b.models.plain(maps))
		}
		b.add(Condition{Name: Dense}, b.models.control(Dense, b.plan.Main))
	},
	report: func(w *reporter, r *Report) { r.Performance = w.performance(r.Seeds) },
	tables: func(r *Report) []Table {
		if r.Performance == nil {
			return nil
		}
		return r.Performance.tables()
	},
	claims: func(r *Report) []Claim {
		if r.Performance == nil {
			return nil
		}
		return []Claim{betterPrediction(r.Performance, r.Search)}
	},
}

// PerformanceReport is Fig. 2 and Table 1 of the paper.
type PerformanceReport struct {
	Curve []Size         `json:"curve"` // by number of features
	Table compare.Report `json:"table"` // the main model, its controls, plain CNNs
	Best  Histogram      `json:"best"`  // of the main model's fit with the lowest validation loss
}

// Size is an equivariant model of so many features and the plain CNN with as many maps.
type Size struct {
	Features    int         `json:"features"`    // features in every layer
	Equivariant compare.Row `json:"equivariant"` // the equivariant model
	CNN         compare.Row `json:"cnn"`         // the plain CNN with as many maps
}

// Histogram has each neuron's test correlation and ceiling.
type Histogram struct {
	Run     string            `json:"run"`     // run folder
	Corr    []jsonfloat.Float `json:"corr"`    // [neurons] test correlations
	Ceiling []jsonfloat.Float `json:"ceiling"` // [neurons] ceilings
}

func plainName(maps int) string { return fmt.Sprintf("cnn-of-%d-maps", maps) }

func (w *reporter) performance(seeds int) *PerformanceReport {
	r := &PerformanceReport{}
	for _, n := range w.Features {
		r.Curve = append(r.Curve, Size{n, w.row(equivariantName(n)), w.row(cnnName(n))})
	}
	names := []string{equivariantName(w.Main), Positive, Dense, SharedBiases, cnnName(w.Main)}
	for _, maps := range w.CNNs {
		names = append(names, plainName(maps))
	}
	main := w.outcomes[equivariantName(w.Main)]
	r.Table = compare.Report{Data: w.Data, Seeds: seeds, Ceiling: main[0].Ceiling}
	for _, name := range names {
		r.Table.Models = append(r.Table.Models, w.row(name))
	}
	best := r.Table.Models[0].Best.Run
	for _, o := range main {
		if o.Fit.Run == best {
			r.Best = Histogram{best, o.Corr, o.Ceilings}
		}
	}
	return r
}

func (p *PerformanceReport) tables() []Table {
	curve := Table{
		Title:  "Performance over the number of features",
		Note:   "Each plain CNN has as many feature maps in every layer as the equivariant model beside it has features times orientations. Validation loss and test correlation are means over seeds, with SD.",
		Header: []string{"features", "maps", "validation loss, equivariant", "validation loss, CNN", "test correlation, equivariant", "test correlation, CNN", "of the ceiling, equivariant", "of the ceiling, CNN"},
	}
	for _, s := range p.Curve {
		a, b := s.Equivariant, s.CNN
		curve.Rows = append(curve.Rows, []string{fmt.Sprint(s.Features), fmt.Sprint(a.Maps), loss(a), loss(b), pm(a.MeanCorr, a.SDCorr), pm(b.MeanCorr, b.SDCorr), fraction(a), fraction(b)})
	}
	table := Table{
		Title:  "Models side by side",
		Note:   fmt.Sprintf("Means over seeds, with SD; the last column is the fit with the lowest validation loss. The ceiling is %s.", digits(float64(p.Table.Ceiling))),
		Header: []string{"model", "preset", "maps", "validation loss", "test correlation", "of the ceiling", "best by validation"},
	}
	for _, m := range p.Table.Models {
		table.Rows = append(table.Rows, []string{m.Name, m.Preset, fmt.Sprint(m.Maps), loss(m), pm(m.MeanCorr, m.SDCorr), fraction(m), digits(float64(m.Best.TestCorr))})
	}
	return []Table{curve, table}
}

func loss(m compare.Row) string {
	var values []float64
	for _, f := range m.Fits {
		values = append(values, float64(f.ValLoss))
	}
	s := spreadOf(values)
	return pm(s.Mean, s.SD)
}

func fraction(m compare.Row) string {
	var values []float64
	for _, f := range m.Fits {
		values = append(values, float64(f.FractionOfCeiling))
	}
	return digits(float64(spreadOf(values).Mean))
}

// betterPrediction holds if the main model is ahead of every plain CNN, and each model of the one with as many maps.
func betterPrediction(p *PerformanceReport, s *SearchReport) Claim {
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
	holds := ahead
	if gap > 0 {
		holds++
	}
	return Claim{Name: "better prediction", Holds: verdictOf(holds, len(p.Curve)+1), Text: fmt.Sprintf(
		"test correlation %s with %s, %s with the best plain CNN (%s): a difference of %s. With as many maps in every layer, the equivariant model is ahead for %d of %d numbers of features.",
		pm(main.MeanCorr, main.SDCorr), main.Name, pm(best.MeanCorr, best.SDCorr), best.Name, signed(gap), ahead, len(p.Curve)) + s.caveat()}
}
