package fit

import (
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model"
)

// strengthsOf copies the strengths of a model's penalties to an array, [strengths], or to one zero if there are none: arrays have at least one element.
func strengthsOf(m *v1model.Model) *tensors.Tensor {
	all := m.PenaltyStrengths()
	values := make([]float32, max(1, len(all)))
	for i, s := range all {
		values[i] = float32(s.Value)
	}
	return tensors.FromFlatDataAndDimensions(values, len(values))
}
