package insilico

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/kinds"
	"v1lab/v1model/loss"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Subject is a fitted model in an in-silico experiment. Use it from one goroutine at a time.
type Subject struct {
	Model         *v1model.Model
	Normalisation *datasets.Normalisation // of the images that the model was fitted to; nil: results have no recorded units

	device  *ondevice.Model
	backend compute.Backend
	specs   []weights.Spec

	masks    []float32 // effective masks [neurons, height', width']
	features []float32 // effective feature weights [neurons, channels]
	biases   []float32
	grid     [3]int // height', width', channels of the feature maps

	silent      []int  // neurons that count as dead whatever their weights
	fingerprint string // of config and weights
}

// New prepares a model for experiments. The subject can be used until the model on the device is closed. Weights that are not finite are an error.
func New(on *ondevice.Model) (*Subject, error) {
	m, w := on.Model, on.Values
	s := &Subject{Model: m, device: on, backend: on.Backend, specs: m.Specs()}
	hash := sha256.New()
	fmt.Fprintf(hash, "%s %s", kinds.Text(m.CoreConfig()), kinds.Text(m.Config.Readout))
	if l := m.Config.Fit.Loss; l != "" && l != loss.Default { // it has another link; with the default the text is that of earlier versions
		fmt.Fprintf(hash, " %s", l)
	}
	if text := m.Config.BehaviourText(); text != "" {
		fmt.Fprintf(hash, " %s", text)
	}
	for _, spec := range s.specs {
		values := w.Float32(spec.Name)
		if i := slices.IndexFunc(values, func(v float32) bool { return !isFinite(v) }); i >= 0 {
			return nil, fmt.Errorf("weights: variable %q has the value %v at place %d; accepted: finite numbers", spec.Name, values[i], i)
		}
		if err := binary.Write(hash, binary.LittleEndian, values); err != nil {
			return nil, err
		}
	}
	s.fingerprint = fmt.Sprintf("%x", hash.Sum(nil))
	masks, features := m.Effective(w)
	s.masks, s.features, s.biases = masks.Data.([]float32), features.Data.([]float32), w.Float32(readout.Biases)
	s.grid[0], s.grid[1], s.grid[2] = m.Core.OutputShape()
	return s, nil
}

// Silence marks neurons as dead, such as those that never responded in training: what their weights are left with is chance.
func (s *Subject) Silence(neurons []int) { s.silent = neurons }

// Shape returns the shape of an image or receptive field: height and width, and channels if there are several.
func (s *Subject) Shape() []int {
	shape := []int{s.Model.Shape.Height, s.Model.Shape.Width}
	if s.Model.Shape.Channels > 1 {
		shape = append(shape, s.Model.Shape.Channels)
	}
	return shape
}

// pixels is the number of values of one image.
func (s *Subject) pixels() int {
	return s.Model.Shape.Height * s.Model.Shape.Width * s.Model.Shape.Channels
}

// toChannelsFirst transposes one image from [height, width, channels] to [channels, height, width] in place; toChannelsLast is its inverse.
func (s *Subject) toChannelsFirst(values []float32) {
	c := s.Model.Shape.Channels
	transpose(values, len(values)/c, c)
}

func (s *Subject) toChannelsLast(values []float32) {
	c := s.Model.Shape.Channels
	transpose(values, c, len(values)/c)
}

// transpose transposes rows x columns values in place.
func transpose(values []float32, rows, columns int) {
	if rows == 1 || columns == 1 {
		return
	}
	from := slices.Clone(values)
	for i := range rows {
		for j := range columns {
			values[j*rows+i] = from[i*columns+j]
		}
	}
}

// check returns an error for neurons that the model does not have.
func (s *Subject) check(neurons []int) error {
	if len(neurons) == 0 {
		return fmt.Errorf("insilico: no neurons chosen; at least 1 is needed")
	}
	for _, n := range neurons {
		if n < 0 || n >= s.Model.Shape.Neurons {
			return fmt.Errorf("insilico: neuron %d does not exist; accepted: 0 to %d", n, s.Model.Shape.Neurons-1)
		}
	}
	return nil
}

// mask is a neuron's effective mask, [height', width'].
func (s *Subject) mask(neuron int) []float32 {
	places := s.grid[0] * s.grid[1]
	return s.masks[neuron*places : (neuron+1)*places]
}

// featureWeights are a neuron's effective feature weights, [channels].
func (s *Subject) featureWeights(neuron int) []float32 {
	return s.features[neuron*s.grid[2] : (neuron+1)*s.grid[2]]
}

func isFinite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }

func fillNaN(values []float32) {
	for i := range values {
		values[i] = float32(math.NaN())
	}
}
