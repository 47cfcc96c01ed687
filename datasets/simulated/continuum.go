package simulated

import (
	"math"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/stat"

	"v1lab/datasets"
)

// Continuum names neurons that differ by degrees, so that there are no types to find among them. Each has a spatial frequency, a length, a share of the simple cell's
// response in a mixture with the complex cell's, and a strength of suppression from the orthogonal orientation, all drawn evenly and independently from a range.
// Ustyuzhaninov et al. (2022) found neurons of mouse V1 to lie on a continuum.
const Continuum = "continuum"

// drawContinuum draws what one neuron computes.
func drawContinuum(rng *rand.Rand) computation {
	between := func(low, high float64) float64 { return low + (high-low)*rng.Float64() }
	period, long, simple, suppression := between(4.5, 8), between(1.3, 2.5), rng.Float64(), rng.Float64()
	c := computation{
		name: Continuum, oriented: true,
		filters: func(theta, x, y float64) [][]float32 {
			at := [2]float64{x, y}
			across := period / 3.5
			return append(pairs(theta, period, across, long, at), pairs(theta+math.Pi/2, period, across, long, at)...)
		},
		respond: func(f []float64) float64 {
			const half = 0.6 // of the suppressor's mean amplitude over DeadLeaves
			drive := simple*max(0, f[1]) + (1-simple)*math.Hypot(f[0], f[1])
			return drive * half / (half + suppression*math.Hypot(f[2], f[3]))
		},
	}
	c.measure()
	return c
}

// samples are images on which the drive of a neuron of its own is measured.
var samples = sync.OnceValue(func() datasets.Images { return DeadLeaves(400, patch, patch, 1) })

// measure sets mean and variance.
func (c *computation) measure() {
	filters := c.filters(0, patch/2, patch/2)
	n := cell{computation: *c, filters: filters}
	images, outputs := samples(), make([]float64, len(filters))
	var drives []float64
	for i := range images.N {
		drives = append(drives, c.respond(n.filtered(images.At(i), patch, outputs)))
	}
	c.mean, c.variance = stat.MeanVariance(drives, nil)
}
