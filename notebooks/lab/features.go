package lab

import (
	"strings"

	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/readout"
)

// denseThreshold is the magnitude above which a weight of a dense readout counts as used, the paper's.
const denseThreshold = 0.003

// Readout reads the run's feature weights. Its name and what counts as used follow from the kind of the readout.
func (r *Run) Readout() report.Readout {
	kind := r.Config.Readout.Kind
	out := report.Readout{Name: strings.NewReplacer("_", " ", "l1", "L1").Replace(kind) + " readout", Weights: Must(celltypes.Read(r.Folder)).Weights, Threshold: features.WeightThreshold}
	if kind == readout.Dense || kind == readout.DenseSeparate {
		out.Threshold = denseThreshold
	}
	return out
}
