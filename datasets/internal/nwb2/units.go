package nwb2

import (
	"slices"

	"v1lab/datasets/array"
)

// units counts the spikes of every unit in every window. Where the file says when a unit was observed, counts of other times are NaN.
func (f *file) units(table string, spans []span) (population, error) {
	spikes, ends, err := f.ragged(table + "/spike_times")
	if err != nil {
		return population{}, err
	}
	var observed []span
	var observedEnds []int
	const intervals = "/obs_intervals"
	if f.has(table + intervals) {
		if observed, observedEnds, err = f.observed(table+intervals, len(ends)); err != nil {
			return population{}, err
		}
	}
	n := len(ends)
	if err := f.afford(table, len(spans), n); err != nil {
		return population{}, err
	}
	p := population{values: make([]float32, len(spans)*n)}
	counted := false
	start := 0
	for u, end := range ends {
		times := spikes[start:end]
		if descent(times) > 0 {
			times = slices.Clone(times)
			slices.Sort(times)
		}
		var seen []span
		if observed != nil {
			from := 0
			if u > 0 {
				from = observedEnds[u-1]
			}
			seen = observed[from:observedEnds[u]]
		}
		for k, w := range spans {
			if observed != nil && !slices.ContainsFunc(seen, func(s span) bool { return s.from <= w.from+rounding && w.to <= s.to+rounding }) {
				p.values[k*n+u] = missing
				continue
			}
			first, last := samples(times, w)
			p.values[k*n+u] = float32(last - first)
			counted = counted || last > first
		}
		start = end
	}
	if !counted {
		return p, f.fault(table, "no spike of %d units in any window of the presentations (%.6g to %.6g s): do both have the same clock?", n, spans[0].from, spans[len(spans)-1].to)
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	ids, err := f.ids(table, rows, n)
	if err != nil {
		return p, err
	}
	p.neurons, err = f.describe(ids)
	return p, err
}

// ragged reads a ragged column of numbers: all values, and where those of each row end.
func (f *file) ragged(name string) (values []float64, ends []int, err error) {
	if !f.has(name) || !f.has(name+"_index") {
		return nil, nil, f.fault(name, "no such column with its index, want times of spikes")
	}
	if values, err = f.floats(name); err != nil {
		return nil, nil, err
	}
	ends, err = f.ends(name+"_index", len(values))
	return values, ends, err
}

// ends reads where the values of each row end, of n values in all.
func (f *file) ends(name string, n int) ([]int, error) {
	ends, err := f.ints(name)
	if err != nil {
		return nil, err
	}
	before := 0
	for i, end := range ends {
		if end < before || end > n {
			return nil, f.fault(name, "row %d ends at %d after %d, of %d values", i, end, before, n)
		}
		before = end
	}
	if len(ends) == 0 || before != n {
		return nil, f.fault(name, "%d rows that end at %d, of %d values", len(ends), before, n)
	}
	return ends, nil
}

// observed reads when each of n units was observed.
func (f *file) observed(name string, n int) ([]span, []int, error) {
	a, err := f.Read(name)
	if err != nil {
		return nil, nil, err
	}
	values, err := a.Float64s()
	if err != nil || len(a.Shape) != 2 || a.Shape[1] != 2 {
		return nil, nil, f.fault(name, "shape %s of %s, want [intervals, 2] numbers", array.FormatShape(a.Shape), a.Type())
	}
	ends, err := f.ends(name+"_index", a.Shape[0])
	if err != nil {
		return nil, nil, err
	}
	if len(ends) != n {
		return nil, nil, f.fault(name+"_index", "%d units, want %d", len(ends), n)
	}
	spans := make([]span, a.Shape[0])
	for i := range spans {
		spans[i] = span{values[2*i], values[2*i+1]}
	}
	return spans, ends, nil
}
