package insilico

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
)

// stepRounds is the number of rounds in which every step moves images into the box. Where they end, the next step goes on.
const stepRounds = 6

// into moves raw [batch, channels, height, width] so that the image that it stands for, norm * raw / ||raw||, is in the box. See box.project.
// ||raw|| stays what it is, because the size of a step is relative to it.
func (b *box) into(raw *Node, norm float64, size [3]int) *Node {
	if b == nil {
		return raw
	}
	low, high := b.bounds(raw.Graph(), size)
	length := func(x *Node) *Node { return Sqrt(sumPerImage(Square(x))) }
	long := length(raw)
	from := MulScalar(Div(raw, long), norm)
	image, gain, shift := from, OnesLike(long), ZerosLike(long)
	for range stepRounds {
		centred, ratio := image, (*Node)(nil)
		if b.centred {
			mean := DivScalar(sumPerImage(image), float64(size[0]*size[1]*size[2]))
			centred, shift = Sub(image, mean), Sub(shift, mean)
		}
		ratio = Div(Scalar(raw.Graph(), raw.DType(), norm), length(centred))
		gain, shift = Mul(gain, ratio), Mul(shift, ratio)
		image = Min(Max(Add(Mul(from, gain), shift), low), high)
	}
	return Mul(image, Div(long, length(image)))
}

// bounds are the lowest and highest values as nodes that fit images [batch, channels, height, width].
func (b *box) bounds(g *Graph, size [3]int) (low, high *Node) {
	node := func(values []float32) *Node {
		if len(values) == 1 {
			return Scalar(g, dtypes.Float32, float64(values[0]))
		}
		return Reshape(Const(g, values), 1, size[2], size[0], size[1])
	}
	return node(b.low), node(b.high)
}

// tangent is the part of a gradient along which an image can move against it: with its norm (and mean), and without the pixels that are at a bound and
// would leave it. Where no image in the box has a lower loss, it is 0.
func (b *box) tangent(gradient, image *Node, size [3]int) *Node {
	everywhere := OnesLike(image)
	if len(b.low) == 1 {
		return b.along(gradient, image, everywhere)
	}
	low, high := b.bounds(image.Graph(), size)
	atBound := MulScalar(Sub(high, low), 1e-3)
	isLow, isHigh := LessThan(image, Add(low, atBound)), GreaterThan(image, Sub(high, atBound))
	none := ZerosLike(image)
	inside := Where(LogicalOr(isLow, isHigh), none, everywhere)
	ratio, mean, imageMean := b.parts(gradient, image, inside) // pixels at a bound cannot keep the norm
	move := Neg(Sub(Sub(gradient, mean), Mul(Sub(image, imageMean), ratio)))
	leaves := LogicalOr(LogicalAnd(isLow, LessThan(move, none)), LogicalAnd(isHigh, GreaterThan(move, none)))
	return b.along(gradient, image, Where(leaves, none, everywhere))
}

// along is gradient in free pixels, without its part along the image, and along its mean if images are centred.
func (b *box) along(gradient, image, free *Node) *Node {
	ratio, mean, imageMean := b.parts(gradient, image, free)
	return Mul(free, Sub(Sub(gradient, mean), Mul(Sub(image, imageMean), ratio)))
}

// parts are the share of the image in the gradient, and the means of both, 0 unless images are centred, over free pixels.
func (b *box) parts(gradient, image, free *Node) (ratio, mean, imageMean *Node) {
	sum := func(x *Node) *Node { return sumPerImage(Mul(x, free)) }
	mean, imageMean = ZerosLike(sumPerImage(image)), ZerosLike(sumPerImage(image))
	if b.centred {
		count := AddScalar(sumPerImage(free), 1e-6)
		mean, imageMean = Div(sum(gradient), count), Div(sum(image), count)
	}
	centred := Sub(image, imageMean)
	return Div(sum(Mul(Sub(gradient, mean), centred)), AddScalar(sum(Square(centred)), 1e-6)), mean, imageMean
}
