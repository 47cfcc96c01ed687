package fitted

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"v1lab/v1model"
	"v1lab/v1model/insilico"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/weights"
)

// SubjectOf is Subject for some neurons: a model of these alone, so that no other rates are computed. own are their numbers in it, in their order. If they are
// as many as the runs have, or the model has no parts, as with a readout of one's own that mixes neurons, it is Subject's; other errors are returned. closeIt
// frees what belongs to it alone.
func (e *Ensemble) SubjectOf(ctx context.Context, neurons []int) (s *insilico.Subject, own []int, closeIt func(), err error) {
	if len(neurons) < e.Runs[0].Dataset.Shape.Neurons {
		s, own, closeIt, err = partOf(ctx, neurons, e.Runs...)
		if !errors.Is(err, weights.ErrNoParts) {
			return s, own, closeIt, err
		}
	}
	s, err = e.Subject(ctx)
	return s, neurons, func() {}, err
}

// SubjectOf is Ensemble.SubjectOf of one run.
func (r *Run) SubjectOf(ctx context.Context, neurons []int) (s *insilico.Subject, own []int, closeIt func(), err error) {
	return (&Ensemble{Runs: []*Run{r}}).SubjectOf(ctx, neurons)
}

// partOf makes the subject of some neurons. The error is a weights.ErrNoParts if the model cannot be divided.
func partOf(ctx context.Context, neurons []int, runs ...*Run) (s *insilico.Subject, own []int, closeIt func(), err error) {
	var models []*ondevice.Model
	closeIt = func() {
		for _, d := range models {
			d.Close() //nolint:errcheck // frees memory only
		}
	}
	for _, r := range runs {
		d, err := r.onDeviceOf(ctx, neurons)
		if err != nil {
			closeIt()
			return nil, nil, nil, err
		}
		models = append(models, d)
	}
	if s, err = insilico.New(models...); err != nil {
		closeIt()
		return nil, nil, nil, err
	}
	silent := runs[0].neverVary()
	var mute []int
	for i, n := range neurons {
		if own = append(own, i); slices.Contains(silent, n) {
			mute = append(mute, i)
		}
	}
	s.Silence(mute)
	return s, own, closeIt, nil
}

// onDeviceOf is OnDevice for some neurons alone. It is the caller's.
func (r *Run) onDeviceOf(ctx context.Context, neurons []int) (*ondevice.Model, error) {
	m, w, err := r.Fitted()
	if err != nil {
		return nil, err
	}
	part, err := v1model.New(m.Config, m.Shape.Pick(neurons))
	if err != nil { // the same config made the model of all neurons
		return nil, fmt.Errorf("%w of %d neurons: %w", weights.ErrNoParts, len(neurons), err)
	}
	spans, err := weights.Spans(m.Specs(), part.Specs(), m.Shape.Neurons, len(neurons))
	if err != nil {
		return nil, err
	}
	b, err := r.Backend(ctx)
	if err != nil {
		return nil, err
	}
	return ondevice.New(b, part, w.Pick(spans, neurons))
}
