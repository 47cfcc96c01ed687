package core

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"v1lab/v1model/kinds"
)

// Rotated is a core whose ordinary filters turn on the pixel grid, by Interpolation.
const Rotated = "rotated"

// Ways of turning filters on the pixel grid.
const (
	Nearest  = "nearest"  // nearest neighbour, as the paper's code does; its gradient is a nearest-neighbour turn back
	Bilinear = "bilinear" // between the four neighbours; its gradient is exact
)

// Interpolations lists the accepted values of Config.Interpolation.
var Interpolations = []string{Nearest, Bilinear}

func init() {
	Register(kinds.About{Name: Rotated, Summary: "rotation-equivariant, ordinary filters turned on the pixel grid (core.interpolation)"}, conventions{
		first: 1, variable: "weights", startSD: 0.1, normDecay: 0.95, gamma: true,
		check: func(c Config) error {
			if c.Interpolation != "" && !slices.Contains(Interpolations, c.Interpolation) {
				return fmt.Errorf("core.interpolation: %q, accepted: %s", c.Interpolation, strings.Join(Interpolations, ", "))
			}
			return nil
		},
		canonical: func(c Config) Config {
			c.Upsampling, c.Interpolation = 0, cmp.Or(c.Interpolation, Nearest)
			return c
		},
		shape: pixels,
		turn: func(l *layer, c Config) error {
			for r := range l.rotations {
				angle := 2 * math.Pi * float64(r) / float64(l.rotations)
				if c.Interpolation == Bilinear {
					l.turns = append(l.turns, bilinearTurn(l.size, angle)...)
					continue
				}
				forth, back := nearestTurn(l.size, angle)
				l.turns, l.back = append(l.turns, forth...), append(l.back, back...)
			}
			return nil
		},
	}.kind())
}
