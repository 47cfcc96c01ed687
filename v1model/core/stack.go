package core

import (
	"fmt"
	"slices"

	"v1lab/v1model/weights"
)

const normEpsilon = 1e-3 // added to the variance, as in the paper's code

// stackKind defines one kind of stack, including details in which the paper's code differs from kind to kind.
type stackKind struct {
	firstLayer int     // number of the first layer in the names of variables
	variable   string  // name of what makes the filters
	startSD    float64 // of its start values
	normDecay  float64 // of the moving averages of batch normalisation
	gamma      bool    // batch normalisation has it, in all layers but the last
	dilated    bool    // filters may have gaps, Config.Dilations
	general    bool    // layers may be separable, and have other norms and biases: kind stacked

	check         func(Config) error             // names the first field that can't be used, of those that not all stacks have
	canonical     func(Config) Config            // see Kind
	variableShape func(l *layer) []int           // of a layer's variable
	rotate        func(l *layer, c Config) error // tabulates how a layer's values make its filters; nil if they are the filters
}

// kind returns the Kind that is registered for these stacks.
func (k stackKind) kind() Kind {
	return Kind{
		New: func(c Config, height, width, channels int) (Core, error) {
			s, err := k.layOut(c, height, width, channels)
			if err != nil {
				return nil, err
			}
			return s, nil
		},
		Check: k.validate,
		Plan: func(c Config, height, width, channels, batch int) ([]string, error) {
			if batch == 0 {
				return slices.Repeat([]string{Direct}, c.Layers()), nil
			}
			return k.plan(c, height, width, channels, batch)
		},
		Canonical: func(c Config) Config {
			c.Dilations = c.dilations()
			return k.canonical(c)
		},
	}
}

// stack is a core of convolutional layers, each with batch normalisation and activation. Its config is valid.
type stack struct {
	config   Config
	kind     stackKind
	channels int // of the images
	layers   []layer
}

// layer is one convolution with its batch normalisation and activation.
type layer struct {
	name                   string // prefix of its variables
	size, stride, dilation int
	in, features           int // channels in; features out, per orientation
	rotations              int
	shiftInputs            bool // input channels are orientations and shift with the filter's rotation
	height, width          int  // of the output
	padding                [][2]int
	activation             string
	variable               weights.Spec // what makes the filters
	normed, gamma, beta    bool         // there is batch normalisation, and what it learns
	normDecay, epsilon     float64      // of its moving averages; added to its variance
	separable, convBias    bool         // see Config.Convolutions and ConvBiases
	shared, unfused        bool         // see Config
	functions              int          // values of the variable per input channel and feature
	smooth, sparse         float64      // weights of the penalties

	// rotationTable is what each value of the variable contributes to each pixel of the filter in each orientation, [rotations*size*size, functions].
	// It is nil if the values are the pixels and there is one orientation. gradientTable, if not nil, replaces it in the gradient.
	rotationTable, gradientTable []float32

	evaluation string    // of Evaluations
	spectrum   *spectrum // if evaluation is Spectral
}

// layOut makes a stack for images of height x width pixels. An error names the field that does not suit the images.
func (k stackKind) layOut(c Config, height, width, channels int) (*stack, error) {
	s := &stack{config: c, kind: k, channels: channels}
	for i, in := 0, channels; i < c.Layers(); i++ {
		l := layer{
			name: fmt.Sprintf("core/conv%d", k.firstLayer+i), size: c.FilterSizes[i], stride: c.Strides[i], dilation: c.dilation(i),
			in: in, features: c.Features[i], rotations: c.Rotations, shiftInputs: i > 0, activation: c.Activations[i],
			normed: true, gamma: k.gamma && i < c.Layers()-1, beta: true, normDecay: k.normDecay, epsilon: normEpsilon, shared: c.SharedBiases, unfused: c.UnfusedNorm || c.SharedBiases,
			smooth: c.Smoothness * c.SmoothRel[i], sparse: c.Sparsity * c.SparseRel[i], evaluation: c.evaluation(i),
		}
		var low, high [2]int
		l.height, low[0], high[0] = outputExtent(height, l.reach(), l.stride, c.Padding[i])
		l.width, low[1], high[1] = outputExtent(width, l.reach(), l.stride, c.Padding[i])
		if l.height < 1 || l.width < 1 {
			return nil, fmt.Errorf("core.filter_sizes: %d in layer %d does not fit into its %dx%d input with valid padding", l.size, i+1, height, width)
		}
		l.padding = [][2]int{{low[0], high[0]}, {low[1], high[1]}}
		l.functions = l.size * l.size
		if k.rotate != nil {
			if err := k.rotate(&l, c); err != nil {
				return nil, err
			}
		}
		l.variable = weights.Spec{Name: l.name + "/" + k.variable, Shape: k.variableShape(&l), Trainable: true, Init: weights.TruncatedNormal(k.startSD)}
		if k.general {
			l.generalise(c, i)
		}
		if l.evaluation == Spectral {
			l.spectrum = newSpectrum(&l, height, width)
		}
		s.layers = append(s.layers, l)
		height, width, in = l.height, l.width, l.channels()
	}
	return s, nil
}

// pixels is the shape of a variable that holds the filters' pixels.
func pixels(l *layer) []int { return []int{l.size, l.size, l.in, l.features} }

// reach is the extent of a filter in pixels of its input, gaps included.
func (l *layer) reach() int { return (l.size-1)*l.dilation + 1 }

// outputExtent returns output size and padding before and after along one axis, by TensorFlow's rules.
func outputExtent(in, size, stride int, padding string) (out, low, high int) {
	if padding == valid {
		return (in - size + stride) / stride, 0, 0
	}
	out = (in + stride - 1) / stride
	total := max((out-1)*stride+size-in, 0)
	return out, total / 2, total - total/2
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
func (s *stack) OutputShape() (height, width, channels int) {
	last := s.layers[len(s.layers)-1]
	return last.height, last.width, last.channels()
}

// Rotations is the number of orientations of every feature.
func (s *stack) Rotations() int { return s.config.Rotations }

// Geometry says which pixels a position of the maps sees.
func (s *stack) Geometry() Geometry {
	g := Geometry{Stride: 1, Field: 1}
	for i, l := range s.layers {
		if i == len(s.layers)-1 {
			g.LowBeforeLinear = g.Low
		}
		for axis := range g.Low {
			g.Low[axis] += l.padding[axis][0] * g.Stride
		}
		g.Field += (l.reach() - 1) * g.Stride
		g.Stride *= l.stride
	}
	if !s.endsLinear() {
		g.LowBeforeLinear = g.Low
	}
	return g
}

// endsLinear tells whether the last layer has no activation.
func (s *stack) endsLinear() bool { return s.layers[len(s.layers)-1].activation == "none" }

// Resize lays the stack out anew.
func (s *stack) Resize(to Layout) (Core, error) {
	c := s.config
	c.Evaluation = nil
	if to.Unpadded {
		c.Padding = slices.Repeat([]string{valid}, c.Layers())
	}
	var err error
	switch {
	case to.Batch > 0 && to.ImageGradients:
		c.Evaluation, err = s.kind.planImages(c, to.Height, to.Width, s.channels, to.Batch)
	case to.Batch > 0:
		c.Evaluation, err = s.kind.plan(c, to.Height, to.Width, s.channels, to.Batch)
	}
	if err != nil {
		return nil, err
	}
	laid, err := s.kind.layOut(c, to.Height, to.Width, s.channels)
	if err != nil {
		return nil, err
	}
	return laid, nil
}

// Operations counts, per image and layer, 2 height' width' size^2 in out for the convolution, that of its parts if it is separable, and 2 rotations size^2 functions in features for rotating the
// filters.
func (s *stack) Operations() Operations {
	var o Operations
	for _, l := range s.layers {
		o.Layers = append(o.Layers, l.operations(1))
		if l.rotations > 1 {
			o.Filters += 2 * float64(l.rotations*l.size*l.size*l.functions*l.in*l.features)
		}
	}
	return o
}

// Specs lists the variables of the stack. Each layer has coefficients [functions, in, features] of the Hermite basis or weights [size, size, in, features]
// in pixels, and batch normalisation's gamma (if the kind has it, and never in the last layer), beta, moving mean and moving variance. Kind stacked has what
// its config says.
func (s *stack) Specs() []weights.Spec {
	var specs []weights.Spec
	for _, l := range s.layers {
		n := []int{l.normChannels()}
		specs = append(append(specs, l.variable), l.generalSpecs()...)
		if l.gamma {
			specs = append(specs, weights.Spec{Name: l.name + "/BatchNorm/gamma", Shape: n, Trainable: true, Init: weights.Constant(1)})
		}
		if l.beta {
			specs = append(specs, weights.Spec{Name: l.name + "/BatchNorm/beta", Shape: n, Trainable: true, Init: weights.Constant(0)})
		}
		if !l.normed {
			continue
		}
		specs = append(specs,
			weights.Spec{Name: l.name + "/BatchNorm/moving_mean", Shape: n, Init: weights.Constant(0)},
			weights.Spec{Name: l.name + "/BatchNorm/moving_variance", Shape: n, Init: weights.Constant(1)})
	}
	return specs
}
