package readout

import (
	"fmt"
	"slices"
	"strings"
)

// JointL1 is the paper's readout: its penalty is the sum over neurons of (sum |mask|) * (sum |feature weights|).
const JointL1 = "joint_l1"

// Kinds lists the accepted values of Config.Kind.
var Kinds = []string{JointL1}

// Config describes a readout.
type Config struct {
	Kind             string  `yaml:"kind"`
	Sparsity         float64 `yaml:"sparsity"`          // weight of the penalty
	PositiveFeatures bool    `yaml:"positive_features"` // feature weights are used as |w|
}

// Validate names the first field whose value can't be used.
func (c Config) Validate() error {
	if !slices.Contains(Kinds, c.Kind) {
		return fmt.Errorf("readout.kind: %q, accepted: %s", c.Kind, strings.Join(Kinds, ", "))
	}
	if !(c.Sparsity >= 0) {
		return fmt.Errorf("readout.sparsity: %g, must be at least 0", c.Sparsity)
	}
	return nil
}
