package insilico

import (
	"cmp"
	"slices"
	"strings"

	"v1lab/v1model"
	"v1lab/v1model/core"
)

// window is the part of the visual field that a neuron sees, in pixels of the image.
type window struct {
	top, left     int // of what is computed; at the field's edges it may begin further in than the neuron sees
	height, width int
	inner         bool // no layer's padding is seen: what is computed is as well without padding
}

// geometry is how positions on the maps relate to pixels.
type geometry struct {
	stride  int // pixels from one position of the last layer to the next
	low     int // position p of the last layer sees pixels from p*stride - low on ...
	field   int // ... so many of them
	lowMaps int // low, of the maps of depth layers, where the stride is 1
}

func geometryOf(c *core.Core) geometry {
	g := geometry{stride: 1, field: c.ReceptiveField()}
	k := c.Config
	for i := range k.Layers() {
		if i == depth(k) {
			g.lowMaps = g.low
		}
		if k.Padding[i] == "same" && k.Strides[i] == 1 {
			dilation := 1
			if len(k.Dilations) > 0 {
				dilation = k.Dilations[i]
			}
			g.low += (k.FilterSizes[i] - 1) * dilation / 2 * g.stride
		}
		g.stride *= k.Strides[i]
	}
	if depth(k) == k.Layers() {
		g.lowMaps = g.low
	}
	return g
}

// see finds what a neuron with a mask sees of images of one size. Where layers stride it is the whole field.
func (g geometry) see(mask []float32, maskWidth, height, width int) window {
	whole := window{height: height, width: width}
	top, left, bottom, right := len(mask), len(mask), -1, -1
	for i, m := range mask {
		if m != 0 {
			top, bottom = min(top, i/maskWidth), max(bottom, i/maskWidth)
			left, right = min(left, i%maskWidth), max(right, i%maskWidth)
		}
	}
	if g.stride != 1 || bottom < 0 {
		return whole
	}
	clip := func(first, last, size int) (int, int, bool) {
		first, last = first-g.low, last-g.low+g.field-1
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

// coreFor lays out a core for a kind of window and batches of so many images. An inner window needs no padding. On a processor with XLA
// gradients by the image have a plan of their own.
func (s *Subject) coreFor(kind window, batch int, gradient bool) (*core.Core, error) {
	config := s.Model.Config
	config.Core = s.Model.Core.Config
	config.Core.Evaluation, config.Core.PerNeuron, config.Fit.Batch = nil, false, batch
	if kind.inner {
		config.Core.Padding = slices.Repeat([]string{"valid"}, config.Core.Layers())
	}
	shape := v1model.Shape{Height: kind.height, Width: kind.width, Channels: s.Model.Shape.Channels, Neurons: s.Model.Shape.Neurons}
	if gradient && s.backend.Name() == "xla" && strings.HasPrefix(s.backend.DeviceDescription(0), "cpu") {
		plan, err := core.PlanImages(config.Core, shape.Height, shape.Width, shape.Channels, batch)
		if err != nil {
			return nil, err
		}
		config.Core.Evaluation = plan
	}
	config, err := config.Planned(shape, s.backend)
	if err != nil {
		return nil, err
	}
	return core.New(config.Core, shape.Height, shape.Width, shape.Channels)
}

// direct is the model's core, evaluated pixel by pixel: there each layer's output is what the next one takes.
func (s *Subject) direct() (*core.Core, error) {
	config := s.Model.Core.Config
	config.Evaluation = nil
	shape := s.Model.Shape
	return core.New(config, shape.Height, shape.Width, shape.Channels)
}

// field is the window of all that there is.
func (s *Subject) field() window {
	return window{height: s.Model.Shape.Height, width: s.Model.Shape.Width}
}

// size is height, width and channels of an image.
func (s *Subject) size() [3]int {
	return [3]int{s.Model.Shape.Height, s.Model.Shape.Width, s.Model.Shape.Channels}
}
