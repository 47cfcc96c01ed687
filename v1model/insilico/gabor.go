package insilico

import (
	"fmt"
	"math"
)

// Gabor is a grating in a Gaussian window, with the reference's formula:
//
//	contrast/2 * exp(-(u^2 + v^2) / (2 (size/4)^2)) * cos(2 pi frequency u + phase)
//
// u = cos(o) x - sin(o) y and v = sin(o) x + cos(o) y, where o is the orientation, and x points right and y down from the centre. Values are in units of
// normalised images; the grey background is 0. The orientation is the direction of the wave vector, counter-clockwise from the right as displayed; bars lie
// across, 90 degrees from it. A simulated neuron's true orientation is that of its bars.
type Gabor struct {
	X, Y        float64 // centre, pixels
	Size        float64 // 4 SDs of the envelope, pixels
	Frequency   float64 // cycles per pixel
	Contrast    float64
	Orientation float64 // of the wave vector, radians; Bars is that of the bars
	Phase       float64 // radians
}

// Bars is the direction along the bars in radians, 0 to below pi.
func (g Gabor) Bars() float64 { return alongBars(g.Orientation) }

// alongBars returns the direction of bars, 0 to below pi, whose wave has a direction.
func alongBars(wave float64) float64 {
	bars := math.Mod(wave+math.Pi/2, math.Pi)
	if bars < 0 {
		bars += math.Pi
	}
	if math.Pi-bars < 1e-9 { // rounding
		bars = 0
	}
	return bars
}

func (g Gabor) values() [7]float64 {
	return [7]float64{g.X, g.Y, g.Size, g.Frequency, g.Contrast, g.Orientation, g.Phase}
}

// Grid is a set of Gabors, one for every combination of its values. Their index runs fastest over phases, then over orientations, contrasts, frequencies,
// sizes, y and x.
type Grid struct {
	X, Y         []float64
	Sizes        []float64
	Frequencies  []float64 // cycles per pixel, or per size if PerSize
	PerSize      bool
	Contrasts    []float64
	Orientations []float64
	Phases       []float64
}

// PaperGrid is the grid of the paper's code: 18432 Gabors at each position.
func PaperGrid(x, y []float64) Grid {
	return Grid{X: x, Y: y, Sizes: Geometric(8, 1.25, 8), Frequencies: Geometric(1/1.3, 1.3, 4), PerSize: true,
		Contrasts: Geometric(0.125, 2, 6), Orientations: Periodic(math.Pi, 12), Phases: Periodic(2*math.Pi, 8)}
}

// SmallGrid covers the same ranges with 1/24 of the Gabors, for small images and slow processors.
func SmallGrid(x, y []float64) Grid {
	return Grid{X: x, Y: y, Sizes: Geometric(6, 1.5, 4), Frequencies: Geometric(1/1.3, 1.3, 4), PerSize: true,
		Contrasts: []float64{4}, Orientations: Periodic(math.Pi, 8), Phases: Periodic(2*math.Pi, 6)}
}

// Geometric lists n values: first, first*by, first*by*by, ...
func Geometric(first, by float64, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = first * math.Pow(by, float64(i))
	}
	return values
}

// Periodic lists n evenly spaced values from 0 to before period.
func Periodic(period float64, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = period * float64(i) / float64(n)
	}
	return values
}

// Range lists the integers from first to before end.
func Range(first, end int) []float64 {
	var values []float64
	for i := first; i < end; i++ {
		values = append(values, float64(i))
	}
	return values
}

// axes are the grid's values, slowest first.
func (g Grid) axes() [7][]float64 {
	return [7][]float64{g.X, g.Y, g.Sizes, g.Frequencies, g.Contrasts, g.Orientations, g.Phases}
}

// Len is the number of Gabors.
func (g Grid) Len() int {
	n := 1
	for _, a := range g.axes() {
		n *= len(a)
	}
	return n
}

// At returns the Gabor with an index from 0 to Len()-1.
func (g Grid) At(index int) Gabor {
	var v [7]float64
	axes := g.axes()
	for i := len(axes) - 1; i >= 0; i-- {
		v[i] = axes[i][index%len(axes[i])]
		index /= len(axes[i])
	}
	if g.PerSize {
		v[3] /= v[2]
	}
	return Gabor{v[0], v[1], v[2], v[3], v[4], v[5], v[6]}
}

// Validate returns an error that names the first axis with an unusable value.
func (g Grid) Validate() error {
	for i, name := range []string{"x", "y", "sizes", "frequencies", "contrasts", "orientations", "phases"} {
		axis := g.axes()[i]
		if len(axis) == 0 {
			return fmt.Errorf("gabors: %s: none; at least 1 is needed", name)
		}
		for _, v := range axis {
			if math.IsNaN(v) || math.IsInf(v, 0) || v <= 0 && name == "sizes" {
				return fmt.Errorf("gabors: %s: %g; accepted: finite numbers, sizes above 0", name, v)
			}
		}
	}
	if n := g.Len(); n > math.MaxInt32 {
		return fmt.Errorf("gabors: %d of them; accepted: at most %d", n, math.MaxInt32)
	}
	return nil
}

// Plaid is the sum of Gabors.
type Plaid []Gabor
