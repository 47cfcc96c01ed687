package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"v1lab/notebooks/display"
	"v1lab/notebooks/neurons"
	"v1lab/notebooks/report"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
)

// Browse shows an HTML browser of neurons: a slider, a list and the arrow keys select a neuron. It shows mask, receptive field, feature weights,
// correlations, group and cluster, and most exciting images and tuning if the run folder has them: call MEIs or Tuning before. The browser needs no
// kernel. Without arguments it has all neurons, those with most exciting images or tuning first. It has at most neurons.Max neurons, and says if
// others are left out.
func (r *Run) Browse(chosen ...int) {
	b := r.Browser(chosen...)
	display.HTML(string(Must(b.HTML())), fmt.Sprintf("%d neurons of %s, to be browsed in JupyterLab", len(b.Neurons), r.Path))
}

// Browser returns the browser that Browse shows.
func (r *Run) Browser(chosen ...int) *neurons.Browser {
	of, note := r.Dataset.Shape.Neurons, ""
	for i, n := range chosen {
		if n < 0 || n >= of || slices.Index(chosen, n) < i {
			display.Check(fmt.Errorf("neuron browser: found neuron %d as number %d; accepted: 0 to %d, each once", n, i, of-1))
		}
	}
	k := Must(r.Kept())
	if len(chosen) == 0 {
		for n := range of {
			chosen = append(chosen, n)
		}
		known := make([]int, of)
		for _, m := range k.MEIs {
			for _, n := range m.Neurons {
				known[n] |= 2
			}
		}
		for _, t := range k.Tuning {
			for _, n := range t.Optimal.Neurons {
				known[n] |= 1
			}
		}
		slices.SortStableFunc(chosen, func(a, b int) int { return known[b] - known[a] })
	}
	if many := len(chosen); many > neurons.Max {
		chosen = chosen[:neurons.Max]
		note = fmt.Sprintf("The first %d of %d neurons. r.Browse(r.Neurons(\"%d-%d\", 1)...) shows others.", neurons.Max, many, neurons.Max, min(2*neurons.Max, of)-1)
	}
	p := report.Portrait{
		Readout: Must(r.Run.Readout()), Silence: Must(r.Silence()), Layout: r.Layout(), Fields: r.ReceptiveFields(chosen, nil),
		Truth: r.Truth(),
	}
	if _, without := r.Recording(); without == nil {
		p.Scores = r.Evaluate()
	}
	if c, err := r.Run.Cluster(context.Background(), features.Options{Seed: r.Config.Fit.Seed}); !errors.Is(err, fitted.ErrUnturned) {
		p.Clusters = Must(c, err).Labels
	}
	p.MEIs, p.Inhibiting, p.Tuning = k.MEIs, k.Inhibiting, k.Tuning
	b := Must(report.Browser(p))
	b.Note = note
	return b
}
