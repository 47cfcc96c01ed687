package pytorch

import (
	"fmt"

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
		{"covariate_mean", covariates.Mean}, {"covariate_sd", covariates.SD},
		{"gain.weights", modulation.HiddenWeights}, {"gain.biases", modulation.HiddenBiases}, {"gain.output", modulation.Output},
	} {
		if _, there := values[pair[1]]; there {
			s.set(pair[0], pair[1])
		}
	}
	for l := 0; values[shifter.WeightsName(l)].Data != nil; l++ {
		s.set(fmt.Sprintf("shifter.weights.%d", l), shifter.WeightsName(l))
		s.set(fmt.Sprintf("shifter.biases.%d", l), shifter.BiasesName(l))
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
	s.used[readout.Sigma], s.used[readout.NoiseState] = true, true // of training only
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
	if kind == core.CNN {
		s.tensors[prefix+"weight"] = convolution(made)
	} else {
		s.tensors[prefix+"values"] = array.Array{Shape: []int{l.Functions, l.In, l.Features}, Data: made.Data}
	}
	norm := l.Name + "/BatchNorm/"
	s.set(prefix+"norm.bias", norm+"beta")
	s.set(prefix+"norm.running_mean", norm+"moving_mean")
	s.set(prefix+"norm.running_var", norm+"moving_variance")
	if l.Gamma {
		s.set(prefix+"norm.weight", norm+"gamma")
	} else {
		ones := make([]float32, s.values[norm+"beta"].Len())
		for i := range ones {
			ones[i] = 1
		}
		s.tensors[prefix+"norm.weight"] = array.New(ones)
	}
	s.tensors[prefix+"norm.num_batches_tracked"] = array.Array{Shape: []int{}, Data: []int64{0}}
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
