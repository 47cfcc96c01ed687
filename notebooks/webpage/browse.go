package webpage

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"v1lab/notebooks/neurons"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/insilico"
)

// browse adds a browser of a run's neurons, the first neurons.Max of them.
func (a *analysed) browse(backend compute.Backend) error {
	s, err := insilico.Open(backend, a.run.Folder)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // frees memory only
	p := report.Portrait{Scores: a.scores, Clusters: a.found.Labels, Truth: a.run.truth()}
	if p.Readout, err = celltypes.Read(a.run.Folder); err != nil {
		return err
	}
	p.Layout = report.LayoutOf(p.Readout, s)
	some := make([]int, min(a.weight.Neurons, neurons.Max))
	for n := range some {
		some[n] = n
	}
	if p.Fields, err = s.Fields(context.Background(), some, nil, nil); err != nil {
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
