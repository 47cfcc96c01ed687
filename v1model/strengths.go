package v1model

import "v1lab/v1model/weights"

// penalised is a core or readout whose penalties are weighed by weights.Nodes.Weigh with the strengths that it lists. Others have constants in their
// graphs.
type penalised interface {
	PenaltyStrengths() []weights.Strength
}

// PenaltyStrengths lists the strengths of the penalties that a fit may give to the compiled step as arguments (weights.Nodes.WithStrengths), so that fits
// that differ in them alone share it.
func (m *Model) PenaltyStrengths() (all []weights.Strength) {
	for _, part := range []any{m.Core, m.Readout} {
		if p, ok := part.(penalised); ok {
			all = append(all, p.PenaltyStrengths()...)
		}
	}
	return all
}
