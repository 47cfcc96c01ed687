package readout

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// PenaltyStrengths lists the strengths of the penalties of all kinds, by their fields. A fit gives them to the compiled step as arguments.
func (c Config) PenaltyStrengths() []weights.Strength {
	return []weights.Strength{
		{Name: "sparsity", Value: c.Sparsity}, {Name: "mask_sparsity", Value: c.MaskSparsity}, {Name: "feature_sparsity", Value: c.FeatureSparsity},
		{Name: "feature_l2", Value: c.FeatureL2}, {Name: "types.weight", Value: c.Types.Weight},
	}
}

// Term is a term of the penalty weighed by the config's field of this name, one of PenaltyStrengths. It panics with an error if there is none, as graph-building
// functions do.
func (c Config) Term(w weights.Nodes, field string, term *Node) Term {
	for _, s := range c.PenaltyStrengths() {
		if s.Name == field {
			return Term{field, w.Weigh(term, s)}
		}
	}
	panic(fmt.Errorf("readout: no field %q weighs a penalty; accepted: those of PenaltyStrengths", field))
}

// PenaltyStrengths are those of the config.
func (r Weighted) PenaltyStrengths() []weights.Strength { return r.Config.PenaltyStrengths() }
