package core

import (
	"fmt"
	"reflect"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// Oriented is a core whose channels are [rotations, features]: channel r*features + f is feature f at orientation 2 pi r / rotations,
// counter-clockwise as displayed. A core whose features do not rotate has one rotation. Cell types and the equivariance error need this capability.
type Oriented interface {
	Rotations() int
}

// Filtered is a core that convolves images with filters. Figures show them.
type Filtered interface {
	// Filters builds the filters of each layer as they are convolved, [size, size, in, channels].
	Filters(w weights.Nodes) []*Node
}

// Local is a core in which each position of the maps sees a square of the image, of the same size for all positions. In-silico experiments use it to find
// which pixels a neuron sees.
type Local interface {
	Geometry() Geometry
}

// Geometry says which pixels a position of the maps sees along rows (0) and columns (1): position p sees Field pixels from p*Stride - Low on. With strides,
// Low depends on the image's size, as TensorFlow's padding does.
type Geometry struct {
	Stride          int
	Low             [2]int
	Field           int
	LowBeforeLinear [2]int // Low of the maps in Output.BeforeLinear; equals Low if there are none
}

// Resizable is a core that can be laid out for images of another size, with the same variables. A core that is also Local finds most exciting images
// faster: only the window that a neuron sees is computed.
type Resizable interface {
	Resize(Layout) (Core, error)
}

// Layout says how a core is to be laid out anew.
type Layout struct {
	Height, Width int  // of the images, pixels
	Unpadded      bool // no layer pads: all that the maps see lies inside of the image

	// Batch is the number of images for which the fastest evaluation on a CPU with XLA is chosen. 0 means that every layer is evaluated directly, pixel
	// by pixel. See HasCostModel.
	Batch          int
	ImageGradients bool // choose the fastest evaluation for gradients by the images
}

// Counted is a core that counts its operations, which benchmarks divide by the time.
type Counted interface {
	Operations() Operations
}

// Operations counts floating-point operations of a forward pass in which every layer is evaluated directly. A product and its sum count as two.
// Elementwise operations are left out.
type Operations struct {
	Layers  []float64 // convolution of one image, by layer
	Filters float64   // making the filters, once for a batch of any size
}

// Rotations returns the number of orientations of a core that is Oriented. For other cores it is 1, and known is false.
func Rotations(c Core) (n int, known bool) {
	if o, ok := c.(Oriented); ok {
		return o.Rotations(), true
	}
	return 1, false
}

// Need returns a core as the capability T, one of the interfaces of this file, or an error if the core lacks it. For the error, kind is the core's
// Config.Kind, and by names what needs the capability.
func Need[T any](c Core, kind, by string) (T, error) {
	capable, ok := c.(T)
	if !ok {
		return capable, fmt.Errorf("core.kind: %q lacks %s, which %s needs; accepted: a kind with it, such as hermite", kind, reflect.TypeFor[T](), by)
	}
	return capable, nil
}
