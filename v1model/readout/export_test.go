package readout

import (
	"v1lab/datasets"
	"v1lab/v1model/weights"
)

// StartMasksWith is Masked.StartMasks with the noise given, so that it can be the reference's.
func StartMasksWith(r Readout, values weights.Values, train datasets.Part, noise []float64) error {
	return r.(interface {
		startMasks(weights.Values, datasets.Part, []float64) error
	}).startMasks(values, train, noise)
}
