package insilico

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"

	"v1lab/v1model"
	"v1lab/v1model/kinds"
	"v1lab/v1model/loss"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Subject is a fitted model that experiments are done on. It is for one goroutine at a time.
type Subject struct {
	Model   *v1model.Model
	device  *ondevice.Model
	backend compute.Backend
	specs   []weights.Spec

	masks    []float32 // [neurons, height', width'], as they act
	features []float32 // [neurons, channels], as they act
	biases   []float32
	grid     [3]int // height', width', channels of the feature maps

	fingerprint string // of config and weights
}

// New makes experiments on a model possible, which lives as long as the model is on its device. Weights that are not finite are an error.
func New(on *ondevice.Model) (*Subject, error) {
	m, w := on.Model, on.Values
	s := &Subject{Model: m, device: on, backend: on.Backend, specs: m.Specs()}
	hash := sha256.New()
	fmt.Fprintf(hash, "%s %s", kinds.Text(m.CoreConfig()), kinds.Text(m.Config.Readout))
	if l := m.Config.Fit.Loss; l != "" && l != loss.Default { // another link
		fmt.Fprintf(hash, " %s", l)
	}
	for _, spec := range s.specs {
		values := w.Float32(spec.Name)
		if i := slices.IndexFunc(values, func(v float32) bool { return !finite(v) }); i >= 0 {
			return nil, fmt.Errorf("weights: variable %q has the value %v at place %d; accepted: finite numbers", spec.Name, values[i], i)
		}
		if err := binary.Write(hash, binary.LittleEndian, values); err != nil {
			return nil, err
		}
	}
	s.fingerprint = fmt.Sprintf("%x", hash.Sum(nil))
	masks, features := m.Readout.Effective(w)
	s.masks, s.features, s.biases = masks.Data.([]float32), features.Data.([]float32), w.Float32(readout.Biases)
	s.grid[0], s.grid[1], s.grid[2] = m.Core.OutputShape()
	return s, nil
}

// Shape is that of an image or a receptive field: height and width, and channels if there are several.
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

// toPlanes and toPictures turn one image from [height, width, channels] to [channels, height, width] and back, in place.
func (s *Subject) toPlanes(values []float32) {
	c := s.Model.Shape.Channels
	turn(values, len(values)/c, c)
}

func (s *Subject) toPictures(values []float32) {
	c := s.Model.Shape.Channels
	turn(values, c, len(values)/c)
}

// turn transposes rows x columns values in place.
func turn(values []float32, rows, columns int) {
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

// check refuses neurons that the model does not have.
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

// mask is a neuron's mask, [height', width'].
func (s *Subject) mask(neuron int) []float32 {
	places := s.grid[0] * s.grid[1]
	return s.masks[neuron*places : (neuron+1)*places]
}

// weightsOf are a neuron's feature weights, [channels].
func (s *Subject) weightsOf(neuron int) []float32 {
	return s.features[neuron*s.grid[2] : (neuron+1)*s.grid[2]]
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }

// nan fills values with NaN, the mark of what could not be measured.
func nan(values []float32) {
	for i := range values {
		values[i] = float32(math.NaN())
	}
}
