package insilico

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/ondevice"
)

// Subject is a fitted model in an in-silico experiment, or an ensemble of several: its rates are then the mean of theirs. Use it from one goroutine at a time.
type Subject struct {
	Model         *v1model.Model          // the first model. Others of an ensemble have its shape
	Normalisation *datasets.Normalisation // of the images that the model was fitted to; nil: results have no recorded units

	members  []*member
	programs *ondevice.Programs // of all members' weights
	backend  compute.Backend

	silent      []int  // neurons that count as dead whatever their weights
	fingerprint string // of configs and weights

	screen *Screen // the last one
}

// New prepares a model, or an ensemble of several of one shape, for experiments. The subject can be used until the models on the device are closed. Weights
// that are not finite are an error.
func New(on ...*ondevice.Model) (*Subject, error) {
	if len(on) == 0 {
		return nil, errors.New("insilico: no model; accepted: one, or several of an ensemble")
	}
	s := &Subject{Model: on[0].Model, programs: on[0].Programs, backend: on[0].Backend}
	var fingerprints []string
	for i, d := range on {
		if !d.Shape.Same(s.Model.Shape) {
			return nil, fmt.Errorf("insilico: models of %v and %v; accepted: images and neurons of one shape", s.Model.Shape, d.Shape)
		}
		m, err := newMember(d)
		if err != nil {
			return nil, err
		}
		if len(on) > 1 {
			m.name = func(variable string) string { return ondevice.MemberName(i, variable) }
		}
		s.members, fingerprints = append(s.members, m), append(fingerprints, m.fingerprint)
	}
	s.fingerprint = fingerprints[0]
	if len(on) > 1 {
		var err error
		if s.programs, err = ondevice.Join(on...); err != nil {
			return nil, err
		}
		s.fingerprint = fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(fingerprints, " "))))
	}
	return s, nil
}

// Close frees the programs of an ensemble. Those of a single model are freed with it.
func (s *Subject) Close() error {
	if len(s.members) == 1 {
		return nil
	}
	return s.programs.Close()
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

func isFinite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }

func fillNaN(values []float32) {
	for i := range values {
		values[i] = float32(math.NaN())
	}
}
