package fitted

import (
	"context"
	"slices"

	"v1lab/v1model"
	"v1lab/v1model/insilico"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/weights"
)

// SubjectOf is Subject for some neurons: a model of these alone, so that no other rates are computed. own are their numbers in it, in their order. If they are
// as many as the runs have, or such a model cannot be made, as for a readout of one's own that mixes neurons, it is Subject's. closeIt frees what belongs to
// it alone.
func (e *Ensemble) SubjectOf(ctx context.Context, neurons []int) (s *insilico.Subject, own []int, closeIt func(), err error) {
	if len(neurons) < e.Runs[0].Dataset.Shape.Neurons {
		if s, own, closeIt, err = subjectOfSome(ctx, neurons, e.Runs...); err == nil {
			return s, own, closeIt, nil
		}
	}
	s, err = e.Subject(ctx)
	return s, neurons, func() {}, err
}

// subjectOfSome is SubjectOf for one run, or several fits of one recording.
func subjectOfSome(ctx context.Context, neurons []int, runs ...*Run) (s *insilico.Subject, own []int, closeIt func(), err error) {
	if len(runs) == 1 && len(neurons) == runs[0].Dataset.Shape.Neurons {
		s, err := runs[0].Subject(ctx)
		return s, neurons, func() {}, err
	}
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
	if err != nil {
		return nil, err
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
