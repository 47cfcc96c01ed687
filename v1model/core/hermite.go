package core

import (
	"fmt"
	"math"

	"v1lab/v1model/hermite"
	"v1lab/v1model/kinds"
)

// Hermite is the paper's core (section 3). Filters are sums of Hermite functions times a Gaussian, a basis in which they can be rotated exactly.
const Hermite = "hermite"

func init() {
	Register(kinds.About{Name: Hermite, Summary: "rotation-equivariant, filters in a steerable Hermite basis (Ecker et al., ICLR 2019)"}, stackKind{
		firstLayer: 1, variable: "coeffs", startSD: 0.1, normDecay: 0.9, gamma: true,
		check: func(c Config) error {
			if c.Upsampling < 1 {
				return fmt.Errorf("core.upsampling: %d, must be at least 1", c.Upsampling)
			}
			return nil
		},
		canonical: func(c Config) Config {
			c.Interpolation = ""
			return c
		},
		variableShape: func(l *layer) []int { return []int{l.functions, l.in, l.features} },
		rotate:        func(l *layer, c Config) error { return l.rotateBasis(c.Upsampling) },
	}.kind())
}

// rotateBasis fills in rotationTable: what each coefficient contributes to each pixel of the filter, for each orientation.
func (l *layer) rotateBasis(upsampling int) error {
	basis, err := hermite.New(l.size, upsampling)
	if err != nil {
		return err
	}
	filters := basis.Filters() // [function][pixel]
	l.functions = len(filters)
	for r := range l.rotations {
		rotation := basis.Rotation(2 * math.Pi * float64(r) / float64(l.rotations))
		for pixel := range l.size * l.size {
			for old := range l.functions {
				sum := 0.0
				for k := range filters {
					sum += filters[k][pixel] * rotation[k][old]
				}
				l.rotationTable = append(l.rotationTable, float32(sum))
			}
		}
	}
	return nil
}
