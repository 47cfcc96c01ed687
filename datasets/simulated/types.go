package simulated

import "math"

// patch is the side, in pixels, of the square that a neuron sees; its receptive field fits inside wherever the centre lies.
const patch = 15

// computation is what all neurons of a type do, up to orientation, position, gain and baseline.
type computation struct {
	name string
	// filters at orientation theta, centred at (x, y) of the patch
	filters func(theta, x, y float64) [][]float32
	// respond combines the filters' outputs into a drive that is never negative
	respond func(f []float64) float64
	// mean and variance of the drive over DeadLeaves
	mean, variance float64
	oriented       bool
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
		// Amplitude of a quadrature pair: any phase of the grating.
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
		// Both arms of a corner: two amplitudes at a right angle, each moved out along its own arm, must be there.
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
}

// TypeNames lists the computations that the simulator knows.
func TypeNames() []string {
	names := make([]string, len(computations))
	for i, c := range computations {
		names[i] = c.name
	}
	return names
}

// gabor is a wave of the given period under an envelope with standard deviations across and along its bars, in pixels.
// Phase 0 is a bright bar at the centre. It is blind to uniform light and has unit energy.
func gabor(theta, x, y, period, across, along, phase float64) []float32 {
	sin, cos := math.Sincos(theta)
	return filter(func(column, row float64) (value, envelope float64) {
		dx, dy := column-x, y-row // dy upwards
		u, v := dx*cos+dy*sin, dy*cos-dx*sin
		envelope = math.Exp(-(u*u/(along*along) + v*v/(across*across)) / 2)
		return envelope * math.Cos(2*math.Pi*v/period-phase), envelope
	})
}

// spot is a Gaussian centre less the same weight of a Gaussian surround.
func spot(x, y, centre, surround float64) []float32 {
	return filter(func(column, row float64) (value, envelope float64) {
		square := (column-x)*(column-x) + (row-y)*(row-y)
		envelope = math.Exp(-square / (2 * surround * surround))
		return math.Exp(-square / (2 * centre * centre)), envelope
	})
}

// filter samples a function on the patch, subtracts as much of the envelope as makes the sum zero, and scales to unit energy.
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
