package v1model

import (
	"math"

	"v1lab/v1model/weights"
)

const (
	equivarianceImages = 64   // random images
	equivarianceWaves  = 64   // plane waves that make up one image
	equivarianceBand   = 0.25 // highest spatial frequency in cycles per pixel, half of what pixels can carry
)

// scenes holds random pictures on the whole plane: sums of plane waves.
type scenes struct {
	channels int
	waves    []wave // [image][channel][wave]
}

// wave is cos(x*u + y*v + phase), rows downwards.
type wave struct{ u, v, phase float64 }

func newScenes(seed uint64, channels int) scenes {
	rng := weights.Stream(seed, "equivariance")
	s := scenes{channels, make([]wave, equivarianceImages*channels*equivarianceWaves)}
	for i := range s.waves {
		frequency := 2 * math.Pi * equivarianceBand * math.Sqrt(rng.Float64()) // uniform over a disc
		sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
		s.waves[i] = wave{frequency * cos, frequency * sin, 2 * math.Pi * rng.Float64()}
	}
	return s
}

// images samples the first n pictures on height x width pixels around the origin, rotated about it counter-clockwise as displayed by angle
// radians: [n, height, width, channels].
func (s scenes) images(n, height, width int, angle float64) []float32 {
	sin, cos := math.Sincos(angle)
	pixels, sums := make([]float32, n*height*width*s.channels), make([]float64, height*width)
	sinX, cosX := make([]float64, width), make([]float64, width)
	for image := range n {
		for channel := range s.channels {
			first := (image*s.channels + channel) * equivarianceWaves
			clear(sums)
			for _, w := range s.waves[first : first+equivarianceWaves] {
				along, down := w.u*cos+w.v*sin, w.v*cos-w.u*sin // the wave on the rotated pixels
				for x := range width {
					sinX[x], cosX[x] = math.Sincos(along * (float64(x) - float64(width-1)/2))
				}
				for y := range height {
					sinY, cosY := math.Sincos(down*(float64(y)-float64(height-1)/2) + w.phase)
					for x, row := 0, sums[y*width:(y+1)*width]; x < width; x++ {
						row[x] += cosX[x]*cosY - sinX[x]*sinY
					}
				}
			}
			for at, sum := range sums {
				pixels[(image*height*width+at)*s.channels+channel] = float32(sum / math.Sqrt(equivarianceWaves/2))
			}
		}
	}
	return pixels
}

// quarterTurns rotates a stack of n arrays [height, width, channels] counter-clockwise as displayed by quarters of a turn. The result's height and width
// are exchanged if quarters is odd.
func quarterTurns(values []float32, n, height, width, channels, quarters int) []float32 {
	for range quarters {
		rotated := make([]float32, len(values))
		for i := range n {
			for y := range width { // of the result, which is width x height
				for x := range height {
					from := ((i*height+x)*width + width - 1 - y) * channels
					copy(rotated[((i*width+y)*height+x)*channels:], values[from:from+channels])
				}
			}
		}
		values, height, width = rotated, width, height
	}
	return values
}
