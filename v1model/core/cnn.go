package core

import (
	"fmt"

	"v1lab/v1model/kinds"
)

// CNN is a core with ordinary filters, which are not rotated: the paper's control.
const CNN = "cnn"

func init() {
	Register(kinds.About{Name: CNN, Summary: "ordinary filters, not equivariant; they may have gaps (core.dilations)"}, stackKind{
		firstLayer: 0, variable: "weights", startSD: 0.01, normDecay: 0.98, dilated: true,
		check: func(c Config) error {
			switch {
			case c.Rotations != 1:
				return fmt.Errorf("core.rotations: %d, must be 1 where core.kind is cnn, whose filters are not rotated", c.Rotations)
			case c.SharedBiases:
				return fmt.Errorf("core.shared_biases: true, must be false where core.kind is cnn, which has no orientations to share them")
			}
			return nil
		},
		canonical: func(c Config) Config {
			c.Upsampling, c.Interpolation = 0, ""
			return c
		},
		variableShape: pixels,
	}.kind())
}
