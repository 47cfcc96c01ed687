package neuralpredictors

import (
	"fmt"

	"v1lab/datasets/array"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// sessionReadout is what the tensors of one session's readout say.
type sessionReadout struct {
	neurons, channels int
	kind              string
	covariance        string
	grid, gridFinal   string // gridFinal is empty if the file does not say
	hidden            []int
	maps              [2]int // height and width of the feature maps, if masks tell
	values            weights.Values
}

// readReadout reads the readout of a session.
func (s *state) readReadout(session string) sessionReadout {
	r := sessionReadout{values: weights.Values{}, kind: readout.Gaussian}
	from := "readout." + session + "."
	if s.has(from + "spatial") {
		r.kind = readout.Factorised
	}
	features := s.first(from+"_features", from+"features")
	if features == "" {
		s.fail("no tensor %s_features; accepted: Gaussian and factorised readouts of neuralpredictors", from)
		return r
	}
	if r.kind == readout.Factorised {
		s.readMasks(&r, from)
	} else {
		s.readGaussian(&r, from)
	}
	s.readFeatures(&r, from, features)
	biases := make([]float32, r.neurons)
	if s.has(from + "bias") {
		biases = s.floats(from+"bias", r.neurons)
	}
	if s.err == nil {
		r.values[readout.Biases] = array.New(biases, r.neurons)
	}
	return r
}

// readFeatures reads feature weights, [neurons, channels] of a factorised and [1, channels, 1, neurons] of a Gaussian readout. Shared ones are written out:
// each neuron has those of its index, times its scale.
func (s *state) readFeatures(r *sessionReadout, from, name string) {
	var shared []float32 // [rows, channels]
	rows := 0
	if r.kind == readout.Factorised {
		shape := s.dims(name, 2)
		rows, r.channels = shape[0], shape[1]
		shared = s.floats(name, rows, r.channels)
	} else {
		shape := s.dims(name, 4)
		rows, r.channels = shape[3], shape[1]
		shared = transposed(s.floats(name, 1, r.channels, 1, rows), r.channels, rows)
	}
	of := s.sharing(from+"feature_sharing_index", r.neurons, rows)
	scales := ones(r.neurons)
	if s.has(from + "scales") {
		if r.kind == readout.Factorised {
			scales = s.floats(from+"scales", r.neurons, 1)
		} else {
			scales = s.floats(from+"scales", 1, 1, 1, r.neurons)
		}
	}
	if s.err != nil {
		return
	}
	each := make([]float32, 0, r.neurons*r.channels)
	for n, row := range of {
		for _, v := range shared[row*r.channels : (row+1)*r.channels] {
			each = append(each, v*scales[n])
		}
	}
	r.values[readout.Features] = array.New(each, r.neurons, r.channels)
}

// sharing returns which of rows each neuron uses: its own, or the one that an index of the file says.
func (s *state) sharing(name string, neurons, rows int) []int {
	of := make([]int, neurons)
	if !s.has(name) {
		for n := range of {
			of[n] = n
		}
		if rows != neurons {
			s.fail("%d neurons, and weights of %d without %s", neurons, rows, name)
		}
		return of
	}
	for n, v := range s.floats(name, neurons) {
		if of[n] = int(v); of[n] < 0 || of[n] >= rows {
			s.fail("%s: neuron %d has %d; accepted: 0 to %d", name, n, of[n], rows-1)
			of[n] = 0
		}
	}
	return of
}

// readGaussian reads positions, or what predicts them, and their spread in training.
func (s *state) readGaussian(r *sessionReadout, from string) {
	sigma := s.dims(from+"sigma", 4)
	r.neurons = sigma[1]
	shape := []int{r.neurons, 2, 2}
	switch [2]int{sigma[2], sigma[3]} {
	case [2]int{2, 2}:
		r.covariance = readout.Full
	case [2]int{1, 2}:
		r.covariance, shape = readout.Uncorrelated, []int{r.neurons, 2}
	case [2]int{1, 1}:
		r.covariance, shape = readout.Isotropic, []int{r.neurons, 1}
	default:
		s.fail("%ssigma has shape %s; accepted: [1, neurons, 2, 2], [1, neurons, 1, 2] or [1, neurons, 1, 1]", from, array.FormatShape(sigma))
		return
	}
	spread := s.floats(from+"sigma", 1, r.neurons, sigma[2], sigma[3])
	if s.err != nil {
		return
	}
	r.values[readout.Sigma] = array.New(spread, shape...)
	r.values[readout.NoiseState] = array.New(make([]float32, 2), 2)
	if s.has(from + "source_grid") {
		s.readPredictor(r, from)
		return
	}
	mu := s.first(from+"_mu", from+"mu")
	if mu == "" {
		s.fail("no tensor %s_mu, nor %ssource_grid", from, from)
		return
	}
	rows := s.dims(mu, 4)[1]
	values, of := s.floats(mu, 1, rows, 1, 2), s.sharing(from+"grid_sharing_index", r.neurons, rows)
	if s.err != nil {
		return
	}
	means := make([]float32, 0, 2*r.neurons)
	for _, row := range of {
		means = append(means, values[2*row:2*row+2]...)
	}
	r.grid = readout.Independent
	r.values[readout.Means] = array.New(means, r.neurons, 2)
}

// readPredictor reads the perceptron from places on cortex to positions: linear layers 0, 2, 4 and so on, with ELU between them, and tanh at the end if the
// file lists the module after the last.
func (s *state) readPredictor(r *sessionReadout, from string) {
	r.grid = readout.CortexMLP
	places := s.dims(from+"source_grid", 2)
	if places[1] != 2 && s.err == nil {
		s.fail("%ssource_grid has %d columns; accepted: 2, x and y on cortex", from, places[1])
	}
	source, in, layer := s.floats(from+"source_grid", r.neurons, 2), 2, 0
	for ; s.has(fmt.Sprintf("%smu_transform.%d.weight", from, 2*layer)); layer++ {
		name := fmt.Sprintf("%smu_transform.%d.", from, 2*layer)
		out := s.dims(name+"weight", 2)[0]
		w, b := s.floats(name+"weight", out, in), s.floats(name+"bias", out)
		if s.err != nil {
			return
		}
		r.values[readout.GridWeights(layer)] = array.New(transposed(w, out, in), in, out)
		r.values[readout.GridBiases(layer)] = array.New(b, out)
		r.hidden = append(r.hidden, out)
		in = out
	}
	if s.err == nil && (layer == 0 || in != 2) {
		s.fail("%smu_transform ends with %d outputs; accepted: 2", from, in)
	}
	if s.err != nil {
		return
	}
	r.hidden = r.hidden[:layer-1]
	r.values[readout.CortexPlaces] = array.New(source, r.neurons, 2)
	if there, known := s.module(fmt.Sprintf("%smu_transform.%d", from, 2*layer-1)); known {
		r.gridFinal = map[bool]string{true: "tanh", false: "none"}[there]
	}
}

// readMasks reads the masks of a factorised readout, [neurons, height, width].
func (s *state) readMasks(r *sessionReadout, from string) {
	shape := s.dims(from+"spatial", 3)
	r.neurons, r.maps = shape[0], [2]int{shape[1], shape[2]}
	masks := s.floats(from+"spatial", shape...)
	if s.err == nil {
		r.values[readout.Masks] = array.New(masks, shape...)
	}
}
