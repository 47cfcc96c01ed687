package nwb2

import (
	"slices"

	"v1lab/datasets"
)

// breakTimes is how many times the median time between onsets counts as a break, after which the window of the presentation before it ends.
const breakTimes = 3

// windows returns the window of every presentation, and the record of them.
func (s *stimulus) windows(f *file, w wishes) ([]span, *datasets.Window, error) {
	if len(s.onsets) < 2 {
		return nil, nil, f.fault(s.path, "%d presentations, want at least 2", len(s.onsets))
	}
	usual := medianStep(s.onsets)
	step := &datasets.Window{Stimulus: s.path, Images: s.images.path, Order: s.images.order, Axes: "hw", From: w.from, To: w.to, NextOnset: !w.fixed}
	if w.turned {
		step.Axes = "wh"
	}
	var spans []span
	for k, onset := range s.onsets {
		if s.shown[k] < 0 {
			continue
		}
		to := onset + w.to
		if !w.fixed {
			next := onset + usual
			if k+1 < len(s.onsets) {
				next = s.onsets[k+1]
			}
			if to = next; next-onset > breakTimes*usual {
				to = onset + usual
				step.Breaks++
			}
		}
		if to <= onset+w.from {
			return nil, nil, f.fault(s.path, "presentations %d and %d both begin at %v s; accepted: onsets that differ, or option window", k, k+1, onset)
		}
		spans = append(spans, span{onset + w.from, to})
	}
	if len(spans) == 0 {
		return nil, nil, f.fault(s.path, "no image among %d presentations", len(s.onsets))
	}
	lengths := make([]float64, len(spans))
	for i, w := range spans {
		lengths[i] = w.to - w.from
	}
	step.Presentations, step.Shortest, step.Longest = len(spans), slices.Min(lengths), slices.Max(lengths)
	return spans, step, nil
}
