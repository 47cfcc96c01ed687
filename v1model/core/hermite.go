package core

import (
	"fmt"
	"math"

	"v1lab/v1model/hermite"
	"v1lab/v1model/kinds"
)

// Hermite is the paper's core (section 3): filters are sums of Hermite functions times a Gaussian, and turn exactly in that basis.
const Hermite = "hermite"

func init() {
	Register(kinds.About{Name: Hermite, Summary: "rotation-equivariant, filters in a steerable Hermite basis (Ecker et al., ICLR 2019)"}, conventions{
		first: 1, variable: "coeffs", startSD: 0.1, normDecay: 0.9, gamma: true,
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
		shape: func(l *layer) []int { return []int{l.functions, l.in, l.features} },
		turn:  func(l *layer, c Config) error { return l.rotateBasis(c.Upsampling) },
	}.kind())
}

// rotateBasis tabulates, for each orientation, what a coefficient contributes to each pixel of the filter.
func (l *layer) rotateBasis(upsampling int) error {
	basis, err := hermite.New(l.size, upsampling)
	if err != nil {
		return err
	}
	filters := basis.Filters() // [function][pixel]
	l.functions = len(filters)
	for r := range l.rotations {
		turn := basis.Rotation(2 * math.Pi * float64(r) / float64(l.rotations))
		for pixel := range l.size * l.size {
			for old := range l.functions {
				sum := 0.0
				for k := range filters {
					sum += filters[k][pixel] * turn[k][old]
				}
				l.turns = append(l.turns, float32(sum))
			}
		}
	}
	return nil
}
