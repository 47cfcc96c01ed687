package neuralpredictors

import (
	"fmt"

	"v1lab/datasets/array"
	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// stackedCore is what a Stacked2dCore's tensors say.
type stackedCore struct {
	inputs       int // channels of the input
	sizes        []int
	features     []int
	convolutions []string
	norms        []string
	biases       []bool
	activations  []string // nil if the file does not say
	values       weights.Values
}

const layerPrefix = "core.features.layer"

// readCore reads the core's layers.
func (s *state) readCore() stackedCore {
	c := stackedCore{values: weights.Values{}}
	layers := 0
	for s.first(fmt.Sprintf("%s%d.conv.weight", layerPrefix, layers), fmt.Sprintf("%s%d.ds_conv.spatial_conv.weight", layerPrefix, layers)) != "" {
		layers++
	}
	if layers == 0 {
		s.fail("no tensor %s0.conv.weight: not a Stacked2dCore of neuralpredictors; found %s", layerPrefix, list(s.file.Names()))
	}
	for l := range layers {
		s.readLayer(&c, l)
		if there, known := s.module(fmt.Sprintf("%s%d.nonlin", layerPrefix, l)); known {
			c.activations = append(c.activations, map[bool]string{true: "elu", false: "none"}[there])
		}
	}
	return c
}

// readLayer reads one layer: a convolution, plain or depth-separable, batch normalisation, and bias or scale.
func (s *state) readLayer(c *stackedCore, l int) {
	from, to := fmt.Sprintf("%s%d.", layerPrefix, l), fmt.Sprintf("core/conv%d/", l)
	set := func(name string, values []float32, shape ...int) {
		if s.err == nil {
			c.values[to+name] = array.New(values, shape...)
		}
	}
	var in, out, size int
	biased := false
	if s.has(from + "conv.weight") {
		shape := s.dims(from+"conv.weight", 4)
		out, in, size = shape[0], shape[1], shape[2]
		s.square(from+"conv.weight", shape)
		set("weights", pixelsFirst(s.floats(from+"conv.weight", out, in, size, size), out, in, size*size), size, size, in, out)
		if biased = s.has(from + "conv.bias"); biased {
			set("biases", s.floats(from+"conv.bias", out), out)
		}
		c.convolutions = append(c.convolutions, core.Plain)
	} else {
		conv := from + "ds_conv."
		shape := s.dims(conv+"spatial_conv.weight", 4)
		out, size = shape[0], shape[2]
		s.square(conv+"spatial_conv.weight", shape)
		in = s.dims(conv+"in_depth_conv.weight", 4)[1]
		set("weights", pixelsFirst(s.floats(conv+"spatial_conv.weight", out, 1, size, size), out, 1, size*size), size, size, out)
		set("weights_in", transposed(s.floats(conv+"in_depth_conv.weight", out, in, 1, 1), out, in), in, out)
		set("weights_out", transposed(s.floats(conv+"out_depth_conv.weight", out, out, 1, 1), out, out), out, out)
		if biased = s.has(conv + "in_depth_conv.bias"); biased {
			for part, name := range map[string]string{"in_depth_conv": "biases_in", "spatial_conv": "biases", "out_depth_conv": "biases_out"} {
				set(name, s.floats(conv+part+".bias", out), out)
			}
		}
		c.convolutions = append(c.convolutions, core.Separable)
	}
	if size%2 == 0 {
		s.fail("layer %d has kernels of %dx%d pixels; accepted: odd sizes, because PyTorch pads even ones unlike this project", l, size, size)
	}
	if l == 0 {
		c.inputs = in
	} else if in != c.features[l-1] {
		s.fail("layer %d has %d input channels, layer %d has %d maps; accepted: cores without skip connections", l, in, l-1, c.features[l-1])
	}
	c.sizes, c.features, c.biases = append(c.sizes, size), append(c.features, out), append(c.biases, biased)
	c.norms = append(c.norms, s.readNorm(from, out, set))
}

func (s *state) square(name string, shape []int) {
	if shape[2] != shape[3] {
		s.fail("%s has kernels of %dx%d pixels; accepted: square ones", name, shape[2], shape[3])
	}
}

// pixelsFirst turns kernels [out, in, pixels] to [pixels, in, out].
func pixelsFirst(a []float32, out, in, pixels int) []float32 {
	turned := make([]float32, len(a))
	if len(a) != out*in*pixels {
		return turned
	}
	for o := range out {
		for i := range in {
			for p := range pixels {
				turned[(p*in+i)*out+o] = a[(o*in+i)*pixels+p]
			}
		}
	}
	return turned
}

// readNorm reads batch normalisation, y = (x - mean)/sqrt(variance + 1e-5) gamma + beta, and joins to it the layer of a bias or a scale that may follow.
func (s *state) readNorm(from string, n int, set func(name string, values []float32, shape ...int)) string {
	scale, bias := s.has(from+"scale.scale"), s.has(from+"bias.bias")
	if !s.has(from + "norm.running_mean") {
		if scale || bias {
			s.fail("%sscale or bias without batch normalisation; accepted: neuralpredictors' layers", from)
		}
		return core.NoNorm
	}
	set("BatchNorm/moving_mean", s.floats(from+"norm.running_mean", n), n)
	set("BatchNorm/moving_variance", s.floats(from+"norm.running_var", n), n)
	gamma, beta := ones(n), make([]float32, n)
	hasGamma, hasBeta := s.has(from+"norm.weight"), s.has(from+"norm.bias")
	if hasGamma {
		gamma = s.floats(from+"norm.weight", n)
	}
	if hasBeta {
		beta = s.floats(from+"norm.bias", n)
	}
	if scale {
		for i, v := range s.floats(from+"scale.scale", 1, n, 1, 1) {
			if s.err == nil {
				gamma[i], beta[i] = gamma[i]*v, beta[i]*v
			}
		}
	}
	if bias {
		for i, v := range s.floats(from+"bias.bias", 1, n, 1, 1) {
			if s.err == nil {
				beta[i] += v
			}
		}
	}
	hasGamma, hasBeta = hasGamma || scale, hasBeta || bias
	if hasGamma {
		set("BatchNorm/gamma", gamma, n)
	}
	if hasBeta {
		set("BatchNorm/beta", beta, n)
	}
	switch {
	case hasGamma && hasBeta:
		return core.Affine
	case hasGamma:
		return core.Scale
	case hasBeta:
		return core.Bias
	}
	return core.Fixed
}

func ones(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = 1
	}
	return v
}
