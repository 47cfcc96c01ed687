package simulated

import (
	"math"
	"math/rand/v2"
)

// patch is the side, in pixels, of the square that a neuron sees; its receptive field always lies inside.
const patch = 15

// computation is the function that all neurons of a type compute, up to orientation, position, gain and baseline.
type computation struct {
	name string
	// filters at orientation theta, centred at (x, y) of the patch
	filters func(theta, x, y float64) [][]float32
	// respond combines the filters' outputs into a drive that is never negative
	respond func(f []float64) float64
	// mean and variance of the drive over DeadLeaves
	mean, variance float64
	oriented       bool
	// draw, if not nil, returns a computation of the neuron's own; those above are then empty
	draw func(*rand.Rand) computation
}

// Orientation theta is the direction along the bars of a filter, counter-clockwise as displayed; rows run downwards.
var computations = []computation{
	{
		// Half-rectified Gabor: an edge, dark on one side.
		name: "simple", oriented: true, mean: 0.43, variance: 0.56,
		filters: func(theta, x, y float64) [][]float32 {
			return [][]float32{gabor(theta, x, y, 6.5, 1.7, 2.3, math.Pi/2)}
		},
		respond: func(f []float64) float64 { return max(0, f[0]) },
	},
	{
		// Amplitude of a quadrature pair, independent of the grating's phase.
		name: "complex", oriented: true, mean: 0.80, variance: 0.49,
		filters: func(theta, x, y float64) [][]float32 {
			return [][]float32{gabor(theta, x, y, 4.5, 1.5, 2, 0), gabor(theta, x, y, 4.5, 1.5, 2, math.Pi/2)}
		},
		respond: func(f []float64) float64 { return math.Hypot(f[0], f[1]) },
	},
	{
		// Bright spot on a dark surround.
		name: "centre-surround", mean: 0.38, variance: 0.39,
		filters: func(_, x, y float64) [][]float32 { return [][]float32{spot(x, y, 1.1, 2)} },
		respond: func(f []float64) float64 { return max(0, f[0]) },
	},
	{
		// Both arms of a corner must be present: two amplitudes at a right angle, each shifted outwards along its own arm.
		name: "corner", oriented: true, mean: 0.74, variance: 0.315,
		filters: func(theta, x, y float64) [][]float32 {
			const out = 1.9
			sin, cos := math.Sincos(theta)
			return [][]float32{
				gabor(theta, x+out*cos, y-out*sin, 5, 1.3, 1.5, 0),
				gabor(theta, x+out*cos, y-out*sin, 5, 1.3, 1.5, math.Pi/2),
				gabor(theta+math.Pi/2, x-out*sin, y-out*cos, 5, 1.3, 1.5, 0),
				gabor(theta+math.Pi/2, x-out*sin, y-out*cos, 5, 1.3, 1.5, math.Pi/2),
			}
		},
		respond: func(f []float64) float64 {
			return math.Sqrt(math.Hypot(f[0], f[1]) * math.Hypot(f[2], f[3]))
		},
	},
	{
		// Amplitude at one orientation, divided by that at right angles.
		name: "cross-suppressed", oriented: true, mean: 0.77, variance: 0.415,
		filters: func(theta, x, y float64) [][]float32 {
			return [][]float32{
				gabor(theta, x, y, 7.5, 2, 2, 0), gabor(theta, x, y, 7.5, 2, 2, math.Pi/2),
				gabor(theta+math.Pi/2, x, y, 7.5, 2, 2, 0), gabor(theta+math.Pi/2, x, y, 7.5, 2, 2, math.Pi/2),
			}
		},
		respond: func(f []float64) float64 {
			const half = 0.6 // of the suppressor's mean amplitude over DeadLeaves
			return math.Hypot(f[0], f[1]) / (half + math.Hypot(f[2], f[3]))
		},
	},
	// The following types are not simulated by default.
	{
		// Half-rectified even Gabor: a bright bar between dark ones.
		name: "bar", oriented: true, mean: 0.335, variance: 0.34,
		filters: func(theta, x, y float64) [][]float32 {
			return [][]float32{gabor(theta, x, y, 6, 1.7, 2.3, 0)}
		},
		respond: func(f []float64) float64 { return max(0, f[0]) },
	},
	{
		// Dark spot on a bright surround.
		name: "off-centre", mean: 0.365, variance: 0.38,
		filters: func(_, x, y float64) [][]float32 { return [][]float32{spot(x, y, 1.1, 2)} },
		respond: func(f []float64) float64 { return max(0, -f[0]) },
	},
	{
		// Amplitude in the middle, divided by those beyond both ends of the bars (end inhibition).
		name: "end-stopped", oriented: true, mean: 0.69, variance: 0.335,
		filters: func(theta, x, y float64) [][]float32 {
			const out = 4.2
			sin, cos := math.Sincos(theta)
			return pairs(theta, 5, 1.5, 1.3, [2]float64{x, y}, [2]float64{x + out*cos, y - out*sin}, [2]float64{x - out*cos, y + out*sin})
		},
		respond: inhibited,
	},
	{
		// Two amplitudes at a right angle in the same place must both be present.
		name: "cross", oriented: true, mean: 1.15, variance: 0.55,
		filters: func(theta, x, y float64) [][]float32 {
			at := [2]float64{x, y}
			return append(pairs(theta, 6.5, 1.6, 3, at), pairs(theta+math.Pi/2, 6.5, 1.6, 3, at)...)
		},
		respond: func(f []float64) float64 {
			return math.Sqrt(math.Hypot(f[0], f[1]) * math.Hypot(f[2], f[3]))
		},
	},
	{
		// Amplitude in the middle, divided by those of the same orientation on both sides of the bars (side inhibition).
		name: "side-inhibited", oriented: true, mean: 0.665, variance: 0.4,
		filters: func(theta, x, y float64) [][]float32 {
			const out = 4.2
			sin, cos := math.Sincos(theta)
			return pairs(theta, 4, 1.2, 1.8, [2]float64{x, y}, [2]float64{x - out*sin, y - out*cos}, [2]float64{x + out*sin, y + out*cos})
		},
		respond: inhibited,
	},
	// No type: no two neurons compute the same.
	{name: Continuum, oriented: true, draw: drawContinuum},
}

// mostFilters is the largest number of filters of a computation.
const mostFilters = 6

// usual is the number of computations, from the first, that a recording has by default.
const usual = 5

// inhibited divides the amplitude of the first quadrature pair by the amplitudes of the other two (De Valois, Thorell and Albrecht, 1985).
func inhibited(f []float64) float64 {
	const half = 0.4 // about half of the inhibiting amplitudes' mean over DeadLeaves
	return math.Hypot(f[0], f[1]) / (half + (math.Hypot(f[2], f[3])+math.Hypot(f[4], f[5]))/2)
}

// pairs returns quadrature pairs of gabor at several places (x, y).
func pairs(theta, period, across, along float64, places ...[2]float64) [][]float32 {
	var filters [][]float32
	for _, at := range places {
		filters = append(filters, gabor(theta, at[0], at[1], period, across, along, 0), gabor(theta, at[0], at[1], period, across, along, math.Pi/2))
	}
	return filters
}

// TypeNames lists the types that a recording has by default.
func TypeNames() []string { return AllTypeNames()[:usual:usual] }

// AllTypeNames lists the types that the simulator knows, the default ones first.
func AllTypeNames() []string {
	names := make([]string, len(computations))
	for i, c := range computations {
		names[i] = c.name
	}
	return names
}

// gabor returns a grating of the given period under a Gaussian envelope with standard deviations across and along its bars, in pixels.
// Phase 0 is a bright bar at the centre. The filter sums to zero and has unit energy.
func gabor(theta, x, y, period, across, along, phase float64) []float32 {
	sin, cos := math.Sincos(theta)
	return filter(func(column, row float64) (value, envelope float64) {
		dx, dy := column-x, y-row // dy upwards
		u, v := dx*cos+dy*sin, dy*cos-dx*sin
		envelope = math.Exp(-(u*u/(along*along) + v*v/(across*across)) / 2)
		return envelope * math.Cos(2*math.Pi*v/period-phase), envelope
	})
}

// spot returns a Gaussian centre minus a Gaussian surround of the same weight.
func spot(x, y, centre, surround float64) []float32 {
	return filter(func(column, row float64) (value, envelope float64) {
		square := (column-x)*(column-x) + (row-y)*(row-y)
		envelope = math.Exp(-square / (2 * surround * surround))
		return math.Exp(-square / (2 * centre * centre)), envelope
	})
}

// filter samples a function on the patch, subtracts a multiple of the envelope so that the sum is zero, and scales to unit energy.
func filter(at func(column, row float64) (value, envelope float64)) []float32 {
	values, envelopes := make([]float64, patch*patch), make([]float64, patch*patch)
	var sum, weight, energy float64
	for i := range values {
		values[i], envelopes[i] = at(float64(i%patch), float64(i/patch))
		sum += values[i]
		weight += envelopes[i]
	}
	for i := range values {
		values[i] -= envelopes[i] * sum / weight
		energy += values[i] * values[i]
	}
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v / math.Sqrt(energy))
	}
	return out
}
