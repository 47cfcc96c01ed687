package core

import (
	"fmt"

	"v1lab/v1model/kinds"
)

// CNN is a core with ordinary filters, which do not turn: the paper's control.
const CNN = "cnn"

func init() {
	Register(kinds.About{Name: CNN, Summary: "ordinary filters, not equivariant; they may have gaps (core.dilations)"}, conventions{
		first: 0, variable: "weights", startSD: 0.01, normDecay: 0.98, gaps: true,
		check: func(c Config) error {
			switch {
			case c.Rotations != 1:
				return fmt.Errorf("core.rotations: %d, must be 1 where core.kind is cnn, whose filters do not turn", c.Rotations)
			case c.SharedBiases:
				return fmt.Errorf("core.shared_biases: true, must be false where core.kind is cnn, which has no orientations to share them")
			}
			return nil
		},
		canonical: func(c Config) Config {
			c.Upsampling, c.Interpolation = 0, ""
			return c
		},
		shape: pixels,
	}.kind())
}
