package insilico

import (
	"cmp"

	"v1lab/v1model/core"
)

// window is the part of the visual field that a neuron sees, in pixels of the image.
type window struct {
	top, left     int // of what is computed; at the field's edges it may begin further in than the neuron sees
	height, width int
	inner         bool // no layer's padding is seen: what is computed is as well without padding
}

// geometry is how positions on the maps relate to pixels, for windows; the zero value is that of a core that can't be laid out for them.
type geometry core.Geometry

func geometryOf(c core.Core) geometry {
	l, isLocal := c.(core.Local)
	if _, ok := c.(core.Resizable); !ok || !isLocal {
		return geometry{}
	}
	return geometry(l.Geometry())
}

// see finds what a neuron with a mask sees of images of one size. It is the whole field where layers stride, or the core has no windows.
func (g geometry) see(mask []float32, maskWidth, height, width int) window {
	whole := window{height: height, width: width}
	top, left, bottom, right := len(mask), len(mask), -1, -1
	for i, m := range mask {
		if m != 0 {
			top, bottom = min(top, i/maskWidth), max(bottom, i/maskWidth)
			left, right = min(left, i%maskWidth), max(right, i%maskWidth)
		}
	}
	if g.Stride != 1 || bottom < 0 {
		return whole
	}
	clip := func(first, last, size int) (int, int, bool) {
		first, last = first-g.Low, last-g.Low+g.Field-1
		return max(first, 0), min(last, size-1), first >= 0 && last < size
	}
	firstRow, lastRow, innerRows := clip(top, bottom, height)
	firstColumn, lastColumn, innerColumns := clip(left, right, width)
	return window{firstRow, firstColumn, lastRow - firstRow + 1, lastColumn - firstColumn + 1, innerRows && innerColumns}
}

// step is what sizes of windows are rounded up to, so that few programs serve all.
const step = 4

// group makes windows of few sizes, which programs are compiled for, out of those that neurons see. It moves windows, where they must grow,
// but not beyond the field.
func (w window) group(height, width int) window {
	grow := func(first, size, field int) (int, int) {
		size = min((size+step-1)/step*step, field)
		return min(first, field-size), size
	}
	w.top, w.height = grow(w.top, w.height, height)
	w.left, w.width = grow(w.left, w.width, width)
	return w
}

// kind is a window without its place.
func (w window) kind() window { return window{height: w.height, width: w.width, inner: w.inner} }

// compareKinds orders by size.
func compareKinds(a, b window) int {
	inner := func(w window) int {
		if w.inner {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.height*a.width, b.height*b.width), cmp.Compare(a.height, b.height), cmp.Compare(inner(a), inner(b)))
}

// coreFor lays out a core for a kind of window and batches of so many images. An inner window needs no padding. A core that can't be laid out
// anew stays as it is, and has one kind of window alone.
func (s *Subject) coreFor(kind window, batch int, gradient bool) (core.Core, error) {
	c, ok := s.Model.Core.(core.Resizable)
	if !ok {
		return s.Model.Core, nil
	}
	if !core.Plans(s.backend) {
		batch = 0
	}
	return c.Resize(core.Layout{Height: kind.height, Width: kind.width, Unpadded: kind.inner, Batch: batch, ImageGradients: gradient})
}

// direct is the model's core, evaluated pixel by pixel where it can be: there each layer's output is what the next one takes.
func (s *Subject) direct() (core.Core, error) {
	if c, ok := s.Model.Core.(core.Resizable); ok {
		return c.Resize(core.Layout{Height: s.Model.Shape.Height, Width: s.Model.Shape.Width})
	}
	return s.Model.Core, nil
}

// field is the window of all that there is.
func (s *Subject) field() window {
	return window{height: s.Model.Shape.Height, width: s.Model.Shape.Width}
}

// size is height, width and channels of an image.
func (s *Subject) size() [3]int {
	return [3]int{s.Model.Shape.Height, s.Model.Shape.Width, s.Model.Shape.Channels}
}
