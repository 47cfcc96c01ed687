package fitted

import (
	"context"
	"fmt"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/weights"
)

// sessionModel predicts the responses of the neurons of one session at a time: a model of as many neurons as the largest session has, whose weights are
// exchanged from session to session.
type sessionModel struct {
	device *ondevice.Model
	values weights.Values // of all neurons
	spans  []weights.Span
}

func (r *Run) sessionModel(ctx context.Context, d *datasets.Dataset) (*sessionModel, error) {
	return r.sessions.get(func() (*sessionModel, error) {
		m, w, err := r.Fitted()
		if err != nil {
			return nil, err
		}
		b, err := r.Backend(ctx)
		if err != nil {
			return nil, err
		}
		window := 0
		for _, s := range d.Sessions {
			window = max(window, s.NumNeurons())
		}
		part, err := v1model.New(m.Config, m.Shape.Window(window))
		if err != nil {
			return nil, err
		}
		s := &sessionModel{values: w}
		if s.spans, err = weights.Spans(m.Specs(), part.Specs(), m.Shape.Neurons, window); err != nil {
			return nil, err
		}
		s.device, err = ondevice.New(b, part, w.OfNeurons(s.spans, 0, window).OfSession(s.spans, 0))
		return s, err
	})
}

// predict computes the rates of the neurons of session k to images, [images, neurons of the session], until another session is asked for.
type predict func(images datasets.Images, c datasets.Covariates) (datasets.Responses, error)

// inSession puts the weights of a session's neurons on the device.
func (r *Run) inSession(ctx context.Context, d *datasets.Dataset, k int) (predict, error) {
	s, err := r.sessionModel(ctx, d)
	if err != nil {
		return nil, err
	}
	first, window, n := 0, s.device.Shape.Neurons, d.Sessions[k].NumNeurons()
	for _, before := range d.Sessions[:k] {
		first += before.NumNeurons()
	}
	start := min(first, d.NumNeurons()-window) // as in the fit
	if err := s.device.SetValues(s.values.OfNeurons(s.spans, start, window).OfSession(s.spans, k)); err != nil {
		return nil, err
	}
	return func(images datasets.Images, c datasets.Covariates) (datasets.Responses, error) {
		rates, err := r.ratesOn(ctx, s.device, images, c)
		if err != nil {
			return rates, err
		}
		some := datasets.Responses{N: rates.N, Neurons: n, Values: make([]float32, 0, rates.N*n)}
		for i := range rates.N {
			some.Values = append(some.Values, rates.At(i)[first-start:first-start+n]...)
		}
		return some, nil
	}, nil
}

// SessionPredictions returns Predictions session by session: the rates of a session's neurons to its own images, [images, neurons], in the order of the
// sessions, and that of Predictions alone if there is one. Its memory is that of the responses.
func (r *Run) SessionPredictions(ctx context.Context, part Part) ([]datasets.Responses, error) {
	d, err := r.Recording()
	if err != nil {
		return nil, err
	}
	if d.Sessions == nil {
		whole, err := r.Predictions(ctx, part)
		return []datasets.Responses{whole}, err
	}
	var all []datasets.Responses
	for k, session := range d.Sessions {
		own, err := r.inSession(ctx, d, k)
		if err != nil {
			return nil, err
		}
		images, c, err := part.images(session)
		if err != nil {
			return nil, err
		}
		var rates datasets.Responses
		if part == Test && len(r.Config.Covariates()) > 0 {
			var trials datasets.Repeats
			if trials, err = r.trialsOf(session.Test, session.NumNeurons(), own); err == nil {
				rates = overTrials(trials, session.Test.Responses)
			}
		} else {
			rates, err = own(images, c)
		}
		if err != nil {
			return nil, fmt.Errorf("session %s: %w", session.Session, err)
		}
		all = append(all, rates)
	}
	return all, nil
}

// compareSessions compares predictions with each session and puts the results together.
func (r *Run) compareSessions(ctx context.Context, d *datasets.Dataset) (*evaluate.Report, error) {
	m, err := r.Model()
	if err != nil {
		return nil, err
	}
	var reports []*evaluate.Report
	for k, session := range d.Sessions {
		n := session.NumNeurons()
		own, err := r.inSession(ctx, d, k)
		if err != nil {
			return nil, err
		}
		val, err := own(session.Val.Images, session.Val.Covariates)
		if err != nil {
			return nil, err
		}
		behaves := len(r.Config.Covariates()) > 0
		var test datasets.Responses
		var trials datasets.Repeats
		if behaves {
			if trials, err = r.trialsOf(session.Test, n, own); err != nil {
				return nil, err
			}
			test = overTrials(trials, session.Test.Responses)
		} else if test, err = own(session.Test.Images, datasets.Covariates{}); err != nil {
			return nil, err
		}
		report, err := evaluate.Compare(m.Objective, val, test, session)
		if err != nil {
			return nil, err
		}
		if behaves {
			if err := report.ScoreTrials(trials, session.Test.Responses); err != nil {
				return nil, err
			}
		}
		reports = append(reports, report)
	}
	return evaluate.Together(reports, d)
}
