package core

import (
	"fmt"
	"reflect"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// Oriented is a core whose channels are [rotations, features]: channel r*features + f is feature f at orientation 2 pi r / rotations,
// counter-clockwise as displayed. A core whose features do not turn has one rotation. Cell types are found with it, and equivariance is
// measured.
type Oriented interface {
	Rotations() int
}

// Filtered is a core that convolves images with filters, which figures show.
type Filtered interface {
	// Filters builds the filters of each layer as they are convolved, [size, size, in, channels].
	Filters(w weights.Nodes) []*Node
}

// Local is a core each of whose positions sees a square of the image, the same for all but for its place. In-silico experiments know with it
// where a neuron looks.
type Local interface {
	Geometry() Geometry
}

// Geometry says which pixels a position of the maps sees, along either axis: position p those from p*Stride - Low on, Field of them.
type Geometry struct {
	Stride    int
	Low       int
	Field     int
	LowBefore int // Low of the maps in Output.Before, or again Low if there are none
}

// Resizable is a core that can be laid out for images of another size, with the same variables. With Local it makes most exciting images
// quick: only the window that a neuron sees is computed.
type Resizable interface {
	Resize(Layout) (Core, error)
}

// Layout says how a core is to be laid out anew.
type Layout struct {
	Height, Width int  // of the images, pixels
	Unpadded      bool // no layer pads: all that the maps see lies inside of the image

	// Batch is the number of images for which the quickest evaluation on a CPU with XLA is chosen; 0: every layer is evaluated directly, pixel by
	// pixel. See Plans.
	Batch          int
	ImageGradients bool // the quickest for gradients by the images
}

// Counted is a core that counts its operations, which benchmarks divide by the time.
type Counted interface {
	Operations() Operations
}

// Operations counts floating-point operations of a forward pass in which every layer is evaluated as it is written, a product and its sum as
// two. What is elementwise is left out.
type Operations struct {
	Layers  []float64 // convolution of one image, by layer
	Filters float64   // making the filters, once whatever the batch
}

// Rotations is the number of orientations of a core that is Oriented, or else 1, and then known is false.
func Rotations(c Core) (n int, known bool) {
	if o, ok := c.(Oriented); ok {
		return o.Rotations(), true
	}
	return 1, false
}

// Need returns a core as the capability T, one of the interfaces of this file. If it is none, the error says so: kind is its Config.Kind, by what
// needs the capability.
func Need[T any](c Core, kind, by string) (T, error) {
	capable, ok := c.(T)
	if !ok {
		return capable, fmt.Errorf("core.kind: %q lacks %s, which %s needs; accepted: a kind with it, such as hermite", kind, reflect.TypeFor[T](), by)
	}
	return capable, nil
}
