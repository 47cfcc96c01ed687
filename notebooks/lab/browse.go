package lab

import (
	"fmt"
	"slices"

	"v1lab/notebooks/display"
	"v1lab/notebooks/lab/questions"
	"v1lab/notebooks/neurons"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
)

// Browse shows an HTML browser of neurons: a slider, a list and the arrow keys select a neuron. It shows mask, receptive field, feature weights,
// correlations, group and cluster, and most exciting images and tuning if the run folder has them: call MEIs or Tuning before. The browser needs no
// kernel. Without arguments it has all neurons, those with most exciting images or tuning first. It has at most neurons.Max neurons, and says if
// others are left out.
func (r *Run) Browse(chosen ...int) {
	show(r, r.Browser(chosen...))
}

func show(r *Run, b *neurons.Browser) {
	display.HTML(string(Must(b.HTML())), fmt.Sprintf("%d neurons of %s, to be browsed in JupyterLab", len(b.Neurons), r.Path))
}

// Browser returns the browser that Browse shows.
func (r *Run) Browser(chosen ...int) *neurons.Browser { return r.browser(chosen, nil) }

// browser has the neurons on a map if types are given.
func (r *Run) browser(chosen []int, types *celltypes.Analysis) *neurons.Browser {
	of, note := r.Dataset.Shape.Neurons, ""
	for i, n := range chosen {
		if n < 0 || n >= of || slices.Index(chosen, n) < i {
			display.Check(fmt.Errorf("neuron browser: found neuron %d as number %d; accepted: 0 to %d, each once", n, i, of-1))
		}
	}
	if len(chosen) == 0 {
		k := asked(r, questions.Kept, questions.None{})
		for n := range of {
			chosen = append(chosen, n)
		}
		known := make([]int, of)
		for _, m := range slices.Concat(k.MEIs, k.Diverse) {
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
	p := asked(r, questions.Portrait, chosen)
	if types != nil {
		p.Types, p.Clusters = types, types.Clustering.Labels
	}
	b := Must(report.Browser(p))
	b.Note = note
	return b
}
