package simulated

import (
	"math"
	"math/rand/v2"
	"sync"

	"v1lab/datasets"
)

// Radii of leaves, in pixels. Sizes distributed as r^-3 make images scale-invariant, like natural scenes (Lee, Mumford and Huang, 2001).
const (
	smallest = 1.5
	largest  = 24.0
	fine     = 2 // samples per pixel and direction
)

// DeadLeaves simulates n grey images [n, height, width, 1] as shown to the simulated neurons, with values from 0 to 255: opaque elliptical
// leaves of natural sizes that occlude each other, each with its own grey level, shading and texture, under uneven light.
// Their power spectrum falls about with the square of spatial frequency.
func DeadLeaves(n, height, width int, seed uint64) datasets.Images {
	return deadLeaves(make([]float32, n*height*width), height, width, seed, otherImages)
}

// deadLeaves fills pixels with images.
func deadLeaves(pixels []float32, height, width int, seed uint64, s stream) datasets.Images {
	images := datasets.Images{N: len(pixels) / (height * width), Height: height, Width: width, Channels: 1, Pixels: pixels}
	canvases := sync.Pool{New: func() any {
		c := &canvas{height: fine * height, width: fine * width}
		c.grey = make([]float32, c.height*c.width)
		c.covered = make([]bool, len(c.grey))
		return c
	}}
	parallel(images.N, func(i int) {
		c := canvases.Get().(*canvas)
		defer canvases.Put(c)
		clear(c.covered)
		c.bare = len(c.grey)
		rng := random(seed, s, i)
		for c.bare > 0 {
			c.add(drawLeaf(rng, float64(height), float64(width)))
		}
		c.expose(images.At(i), width, rng)
	})
	return images
}

// leaf is an ellipse with shading and texture; lengths are in pixels.
type leaf struct {
	x, y           float64 // centre
	a, b, angle    float64 // half axes, and the angle of the first in radians
	grey           float64
	shadeX, shadeY float64 // change of grey per pixel
	ripple         float64 // amplitude of the texture
	waveX, waveY   float64 // its wave vector in radians per pixel
	phase          float64 // its phase
}

// drawLeaf draws one of the leaves that may overlap the image. In an endless scene, larger leaves overlap it more often.
func drawLeaf(rng *rand.Rand, height, width float64) leaf {
	const longest = 1.6 // half axis over geometric mean radius
	const ratio = smallest / largest
	most := (width + 2*longest*largest) * (height + 2*longest*largest)
	for {
		r := smallest / math.Sqrt(1-rng.Float64()*(1-ratio*ratio)) // density r^-3
		reach := longest * r
		boxX, boxY := width+2*reach, height+2*reach
		if rng.Float64()*most > boxX*boxY {
			continue
		}
		stretch := 1 + (longest-1)*rng.Float64()
		l := leaf{a: r * stretch, b: r / stretch, angle: rng.Float64() * math.Pi}
		l.x = rng.Float64()*boxX - reach
		l.y = rng.Float64()*boxY - reach
		l.grey = rng.NormFloat64()
		l.shadeX = 0.35 * rng.NormFloat64() / r
		l.shadeY = 0.35 * rng.NormFloat64() / r
		if rng.Float64() < 0.3 {
			sin, cos := math.Sincos(rng.Float64() * 2 * math.Pi)
			wave := 2 * math.Pi / (3 * math.Exp(rng.Float64()*math.Log(4))) // periods of 3 to 12 pixels
			l.ripple = 0.6 * rng.Float64()
			l.waveX, l.waveY, l.phase = wave*cos, wave*sin, rng.Float64()*2*math.Pi
		}
		return l
	}
}

// canvas is painted from front to back: covered samples keep their value.
type canvas struct {
	height, width int
	grey          []float32
	covered       []bool
	bare          int
}

func (c *canvas) add(l leaf) {
	// The ellipse is p dx^2 + 2 q dx dy + s dy^2 <= 1; in each row it is an interval.
	sin, cos := math.Sincos(l.angle)
	p := cos*cos/(l.a*l.a) + sin*sin/(l.b*l.b)
	q := sin * cos * (1/(l.a*l.a) - 1/(l.b*l.b))
	s := sin*sin/(l.a*l.a) + cos*cos/(l.b*l.b)
	reach := math.Hypot(l.a*sin, l.b*cos)
	top := max(0, int(math.Ceil((l.y-reach)*fine-0.5)))
	bottom := min(c.height-1, int(math.Floor((l.y+reach)*fine-0.5)))
	for row := top; row <= bottom; row++ {
		dy := (float64(row)+0.5)/fine - l.y
		inside := q*q*dy*dy - p*(s*dy*dy-1)
		if inside < 0 {
			continue
		}
		half, middle := math.Sqrt(inside)/p, l.x-q*dy/p
		left := max(0, int(math.Ceil((middle-half)*fine-0.5)))
		right := min(c.width-1, int(math.Floor((middle+half)*fine-0.5)))
		for i := row*c.width + left; i <= row*c.width+right; i++ {
			if c.covered[i] {
				continue
			}
			c.covered[i] = true
			c.bare--
			dx := (float64(i-row*c.width)+0.5)/fine - l.x
			v := l.grey + l.shadeX*dx + l.shadeY*dy
			if l.ripple > 0 {
				v += l.ripple * math.Sin(l.waveX*dx+l.waveY*dy+l.phase)
			}
			c.grey[i] = float32(v)
		}
	}
}

// expose averages the samples of each pixel and applies light of random strength and direction.
func (c *canvas) expose(pixels []float32, width int, rng *rand.Rand) {
	const middle, spread = 127.5, 45
	contrast := math.Exp(0.25 * rng.NormFloat64())
	light := 0.3 * rng.NormFloat64()
	slopeX := 0.4 * rng.NormFloat64() / float64(c.width)
	slopeY := 0.4 * rng.NormFloat64() / float64(c.height)
	for i := range pixels {
		row, column := i/width*fine, i%width*fine
		sum := 0.0
		for y := range fine {
			for x := range fine {
				sum += float64(c.grey[(row+y)*c.width+column+x])
			}
		}
		v := contrast*sum/(fine*fine) + light + slopeX*float64(2*column-c.width) + slopeY*float64(2*row-c.height)
		pixels[i] = float32(min(max(middle+spread*v, 0), 255))
	}
}
