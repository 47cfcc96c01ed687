//go:build !v1lab_engine

package report

import (
	"math"
	"strings"

	"v1lab/notebooks/figures"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/experiments/study"
	"v1lab/v1model/jsonfloat"
)

// Names of lines, the same in all figures of a study.
const (
	equivariant = "equivariant"
	plainCNN    = "plain CNN, as many maps"
)

// SizeCurves draws validation loss and test correlation over the number of features.
func SizeCurves(p *study.PerformanceReport) (*figures.Figure, error) {
	nan := math.NaN()
	loss := figures.TrendPanel{XLabel: "Features", YLabel: "Validation loss", Log: true, Line: nan}
	corr := figures.TrendPanel{XLabel: "Features", YLabel: "Test correlation", Log: true, Line: nan}
	for _, kind := range []struct {
		name string
		of   func(study.Size) compare.Row
	}{{equivariant, func(s study.Size) compare.Row { return s.Equivariant }}, {plainCNN, func(s study.Size) compare.Row { return s.CNN }}} {
		a, b := figures.Trend{Name: kind.name}, figures.Trend{Name: kind.name}
		for _, s := range p.Curve {
			var losses, corrs []float64
			for _, f := range kind.of(s).Fits {
				losses, corrs = append(losses, float64(f.ValLoss)), append(corrs, float64(f.TestCorr))
			}
			a.X, a.Values = append(a.X, float64(s.Features)), append(a.Values, losses)
			b.X, b.Values = append(b.X, float64(s.Features)), append(b.Values, corrs)
		}
		loss.Trends, corr.Trends = append(loss.Trends, a), append(corr.Trends, b)
	}
	return figures.Trends(loss, corr)
}

// EfficiencyCurves draws test correlation over the share of the training images.
func EfficiencyCurves(e *study.EfficiencyReport) (*figures.Figure, error) {
	a, b := figures.Trend{Name: equivariant}, figures.Trend{Name: plainCNN}
	for _, p := range e.Points {
		add(&a, p.Share, p.Equivariant)
		add(&b, p.Share, p.CNN)
	}
	return figures.Trends(figures.TrendPanel{XLabel: "Share of the training images", YLabel: "Test correlation", Log: true, Percent: true, Line: math.NaN(), Trends: []figures.Trend{a, b}})
}

// TransferCurves draws test correlation over k, for cores that learned from every k-th neuron. The neurons change with k, so each mean is compared
// with that of the same neurons under a core that learned from all.
func TransferCurves(r *study.TransferReport) (*figures.Figure, error) {
	lines := []figures.Trend{{Name: "learned from"}, {Name: "the others"}, {Name: "learned from, core of all neurons"}, {Name: "the others, core of all neurons"}}
	for _, d := range r.Neurons {
		k := float64(d.Every)
		add(&lines[0], k, d.Trained)
		add(&lines[1], k, d.Transferred)
		add(&lines[2], k, d.AllTrained)
		add(&lines[3], k, d.AllOthers)
	}
	return figures.Trends(figures.TrendPanel{XLabel: "Core learns from every k-th neuron", YLabel: "Test correlation", Log: true, Line: math.NaN(), Trends: lines})
}

// ReuseCurves draws test correlation with a core from another recording and with a fit of everything, over the share of the training images.
func ReuseCurves(r *study.TransferReport) (*figures.Figure, error) {
	a, b := figures.Trend{Name: "core kept, readout fitted"}, figures.Trend{Name: "everything fitted"}
	for _, p := range r.Second {
		add(&a, p.Share, p.Kept)
		add(&b, p.Share, p.Whole)
	}
	return figures.Trends(figures.TrendPanel{XLabel: "Share of the second recording's training images", YLabel: "Test correlation", Log: true, Percent: true, Line: math.NaN(), Trends: []figures.Trend{a, b}})
}

// AgreementCurves draws the agreement of clusters with the true types over the conditions of the study: above with a number of clusters chosen from
// the data, below with the true number. It is an error if the true types are unknown.
func AgreementCurves(rows []study.ClusterRow) (*figures.Figure, error) {
	return figures.Trends(append(agreement(rows, false, "ARI, k chosen"), agreement(rows, true, "ARI, k known")...)...)
}

func agreement(rows []study.ClusterRow, known bool, label string) []figures.TrendPanel {
	var panels []figures.TrendPanel
	for _, c := range []struct {
		condition, label string
		x                func(study.ClusterRow) float64
	}{
		{study.ByImages, "Training images", func(r study.ClusterRow) float64 { return float64(r.Images) }},
		{study.ByNeurons, "Neurons", func(r study.ClusterRow) float64 { return float64(r.Neurons) }},
		{study.ByTypes, "Types", func(r study.ClusterRow) float64 { return float64(r.Types) }},
		{study.BySNR, "Signal-to-noise ratio", func(r study.ClusterRow) float64 { return float64(r.SNR) }},
	} {
		p := figures.TrendPanel{XLabel: c.label, Log: c.condition != study.ByTypes, Line: 0.95, LineName: "0.95", Range: [2]float64{-0.15, 1.05}}
		if len(panels) == 0 {
			p.YLabel = label
		}
		for _, m := range study.Methods() {
			if m.Known != known {
				continue
			}
			t := figures.Trend{Name: strings.TrimSuffix(m.Title, ", k known")}
			for _, row := range sorted(rows, c.condition, c.x) {
				for _, a := range row.Methods {
					if a.Method == m.Name {
						add(&t, c.x(row), a.Truth)
					}
				}
			}
			if len(t.X) > 0 {
				p.Trends = append(p.Trends, t)
			}
		}
		if t := consensus(sorted(rows, c.condition, c.x), c.x); !known && len(t.X) > 0 {
			p.Trends = append(p.Trends, t)
		}
		if len(p.Trends) > 0 && len(p.Trends[0].X) > 1 {
			panels = append(panels, p)
		}
	}
	return panels
}

// consensus is the agreement of the consensus of all fits with the truth, over rows that have one.
func consensus(rows []study.ClusterRow, x func(study.ClusterRow) float64) figures.Trend {
	t := figures.Trend{Name: "consensus of the fits"}
	for _, row := range rows {
		if row.Found != nil && row.Found.Together != nil && row.Types > 1 {
			ari := row.Found.Together.Consensus
			add(&t, x(row), study.Spread{Mean: ari, Values: []jsonfloat.Float{ari}})
		}
	}
	return t
}

// sorted returns the row of the main fit and those of a condition, sorted by its quantity, with each value once.
func sorted(rows []study.ClusterRow, condition string, x func(study.ClusterRow) float64) []study.ClusterRow {
	var some []study.ClusterRow
	for _, row := range rows {
		if row.Change != "" && row.Change != condition {
			continue
		}
		at := 0
		for at < len(some) && x(some[at]) < x(row) {
			at++
		}
		if at < len(some) && x(some[at]) == x(row) {
			continue
		}
		some = append(some[:at:at], append([]study.ClusterRow{row}, some[at:]...)...)
	}
	return some
}

// BestFitCorrelations draws the distributions over neurons of test correlation in the main model's best fit and of ceilings.
func BestFitCorrelations(h study.Histogram) (*figures.Figure, error) {
	ceiling := plain(h.Ceiling)
	for _, c := range ceiling {
		if c == c {
			return figures.CorrelationHistogram(plain(h.Corr), ceiling)
		}
	}
	return figures.CorrelationHistogram(plain(h.Corr), nil)
}

// drawer collects figures until the first error.
type drawer struct {
	figures []Named
	err     error
}

func (d *drawer) draw(name string, f func() (*figures.Figure, error)) {
	if d.err != nil {
		return
	}
	figure, err := f()
	if err != nil {
		d.err = Failure{name, err}
		return
	}
	d.figures = append(d.figures, Named{Name: name, Figure: figure})
}

// Study draws all figures of a study.
func Study(r *study.Report) ([]Named, error) {
	d := &drawer{}
	if p := r.Performance; p != nil {
		d.draw("size", func() (*figures.Figure, error) { return SizeCurves(p) })
		d.draw("models", func() (*figures.Figure, error) { return Comparison(&p.Table) })
		d.draw("neurons", func() (*figures.Figure, error) { return BestFitCorrelations(p.Best) })
	}
	if r.Efficiency != nil {
		d.draw("efficiency", func() (*figures.Figure, error) { return EfficiencyCurves(r.Efficiency) })
	}
	if t := r.Transfer; t != nil {
		d.draw("transfer", func() (*figures.Figure, error) { return TransferCurves(t) })
		if len(t.Second) > 0 {
			d.draw("reuse", func() (*figures.Figure, error) { return ReuseCurves(t) })
		}
	}
	if len(r.Clusters) > 0 && r.Clusters[0].Types > 0 {
		d.draw("agreement", func() (*figures.Figure, error) { return AgreementCurves(r.Clusters) })
	}
	return d.figures, d.err
}

func add(t *figures.Trend, x float64, s study.Spread) {
	t.X, t.Values = append(t.X, x), append(t.Values, plain(s.Values))
}

func plain(numbers []jsonfloat.Float) []float64 {
	out := make([]float64, len(numbers))
	for i, v := range numbers {
		out[i] = float64(v)
	}
	return out
}
