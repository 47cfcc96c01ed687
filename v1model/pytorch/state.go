package pytorch

import (
	"fmt"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/covariates"
	"v1lab/v1model/modulation"
	"v1lab/v1model/readout"
	"v1lab/v1model/shifter"
	"v1lab/v1model/weights"
)

// state collects the tensors of model.py's state_dict and notes which of the run's variables they hold.
type state struct {
	tensors map[string]array.Array
	values  weights.Values
	used    map[string]bool
}

// stateOf returns the state_dict of a model.
func stateOf(m *v1model.Model, values weights.Values, n *datasets.Normalisation) (map[string]array.Array, error) {
	s := state{map[string]array.Array{}, values, map[string]bool{}}
	layers, ok := m.Core.(core.Layered)
	if !ok {
		return nil, refuse("core.kind", m.Config.Core.Kind, coreKinds)
	}
	for i, l := range layers.Layers() {
		s.layer(fmt.Sprintf("core.%d.", i), l, m.Config.Core.Kind)
	}
	for _, pair := range [][2]string{
		{"readout.masks", readout.Masks}, {"readout.features", readout.Features}, {"readout.biases", readout.Biases},
		{"readout.mu", readout.Means}, {"readout.grid_weights", readout.GridMap}, {"readout.grid_biases", readout.GridOffset}, {"readout.places", readout.CortexPlaces},
		{"covariate_mean", covariates.Mean}, {"covariate_sd", covariates.SD}, {"session_mean", covariates.SessionMean}, {"session_sd", covariates.SessionSD},
		{"gain.weights", modulation.HiddenWeights}, {"gain.biases", modulation.HiddenBiases}, {"gain.output", modulation.Output},
	} {
		if _, there := values[pair[1]]; there {
			s.set(pair[0], pair[1])
		}
	}
	for l := 0; values[readout.GridWeights(l)].Data != nil; l++ {
		s.set(fmt.Sprintf("readout.grid_weights.%d", l), readout.GridWeights(l))
		s.set(fmt.Sprintf("readout.grid_biases.%d", l), readout.GridBiases(l))
	}
	for l := 0; values[shifter.WeightsName(l)].Data != nil; l++ {
		s.set(fmt.Sprintf("shifter.weights.%d", l), shifter.WeightsName(l))
		s.set(fmt.Sprintf("shifter.biases.%d", l), shifter.BiasesName(l))
	}
	if m.BySession() {
		of := make([]int64, m.Shape.Neurons)
		for n, k := range m.Shape.SessionOf {
			of[n] = int64(k)
		}
		s.tensors["session"] = array.Array{Shape: []int{len(of)}, Data: of}
	}
	if n != nil && n.Method == datasets.Pixel {
		s.tensors["image_mean"], s.tensors["image_sd"] = channelsFirst(n.PixelMean, m.Shape), channelsFirst(n.PixelSD, m.Shape)
	}
	if n != nil {
		sds := make([]float32, len(n.ResponseSD))
		for i, sd := range n.ResponseSD {
			sds[i] = float32(sd)
		}
		s.tensors["response_sd"] = array.New(sds)
	}
	s.used[readout.Sigma], s.used[readout.NoiseState], s.used[readout.LogStrengths] = true, true, true // of training only
	for _, spec := range m.Config.Readout.Types.Specs(0, 0) {
		s.used[spec.Name] = true
	}
	for _, spec := range m.Specs() {
		if !s.used[spec.Name] {
			return nil, fmt.Errorf("the model's variable %q cannot be written for PyTorch", spec.Name)
		}
	}
	return s.tensors, nil
}

// set copies a variable under another name.
func (s *state) set(name, variable string) {
	s.tensors[name] = s.values[variable]
	s.used[variable] = true
}

// layer adds a layer's variables. Filters that are turned keep their order, [values, in, features]; others become PyTorch's [features, in, height, width].
func (s *state) layer(prefix string, l core.Layer, kind string) {
	s.used[l.Variable] = true
	made := s.values[l.Variable]
	switch {
	case l.Separable:
		s.tensors[prefix+"weight"] = convolution(array.Array{Shape: []int{l.Size, l.Size, 1, l.Features}, Data: made.Data})
		s.product(prefix+"weight_in", l.Name+"/weights_in")
		s.product(prefix+"weight_out", l.Name+"/weights_out")
	case !turned(kind):
		s.tensors[prefix+"weight"] = convolution(made)
	default:
		s.tensors[prefix+"values"] = array.Array{Shape: []int{l.Functions, l.In, l.Features}, Data: made.Data}
	}
	for _, part := range []string{"", "_in", "_out"} {
		if _, there := s.values[l.Name+"/biases"+part]; there {
			s.set(prefix+"bias"+part, l.Name+"/biases"+part)
		}
	}
	if !l.Normed {
		return
	}
	norm := l.Name + "/BatchNorm/"
	s.set(prefix+"norm.running_mean", norm+"moving_mean")
	s.set(prefix+"norm.running_var", norm+"moving_variance")
	for _, learned := range []struct {
		there          bool
		name, variable string
		otherwise      float32
	}{{l.Gamma, "norm.weight", "gamma", 1}, {l.Beta, "norm.bias", "beta", 0}} {
		if learned.there {
			s.set(prefix+learned.name, norm+learned.variable)
			continue
		}
		s.tensors[prefix+learned.name] = array.New(slices.Repeat([]float32{learned.otherwise}, s.values[norm+"moving_mean"].Len()))
	}
	s.tensors[prefix+"norm.num_batches_tracked"] = array.Array{Shape: []int{}, Data: []int64{0}}
}

// product adds a product over channels, [in, out], as PyTorch's convolution with filters of one pixel.
func (s *state) product(name, variable string) {
	m := s.values[variable]
	s.tensors[name] = convolution(array.Array{Shape: []int{1, 1, m.Shape[0], m.Shape[1]}, Data: m.Data})
	s.used[variable] = true
}

// convolution turns filters [height, width, in, out] into [out, in, height, width].
func convolution(filters array.Array) array.Array {
	from, s := filters.Data.([]float32), filters.Shape
	places, in, out := s[0]*s[1], s[2], s[3]
	to := make([]float32, len(from))
	for p := range places {
		for c := range in {
			for f := range out {
				to[(f*in+c)*places+p] = from[(p*in+c)*out+f]
			}
		}
	}
	return array.New(to, out, in, s[0], s[1])
}

// channelsFirst turns values [height, width, channels] into [channels, height, width].
func channelsFirst(values []float64, s v1model.Shape) array.Array {
	to, places := make([]float32, len(values)), s.Height*s.Width
	for i, v := range values {
		to[i%s.Channels*places+i/s.Channels] = float32(v)
	}
	return array.New(to, s.Channels, s.Height, s.Width)
}
