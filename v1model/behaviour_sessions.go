package v1model

import (
	"fmt"
	"maps"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// run is neurons that follow each other and are of one session, with a readout of these alone: a shifter of the session's own moves no others.
type run struct {
	session, first, neurons int
	readout                 readout.Readout
	spans                   []weights.Span // variables of the whole readout that have an axis of neurons
}

// runsOf divides neurons by session.
func runsOf(sessionOf []int) (runs []run) {
	for n, k := range sessionOf {
		if last := len(runs) - 1; last >= 0 && runs[last].session == k {
			runs[last].neurons++
			continue
		}
		runs = append(runs, run{session: k, first: n, neurons: 1})
	}
	return runs
}

// divided makes the runs of a model in which every session has a shifter of its own; none for others, and for one of a single session.
func (m *Model) divided() ([]run, error) {
	s := m.Shape
	if s.Sessions > 1 && len(s.SessionOf) != s.Neurons {
		return nil, fmt.Errorf("%d sessions: sessions of %d neurons are given; accepted: of all %d", s.Sessions, len(s.SessionOf), s.Neurons)
	}
	if !m.Config.Shifter.Each() || s.Sessions < 2 {
		return nil, nil
	}
	runs := runsOf(s.SessionOf)
	height, width, channels := m.Core.OutputShape()
	for i := range runs {
		r := &runs[i]
		var err error
		if r.readout, err = readout.New(m.Config.Readout, readout.Size{Height: height, Width: width, Channels: channels, Neurons: r.neurons}); err != nil {
			return nil, err
		}
		if r.spans, err = weights.Spans(m.Readout.Specs(), r.readout.Specs(), s.Neurons, r.neurons); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// of returns variables in which those of the readout have the run's neurons alone.
func (r run) of(w weights.Nodes) weights.Nodes {
	own := maps.Clone(w)
	for _, s := range r.spans {
		node := w.Get(s.Name)
		along := make([]SliceAxisSpec, node.Rank())
		for i := range along {
			along[i] = AxisRange()
		}
		along[s.Axis] = AxisRange(r.first, r.first+r.neurons)
		own[s.Name] = Slice(node, along...)
	}
	return own
}
