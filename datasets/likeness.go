package datasets

import (
	"math"
	"runtime"
	"slices"
	"sync"
)

// AlikeAbove is the correlation of pixels, each image minus its mean, above which two images count as the same picture. Images of fewer than
// AlikeLeast values correlate by chance; they count as the same if they are equal.
const (
	AlikeAbove = 0.99
	AlikeLeast = 64
)

// A likeness is decided on unit vectors x and y, an image minus its mean over its norm. For any division of their coordinates, the rest adds at
// most the product of its norms to their product, so most pairs are told apart by a few coordinates without any being missed.
const (
	likenessGrid  = 4  // a picture is first looked at as 4 x 4 blocks and what is left
	likenessChunk = 64 // then pixel by pixel, and after each chunk it is asked whether the rest could still make it
)

// Alike returns for each image of b the first image of a that is the same picture, or -1: one whose pixels correlate with its own above AlikeAbove.
// Images of a single grey level are like none. All images must have one size.
//
// It takes as much memory as the images. Images of scenes cost 17 multiplications for each pair, on all processors: 8,000 against 2,000 take below a
// second on two. White noise costs four times as many. Where many images differ in nothing but fine detail, a pair may cost as many as the image has pixels.
func Alike(a, b Images) []int { return likenessOf(a).firstLike(likenessOf(b)) }

// likeness holds images as Alike compares them.
type likeness struct {
	images          Images
	n, size, chunks int
	pixels          []float32 // [n, size], unit vectors
	rest            []float32 // [n, chunks], the norm of the pixels after each chunk
	coarse          []float32 // [n, likenessWidth], the coordinates of the blocks and the norm of the rest
	blank           []bool    // [n], a single grey level
}

const likenessWidth = likenessGrid*likenessGrid + 1

func likenessOf(im Images) *likeness {
	size := im.Size()
	l := &likeness{images: im, n: im.N, size: size, chunks: (size + likenessChunk - 1) / likenessChunk}
	l.pixels = make([]float32, im.N*size)
	l.rest = make([]float32, im.N*l.chunks)
	l.coarse = make([]float32, im.N*likenessWidth)
	l.blank = make([]bool, im.N)
	block, share := likenessBlocks(im)
	for i := range im.N {
		from, to := im.At(i), l.pixels[i*size:(i+1)*size]
		mean, squares := 0.0, 0.0
		for _, v := range from {
			mean += float64(v)
		}
		mean /= float64(size)
		for _, v := range from {
			squares += (float64(v) - mean) * (float64(v) - mean)
		}
		if l.blank[i] = slices.Min(from) == slices.Max(from) || !(squares > 0); l.blank[i] {
			continue
		}
		norm := 1 / math.Sqrt(squares)
		var sums [likenessWidth - 1]float64
		for p, v := range from {
			u := (float64(v) - mean) * norm
			to[p] = float32(u)
			sums[block[p]] += u
		}
		coarse, left := l.coarse[i*likenessWidth:(i+1)*likenessWidth], 1.0
		for k, sum := range sums {
			c := sum * share[k]
			coarse[k] = float32(c)
			left -= c * c
		}
		coarse[likenessWidth-1] = float32(math.Sqrt(max(left, 0)))
		after := 0.0
		for k := l.chunks - 1; k >= 0; k-- {
			l.rest[i*l.chunks+k] = float32(math.Sqrt(after))
			for _, u := range to[k*likenessChunk : min((k+1)*likenessChunk, size)] {
				after += float64(u) * float64(u)
			}
		}
	}
	return l
}

// likenessBlocks returns the block of each value of an image, and for each block the factor from a sum to an orthonormal coordinate, one over the
// root of its number of values. Channels share blocks.
func likenessBlocks(im Images) (block []int, share [likenessWidth - 1]float64) {
	block = make([]int, im.Size())
	for p := range block {
		y, x := p/im.Channels/im.Width, p/im.Channels%im.Width
		block[p] = y*likenessGrid/im.Height*likenessGrid + x*likenessGrid/im.Width
		share[block[p]]++
	}
	for k, n := range share {
		if n > 0 {
			share[k] = 1 / math.Sqrt(n)
		}
	}
	return block, share
}

// slack covers the rounding of bounds to float32.
const slack = 1e-5

// firstLike returns for each image of other the first image of l that is the same picture, or -1.
func (l *likeness) firstLike(other *likeness) []int {
	first := make([]int, other.n)
	var all sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		all.Go(func() {
			for i := w; i < other.n; i += workers {
				first[i] = l.find(other, i)
			}
		})
	}
	all.Wait()
	return first
}

// find returns the first image of l that is the same picture as image i of other, or -1.
func (l *likeness) find(other *likeness, i int) int {
	if other.blank[i] {
		return -1
	}
	coarse := other.coarse[i*likenessWidth : (i+1)*likenessWidth]
	for j := range l.n {
		if !l.blank[j] && product(coarse, l.coarse[j*likenessWidth:(j+1)*likenessWidth]) > AlikeAbove-slack && l.alike(j, other, i) {
			return j
		}
	}
	return -1
}

// alike reports whether image j of l and image i of other correlate above AlikeAbove.
func (l *likeness) alike(j int, other *likeness, i int) bool {
	x, y := l.pixels[j*l.size:(j+1)*l.size], other.pixels[i*l.size:(i+1)*l.size]
	if l.size < AlikeLeast {
		return slices.Equal(l.images.At(j), other.images.At(i))
	}
	sum := 0.0
	for k := range l.chunks {
		from, to := k*likenessChunk, min((k+1)*likenessChunk, l.size)
		sum += float64(product(x[from:to], y[from:to]))
		if sum+float64(l.rest[j*l.chunks+k])*float64(other.rest[i*l.chunks+k]) < AlikeAbove-slack {
			return false
		}
	}
	return sum > AlikeAbove
}

// product is the scalar product, in four sums that need not wait for each other.
func product(x, y []float32) float32 {
	y = y[:len(x)]
	var a, b, c, d float32
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a += x[i] * y[i]
		b += x[i+1] * y[i+1]
		c += x[i+2] * y[i+2]
		d += x[i+3] * y[i+3]
	}
	for ; i < len(x); i++ {
		a += x[i] * y[i]
	}
	return a + b + c + d
}
