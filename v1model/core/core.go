package core

import (
	"fmt"
	"math"

	"v1lab/v1model/hermite"
	"v1lab/v1model/weights"
)

const (
	normEpsilon = 1e-3 // added to the variance
	normDecay   = 0.9  // of the moving averages
	coeffsSD    = 0.1  // of the coefficients' start values
)

// Core is a stack of rotation-equivariant layers for images of one size.
type Core struct {
	Config Config
	layers []layer
}

// layer is one convolution with its batch normalisation and activation.
type layer struct {
	name                 string // prefix of its variables
	size, stride         int
	in, features         int // channels in; features out, per orientation
	rotations            int
	shift                bool // input channels are orientations and shift with the filter's rotation
	height, width        int  // of the output
	padding              [][2]int
	activation           string
	scale                bool      // batch normalisation has gamma
	shared, unfused      bool      // see Config
	basis                []float32 // [rotations*size*size, functions], rotated basis filters on the pixel grid
	functions            int
	smoothRel, sparseRel float64
}

// New lays out a core for images of height x width pixels. The error names the field that does not fit.
func New(config Config, height, width, channels int) (*Core, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	c := &Core{Config: config}
	in := channels
	for i := range config.Layers() {
		l := layer{
			name: fmt.Sprintf("core/conv%d", i+1), size: config.FilterSizes[i], stride: config.Strides[i],
			in: in, features: config.Features[i], rotations: config.Rotations, shift: i > 0,
			activation: config.Activations[i], scale: i < config.Layers()-1,
			shared: config.SharedBiases, unfused: config.UnfusedNorm || config.SharedBiases,
			smoothRel: config.SmoothRel[i], sparseRel: config.SparseRel[i],
		}
		var low, high [2]int
		l.height, low[0], high[0] = extent(height, l.size, l.stride, config.Padding[i])
		l.width, low[1], high[1] = extent(width, l.size, l.stride, config.Padding[i])
		if l.height < 1 || l.width < 1 {
			return nil, fmt.Errorf("core.filter_sizes: %d in layer %d does not fit into its %dx%d input with valid padding", l.size, i+1, height, width)
		}
		l.padding = [][2]int{{low[0], high[0]}, {low[1], high[1]}}
		if err := l.rotateBasis(config.Upsampling); err != nil {
			return nil, err
		}
		c.layers = append(c.layers, l)
		height, width, in = l.height, l.width, l.channels()
	}
	return c, nil
}

// extent gives output size and padding before and after along one axis, by TensorFlow's rules.
func extent(in, size, stride int, padding string) (out, low, high int) {
	if padding == "valid" {
		return (in - size + stride) / stride, 0, 0
	}
	out = (in + stride - 1) / stride
	total := max((out-1)*stride+size-in, 0)
	return out, total / 2, total - total/2
}

// rotateBasis tabulates, for each orientation, what a coefficient contributes to each pixel of the filter.
func (l *layer) rotateBasis(upsampling int) error {
	basis, err := hermite.New(l.size, upsampling)
	if err != nil {
		return err
	}
	filters := basis.Filters() // [function][pixel]
	l.functions = len(filters)
	for r := range l.rotations {
		turn := basis.Rotation(2 * math.Pi * float64(r) / float64(l.rotations))
		for pixel := range l.size * l.size {
			for old := range l.functions {
				sum := 0.0
				for k := range filters {
					sum += filters[k][pixel] * turn[k][old]
				}
				l.basis = append(l.basis, float32(sum))
			}
		}
	}
	return nil
}

func (l *layer) channels() int { return l.rotations * l.features }

// normChannels is the number of batch-normalisation parameters: one per channel, or per feature if orientations share them.
func (l *layer) normChannels() int {
	if l.shared {
		return l.features
	}
	return l.channels()
}

// OutputShape is height, width and channels of the feature maps.
func (c *Core) OutputShape() (height, width, channels int) {
	last := c.layers[len(c.layers)-1]
	return last.height, last.width, last.channels()
}

// Specs lists the variables of the core: per layer the coefficients [functions, in, features] and batch normalisation's
// gamma (all layers but the last), beta, moving mean and moving variance.
func (c *Core) Specs() []weights.Spec {
	var specs []weights.Spec
	for _, l := range c.layers {
		n := []int{l.normChannels()}
		specs = append(specs, weights.Spec{Name: l.name + "/coeffs", Shape: []int{l.functions, l.in, l.features}, Trainable: true,
			Init: weights.TruncatedNormal(coeffsSD)})
		if l.scale {
			specs = append(specs, weights.Spec{Name: l.name + "/BatchNorm/gamma", Shape: n, Trainable: true, Init: weights.Constant(1)})
		}
		specs = append(specs,
			weights.Spec{Name: l.name + "/BatchNorm/beta", Shape: n, Trainable: true, Init: weights.Constant(0)},
			weights.Spec{Name: l.name + "/BatchNorm/moving_mean", Shape: n, Init: weights.Constant(0)},
			weights.Spec{Name: l.name + "/BatchNorm/moving_variance", Shape: n, Init: weights.Constant(1)})
	}
	return specs
}
