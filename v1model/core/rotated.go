package core

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"v1lab/v1model/kinds"
)

// Rotated is a core with ordinary filters that are rotated on the pixel grid; Config.Interpolation says how.
const Rotated = "rotated"

// Ways of rotating filters on the pixel grid.
const (
	Nearest  = "nearest"  // nearest neighbour, as in the paper's code; its gradient is a nearest-neighbour rotation back
	Bilinear = "bilinear" // interpolation of the four neighbours; its gradient is exact
)

// Interpolations lists the accepted values of Config.Interpolation.
var Interpolations = []string{Nearest, Bilinear}

func init() {
	Register(kinds.About{Name: Rotated, Summary: "rotation-equivariant, ordinary filters rotated on the pixel grid (core.interpolation)"}, stackKind{
		firstLayer: 1, variable: "weights", startSD: 0.1, normDecay: 0.95, gamma: true,
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
		variableShape: pixels,
		rotate: func(l *layer, c Config) error {
			for r := range l.rotations {
				angle := 2 * math.Pi * float64(r) / float64(l.rotations)
				if c.Interpolation == Bilinear {
					l.rotationTable = append(l.rotationTable, bilinearRotation(l.size, angle)...)
					continue
				}
				forth, back := nearestRotation(l.size, angle)
				l.rotationTable, l.gradientTable = append(l.rotationTable, forth...), append(l.gradientTable, back...)
			}
			return nil
		},
	}.kind())
}
