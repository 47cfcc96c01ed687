package core

import (
	"fmt"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// Core computes feature maps from images. It is one kind of core for images of one size. Further capabilities are the interfaces Oriented, Filtered,
// Local, Resizable and Counted, which a core may implement.
type Core interface {
	// Specs lists the variables. Names begin with core/.
	Specs() []weights.Spec
	// OutputShape returns height, width and channels of the feature maps.
	OutputShape() (height, width, channels int)
	// Apply builds the core on images [batch, height, width, channels]. In training mode statistics of the batch may be used, and
	// Output.Updates holds the new moving averages.
	Apply(w weights.Nodes, images *Node, training bool) Output
	// Penalties returns weighted scalars that are added to the loss, one of each per layer. out is the output of Apply. Both lists may be empty.
	Penalties(w weights.Nodes, out Output) (smoothness, sparsity []*Node)
}

// Output is what a core computes. A core must fill in Maps; the other fields may be nil.
type Output struct {
	Maps         *Node         // [batch, height', width', channels], the feature maps
	Places       *Node         // the same as [height', width', batch, channels], if that is how they are computed; see ByPlace
	BeforeLinear *Node         // input [batch, .., .., ..] of a last layer without activation: when not training, Maps are a linear function of it plus a constant
	Layers       []*Node       // each layer's output after batch normalisation and activation
	PreNorm      []*Node       // each layer's convolution before batch normalisation
	Filters      []*Node       // each layer's filters as convolved, [size, size, in, channels]
	Updates      weights.Nodes // new moving averages, if training
}

// ByPlace returns the maps in the layout that readouts take, [height', width', batch, channels].
func (o Output) ByPlace() *Node {
	if o.Places != nil {
		return o.Places
	}
	return TransposeAllAxes(o.Maps, 1, 2, 0, 3)
}

// New makes a core for images of height x width pixels. An error names the field that has an unusable value or does not suit the images.
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
