package insilico

import (
	"cmp"

	"v1lab/v1model/core"
)

// window is the rectangle of the image, in pixels, that a neuron sees.
type window struct {
	top, left     int
	height, width int
	inner         bool // the neuron sees no layer's padding, so its rate can be computed without padding
}

// geometry relates positions of the maps to pixels. It is zero for a core that can't be laid out for windows.
type geometry core.Geometry

func geometryOf(c core.Core) geometry {
	l, isLocal := c.(core.Local)
	if _, ok := c.(core.Resizable); !ok || !isLocal {
		return geometry{}
	}
	return geometry(l.Geometry())
}

// visibleWindow is the window that a neuron with this mask sees in images of height x width pixels. It is the whole image if a layer has a stride, or if the
// core can't be laid out for windows.
func (g geometry) visibleWindow(mask []float32, maskWidth, height, width int) window {
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
	clip := func(first, last, size, axis int) (int, int, bool) {
		first, last = first-g.Low[axis], last-g.Low[axis]+g.Field-1
		return max(first, 0), min(last, size-1), first >= 0 && last < size
	}
	firstRow, lastRow, innerRows := clip(top, bottom, height, 0)
	firstColumn, lastColumn, innerColumns := clip(left, right, width, 1)
	return window{firstRow, firstColumn, lastRow - firstRow + 1, lastColumn - firstColumn + 1, innerRows && innerColumns}
}

// windowStep is the multiple to which sizes of windows are rounded up, so that few programs have to be compiled.
const windowStep = 4

// roundUp enlarges a window to a multiple of windowStep. A window at the edge of the image is moved inwards.
func (w window) roundUp(height, width int) window {
	grow := func(first, size, field int) (int, int) {
		size = min((size+windowStep-1)/windowStep*windowStep, field)
		return min(first, field-size), size
	}
	w.top, w.height = grow(w.top, w.height, height)
	w.left, w.width = grow(w.left, w.width, width)
	return w
}

// kind is the window without its position. One program serves all windows of a kind.
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

// join is the smallest window that holds two.
func (w window) join(o window) window {
	top, left := min(w.top, o.top), min(w.left, o.left)
	return window{top, left, max(w.top+w.height, o.top+o.height) - top, max(w.left+w.width, o.left+o.width) - left, w.inner && o.inner}
}

// fullField is the window that covers the whole image.
func (s *Subject) fullField() window {
	return window{height: s.Model.Shape.Height, width: s.Model.Shape.Width}
}

// size is height, width and channels of an image.
func (s *Subject) imageSize() [3]int {
	return [3]int{s.Model.Shape.Height, s.Model.Shape.Width, s.Model.Shape.Channels}
}
