package webpage

import (
	"context"
	"fmt"

	"v1lab/notebooks/neurons"
	"v1lab/notebooks/report"
)

// browse adds a browser of the run's first neurons, up to neurons.Max.
func (a *analysed) browse(ctx context.Context) error {
	s, err := a.run.Subject(ctx)
	if err != nil {
		return err
	}
	kept, err := a.run.Kept()
	if err != nil {
		return err
	}
	p := report.Portrait{MEIs: kept.MEIs, Inhibiting: kept.Inhibiting, Diverse: kept.Diverse, Tuning: kept.Tuning, Scores: a.scores, Clusters: a.found.Labels, Types: a.types, Truth: a.run.Truth()}
	if p.Readout, err = a.run.Readout(); err != nil {
		return err
	}
	if p.Silence, err = a.run.Silence(); err != nil {
		return err
	}
	if p.Layout, err = report.LayoutOf(ctx, a.run); err != nil {
		return err
	}
	some := make([]int, min(a.weight.Neurons, neurons.Max))
	for n := range some {
		some[n] = n
	}
	if p.Fields, err = s.Fields(ctx, some, nil, nil); err != nil {
		return err
	}
	b, err := report.Browser(p)
	if err != nil {
		return err
	}
	if len(some) < a.weight.Neurons {
		b.Note = fmt.Sprintf("The first %d of %d neurons.", len(some), a.weight.Neurons)
	}
	a.Browser, err = b.HTML()
	return err
}
