package fit

import (
	"fmt"
	"slices"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// sessions says how a fit to several sessions computes with one of them at a time. A batch has images of one session. The step computes with a window of
// the neurons, as many as the largest session has, in which those of the session are; the responses of all others in the window are missing, and their
// variables stay as they are. So one program serves all sessions. It is nil for one session.
type sessions struct {
	names  []string
	images []int // training images of each, in the order of the rows of the data
	val    []int // validation images of each

	neurons []int32 // of each session
	start   []int32 // first neuron of its window
	shift   []int32 // place of its first neuron in the window

	window  int            // neurons in the window
	part    *v1model.Model // for the window
	spanned []weights.Span // variables that have an axis of neurons or of sessions, in the order of the state
}

// sessionsOf returns nil for data of one session.
func sessionsOf(m *v1model.Model, data *datasets.Dataset) (*sessions, error) {
	if data.Sessions == nil {
		return nil, nil
	}
	s := &sessions{}
	for _, d := range data.Sessions {
		s.names, s.images, s.val = append(s.names, d.Session), append(s.images, d.Train.Images.N), append(s.val, d.Val.Images.N)
		s.neurons = append(s.neurons, int32(d.NumNeurons()))
		s.window = max(s.window, d.NumNeurons())
	}
	first, all := int32(0), int32(data.NumNeurons())
	for _, n := range s.neurons {
		start := min(first, all-int32(s.window)) // the window of the last sessions may begin before them
		s.start, s.shift = append(s.start, start), append(s.shift, first-start)
		first += n
	}
	var err error
	if s.part, err = v1model.New(m.Config, m.Shape.Window(s.window)); err != nil {
		return nil, err
	}
	s.spanned, err = weights.Spans(stateSpecs(m), stateSpecs(s.part), int(all), s.window)
	return s, err
}

// rowSessions returns the session of each training image.
func (s *sessions) rowSessions() (of []int32) {
	for k, n := range s.images {
		of = append(of, slices.Repeat([]int32{int32(k)}, n)...)
	}
	return of
}

// validations lists the images of each session that one call of the validation program covers; of one session those of n.
func (s *sessions) validations(n, chunk int) (calls []valChunk) {
	images := []int{n}
	if s != nil {
		images = s.val
	}
	first := 0
	for k, n := range images {
		for start := first; start < first+n; start += chunk {
			calls = append(calls, valChunk{int32(start), int32(first + n), int32(k)})
		}
		first += n
	}
	return calls
}

// valChunk is validation images from start, at most to end, of one session.
type valChunk struct{ start, end, session int32 }

// trainingModel is the model that a batch is computed with.
func (s *sessions) trainingModel(m *v1model.Model) *v1model.Model {
	if s == nil {
		return m
	}
	return s.part
}

// suitSessions fills in fit.sessions for data of several sessions, and returns an error if it or fit.batch does not suit the data.
func suitSessions(config v1model.Config, data *datasets.Dataset) (v1model.Config, error) {
	f := &config.Fit
	if data.Sessions == nil {
		if f.Sessions != "" {
			return config, fmt.Errorf("fit.sessions: %s, the data %q are one session; leave it out", f.Sessions, data.Spec)
		}
		return config, nil
	}
	if f.Sessions == "" {
		f.Sessions = v1model.Proportional
	}
	for _, s := range data.Sessions {
		if n := s.Train.Images.N; f.Batch > n {
			return config, fmt.Errorf("fit.batch: %d, session %s has %d training images", f.Batch, s.Session, n)
		}
		if s.Val.Images.N == 0 {
			return config, fmt.Errorf("data %q: session %s has no validation images; early stopping needs some", data.Spec, s.Session)
		}
	}
	return config, nil
}
