package core

import (
	"fmt"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// Core computes feature maps from images. It is one kind of core for images of one size. What else it can do it says by the interfaces
// Oriented, Filtered, Local, Resizable and Counted.
type Core interface {
	// Specs lists the variables. Names begin with core/.
	Specs() []weights.Spec
	// OutputShape is height, width and channels of the feature maps.
	OutputShape() (height, width, channels int)
	// Apply builds the core on images [batch, height, width, channels]. In training mode statistics of the batch may be used, and
	// Output.Updates holds the new moving averages.
	Apply(w weights.Nodes, images *Node, training bool) Output
	// Penalties returns weighted scalars that the loss adds, one of each a layer, for what Apply computed. Both lists may be empty.
	Penalties(w weights.Nodes, out Output) (smoothness, sparsity []*Node)
}

// Output is what a core computes. A core must fill in Maps; what else it leaves out is nil.
type Output struct {
	Maps    *Node         // [batch, height', width', channels], the feature maps
	Places  *Node         // the same as [height', width', batch, channels], if that is how they are computed; see ByPlace
	Before  *Node         // what Maps are a linear function of, but for a constant, when not training: the input [batch, .., .., ..] of a last layer without activation
	Layers  []*Node       // each layer's output after batch normalisation and activation
	PreNorm []*Node       // each layer's convolution before batch normalisation
	Filters []*Node       // each layer's filters as convolved, [size, size, in, channels]
	Updates weights.Nodes // new moving averages, if training
}

// ByPlace are the maps as readouts take them, [height', width', batch, channels].
func (o Output) ByPlace() *Node {
	if o.Places != nil {
		return o.Places
	}
	return TransposeAllAxes(o.Maps, 1, 2, 0, 3)
}

// New lays out a core for images of height x width pixels. The error names the field that can't be used or does not fit.
func New(config Config, height, width, channels int) (Core, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	kind, err := config.kind()
	if err != nil {
		return nil, err
	}
	c, err := kind.New(config, height, width, channels)
	if err != nil {
		return nil, err
	}
	for _, s := range c.Specs() {
		if !strings.HasPrefix(s.Name, "core/") {
			return nil, fmt.Errorf("core.kind: %q has a variable %q; accepted: names that begin with core/", config.Kind, s.Name)
		}
	}
	if h, w, n := c.OutputShape(); h < 1 || w < 1 || n < 1 {
		return nil, fmt.Errorf("core.kind: %q makes feature maps of %dx%d with %d channels of images of %dx%d; every one must be at least 1", config.Kind, h, w, n, height, width)
	}
	return c, nil
}
