package fit

import (
	"context"
	"fmt"
	"maps"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/schedule"
	"v1lab/v1model/weights"
)

// Stepper makes training steps without a schedule and a run folder, to measure them. Close frees the device.
type Stepper struct {
	device  *device
	sampler *sampler
	row     int // of the table of losses
}

// NewStepper copies normalised data and start values to the device. The training part must have at least a batch of images, the validation part at
// least one. The first step compiles the program.
func NewStepper(backend compute.Backend, m *v1model.Model, data *datasets.Dataset, start weights.Values) (*Stepper, error) {
	f := m.Config.Fit
	if data.Val.Images.N == 0 || data.Train.Images.N < f.Batch {
		return nil, fmt.Errorf("data %q: %d training and %d validation images; needed are %d (fit.batch) and 1", data.Spec, data.Train.Images.N, data.Val.Images.N, f.Batch)
	}
	if _, err := suitSessions(m.Config, data); err != nil {
		return nil, err
	}
	d, err := newDevice(backend, m, data)
	if err != nil {
		return nil, err
	}
	s := &Stepper{device: d, sampler: samplerOf(data, f)}
	s.sampler.order = s.sampler.permute(0)
	d.setOrder(s.sampler.order)
	d.setCursor(0, nil)
	plan, err := f.Plan()
	if err != nil {
		d.finalize()
		return nil, err
	}
	d.setRate(plan.Rate(schedule.State{}))
	if err := d.setState(withOptimiser(m, maps.Clone(start))); err != nil {
		d.finalize()
		return nil, err
	}
	return s, nil
}

// Train makes steps, waits for the last and returns its loss and penalty.
func (s *Stepper) Train(steps int) (loss, penalty float64, err error) {
	f := s.device.model.Config.Fit
	for range steps {
		if s.row == f.ValidateEvery { // the table is full
			s.device.setCursor(s.sampler.Position, nil)
			s.row = 0
		}
		if err := s.device.step(); err != nil {
			return 0, 0, err
		}
		s.row++
		if s.sampler.advance(f.Batch) {
			s.device.setOrder(s.sampler.order)
			s.device.setPosition(0)
		}
	}
	if s.row == 0 {
		return 0, 0, nil
	}
	losses, err := s.device.losses(s.row)
	if err != nil {
		return 0, 0, err
	}
	last := losses[len(losses)-2:]
	return float64(last[0]), float64(last[1]), nil
}

// Validate returns the loss of the validation part, mean over images.
func (s *Stepper) Validate() (float64, error) { return s.device.validate(context.Background()) }

// Close frees the device.
func (s *Stepper) Close() { s.device.finalize() }
