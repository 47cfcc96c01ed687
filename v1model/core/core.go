package core

import (
	"fmt"
	"math"

	"v1lab/v1model/hermite"
	"v1lab/v1model/weights"
)

const normEpsilon = 1e-3 // added to the variance

// conventions are what the paper's code does differently from one kind of core to the next.
type conventions struct {
	first     int     // number of the first layer in the names of variables
	variable  string  // name of what makes the filters
	startSD   float64 // of its start values
	normDecay float64 // of the moving averages of batch normalisation
	scale     bool    // batch normalisation has gamma, in all layers but the last
}

var kinds = map[string]conventions{
	Hermite: {first: 1, variable: "coeffs", startSD: 0.1, normDecay: 0.9, scale: true},
	Rotated: {first: 1, variable: "weights", startSD: 0.1, normDecay: 0.95, scale: true},
	CNN:     {first: 0, variable: "weights", startSD: 0.01, normDecay: 0.98},
}

// Core is a stack of convolutional layers for images of one size.
type Core struct {
	Config Config
	layers []layer
}

// layer is one convolution with its batch normalisation and activation.
type layer struct {
	name                   string // prefix of its variables
	variable               string // name of what makes the filters
	startSD                float64
	size, stride, dilation int
	in, features           int // channels in; features out, per orientation
	rotations              int
	shift                  bool // input channels are orientations and shift with the filter's rotation
	height, width          int  // of the output
	padding                [][2]int
	activation             string
	scale                  bool // batch normalisation has gamma
	normDecay              float64
	shared, unfused        bool // see Config
	functions              int  // values of the variable per input channel and feature
	smoothRel, sparseRel   float64

	// turns is what each value contributes to each pixel of the filter in each orientation, [rotations*size*size, functions];
	// nil if the values are the pixels and there is one orientation. back, if not nil, replaces turns in the gradient.
	turns, back []float32

	evaluation string    // of Evaluations
	spectrum   *spectrum // if evaluation is Spectral
}

// New lays out a core for images of height x width pixels. The error names the field that does not fit.
func New(config Config, height, width, channels int) (*Core, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	c := &Core{Config: config}
	kind, in := kinds[config.Kind], channels
	for i := range config.Layers() {
		l := layer{
			name: fmt.Sprintf("core/conv%d", kind.first+i), variable: kind.variable, startSD: kind.startSD,
			size: config.FilterSizes[i], stride: config.Strides[i], dilation: config.dilation(i),
			in: in, features: config.Features[i], rotations: config.Rotations, shift: i > 0, activation: config.Activations[i],
			scale: kind.scale && i < config.Layers()-1, normDecay: kind.normDecay,
			shared: config.SharedBiases, unfused: config.UnfusedNorm || config.SharedBiases,
			smoothRel: config.SmoothRel[i], sparseRel: config.SparseRel[i], evaluation: config.evaluation(i),
		}
		var low, high [2]int
		l.height, low[0], high[0] = extent(height, l.reach(), l.stride, config.Padding[i])
		l.width, low[1], high[1] = extent(width, l.reach(), l.stride, config.Padding[i])
		if l.height < 1 || l.width < 1 {
			return nil, fmt.Errorf("core.filter_sizes: %d in layer %d does not fit into its %dx%d input with valid padding", l.size, i+1, height, width)
		}
		l.padding = [][2]int{{low[0], high[0]}, {low[1], high[1]}}
		if err := l.turn(config); err != nil {
			return nil, err
		}
		if l.evaluation == Spectral {
			l.spectrum = newSpectrum(&l, height, width)
		}
		c.layers = append(c.layers, l)
		height, width, in = l.height, l.width, l.channels()
	}
	return c, nil
}

// reach is the extent of a filter in pixels of its input, gaps included.
func (l *layer) reach() int { return (l.size-1)*l.dilation + 1 }

// turn tabulates how a layer's values make its filters.
func (l *layer) turn(config Config) error {
	l.functions = l.size * l.size
	switch config.Kind {
	case Hermite:
		return l.rotateBasis(config.Upsampling)
	case Rotated:
		for r := range l.rotations {
			angle := 2 * math.Pi * float64(r) / float64(l.rotations)
			if config.Interpolation == Bilinear {
				l.turns = append(l.turns, bilinearTurn(l.size, angle)...)
				continue
			}
			forth, back := nearestTurn(l.size, angle)
			l.turns, l.back = append(l.turns, forth...), append(l.back, back...)
		}
	}
	return nil
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
				l.turns = append(l.turns, float32(sum))
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

// ReceptiveField is the edge in pixels of the square patch of an image that one position of the maps sees.
func (c *Core) ReceptiveField() int {
	field, step := 1, 1
	for _, l := range c.layers {
		field += (l.reach() - 1) * step
		step *= l.stride
	}
	return field
}

// Specs lists the variables of the core: per layer what makes the filters, coefficients [functions, in, features] of the Hermite basis
// or weights [size, size, in, features] in pixels, and batch normalisation's gamma (where the kind has it, and never in the last layer),
// beta, moving mean and moving variance. None is trainable if the core is frozen.
func (c *Core) Specs() []weights.Spec {
	var specs []weights.Spec
	trainable := !c.Config.Frozen
	for _, l := range c.layers {
		n := []int{l.normChannels()}
		shape := []int{l.functions, l.in, l.features}
		if c.Config.Kind != Hermite {
			shape = []int{l.size, l.size, l.in, l.features}
		}
		specs = append(specs, weights.Spec{Name: l.name + "/" + l.variable, Shape: shape, Trainable: trainable, Init: weights.TruncatedNormal(l.startSD)})
		if l.scale {
			specs = append(specs, weights.Spec{Name: l.name + "/BatchNorm/gamma", Shape: n, Trainable: trainable, Init: weights.Constant(1)})
		}
		specs = append(specs,
			weights.Spec{Name: l.name + "/BatchNorm/beta", Shape: n, Trainable: trainable, Init: weights.Constant(0)},
			weights.Spec{Name: l.name + "/BatchNorm/moving_mean", Shape: n, Init: weights.Constant(0)},
			weights.Spec{Name: l.name + "/BatchNorm/moving_variance", Shape: n, Init: weights.Constant(1)})
	}
	return specs
}
