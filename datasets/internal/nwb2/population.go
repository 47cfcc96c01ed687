package nwb2

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
)

// population holds the responses to every presentation, [presentations, neurons].
type population struct {
	values  []float32
	neurons []datasets.Neuron
}

// population reads the responses and records in step what they are.
func (f *file) population(w wishes, spans []span, step *datasets.Window) (population, error) {
	paths, err := f.sources(w)
	if err != nil {
		return population{}, err
	}
	step.Responses, step.Measure = paths, "mean"
	if f.types[paths[0]] == "Units" {
		step.Measure = "count"
		return f.units(paths[0], spans)
	}
	var planes []population
	for _, p := range paths {
		one, err := f.traces(p, spans)
		if err != nil {
			return population{}, err
		}
		planes = append(planes, one)
	}
	return f.join(planes, paths, len(spans)), nil
}

// sources chooses the objects that hold responses.
func (f *file) sources(w wishes) ([]string, error) {
	const traces, units = "RoiResponseSeries", "Units"
	candidates := f.ofType(traces, units)
	if w.responses != nil {
		var chosen []string
		for _, wanted := range w.responses {
			name, err := f.choose("responses", wanted, "RoiResponseSeries or Units", candidates)
			if err != nil {
				return nil, err
			}
			if slices.Contains(chosen, name) || len(w.responses) > 1 && f.types[name] == units {
				return nil, f.fault(name, "option responses=%s; accepted: one Units table, or several RoiResponseSeries, each once", strings.Join(w.responses, ","))
			}
			chosen = append(chosen, name)
		}
		return chosen, nil
	}
	if len(candidates) == 0 {
		return nil, fmt.Errorf("%s: no responses; accepted: a RoiResponseSeries (traces) or a Units table (spikes)", f.path)
	}
	if len(candidates) > 1 {
		// Of several traces of the same cells, dF/F is the one that is meant to be analysed.
		ratio := slices.DeleteFunc(slices.Clone(candidates), func(p string) bool { return f.types[path.Dir(p)] != "DfOverF" })
		if len(ratio) != 1 || slices.ContainsFunc(candidates, func(p string) bool { return f.types[p] == units || f.plane(p) != f.plane(ratio[0]) }) {
			described := make([]string, len(candidates))
			for i, c := range candidates {
				if described[i] = c; f.plane(c) != "" {
					described[i] += " (" + path.Base(f.plane(c)) + ")"
				}
			}
			return nil, fmt.Errorf("%s: several responses: %s; accepted: one or, joined by commas, several planes by option responses", f.path, list(described))
		}
		candidates = ratio
	}
	return candidates, nil
}

// regions returns the table that rois of a series point to, "" if unknown.
func (f *file) regions(series string) string {
	if !f.has(series + "/rois") {
		return ""
	}
	table, ok, err := f.ReferenceAttribute(series+"/rois", "table")
	if err != nil || !ok {
		return ""
	}
	return table
}

// plane returns the imaging plane of a series, "" if unknown.
func (f *file) plane(series string) string {
	table := f.regions(series)
	if table == "" {
		return ""
	}
	plane, ok, err := f.Target(table + "/imaging_plane")
	if err != nil || !ok {
		return ""
	}
	return plane
}

// traces averages a RoiResponseSeries in every window.
func (f *file) traces(name string, spans []span) (population, error) {
	var rows []int
	var err error
	if f.has(name + "/rois") {
		if rows, err = f.ints(name + "/rois"); err != nil {
			return population{}, err
		}
	}
	s, err := f.series(name, len(rows))
	if err != nil {
		return population{}, err
	}
	if rows != nil && len(rows) != s.columns {
		return population{}, f.fault(name+"/rois", "%d regions for %d traces", len(rows), s.columns)
	}
	if err := f.afford(name, len(spans), s.columns); err != nil {
		return population{}, err
	}
	p := population{values: make([]float32, len(spans)*s.columns)}
	sum := make([]float64, s.columns)
	inside, sampled := 0, 0
	for k, w := range spans {
		s.mean(w, p.values[k*s.columns:(k+1)*s.columns], sum)
		if s.covers(w) {
			inside++
			if first, last := samples(s.times, w); last > first {
				sampled++
			}
		}
	}
	end := s.times[len(s.times)-1]
	switch {
	case inside == 0:
		return p, f.fault(name, "recorded from %.6g to %.6g s, no window of the presentations (%.6g to %.6g s) lies within: do both have the same clock?", s.times[0], end, spans[0].from, spans[len(spans)-1].to)
	case sampled == 0:
		return p, f.fault(name, "no sample in any window of %.6g s: samples are %.6g s apart; accepted: option window for a longer one", spans[0].to-spans[0].from, s.step)
	}
	ids, err := f.ids(f.regions(name), rows, s.columns)
	if err != nil {
		return p, err
	}
	p.neurons, err = f.describe(ids)
	return p, err
}

// ids returns the ids of rows of a table of n neurons; without a table they count from 0.
func (f *file) ids(table string, rows []int, n int) ([]string, error) {
	ids := make([]string, n)
	var known []string
	if table != "" && f.has(table+"/id") {
		a, err := f.Read(table + "/id")
		if err != nil {
			return nil, err
		}
		known = a.Strings()
	}
	for i := range ids {
		ids[i] = strconv.Itoa(i)
		if rows == nil || known == nil {
			continue
		}
		if rows[i] < 0 || rows[i] >= len(known) {
			return nil, f.fault(table, "%d rows, region %d is row %d", len(known), i, rows[i])
		}
		ids[i] = known[rows[i]]
	}
	return ids, nil
}

// describe makes neurons of ids.
func (f *file) describe(ids []string) ([]datasets.Neuron, error) {
	session := ""
	if name := "general/session_id"; f.has(name) {
		a, err := f.Read(name)
		if err != nil {
			return nil, err
		}
		session = strings.Join(a.Strings(), " ")
	}
	neurons := make([]datasets.Neuron, len(ids))
	for i, id := range ids {
		neurons[i] = datasets.Neuron{ID: id, Session: session, X: math.NaN(), Y: math.NaN(), Z: math.NaN()}
	}
	return neurons, nil
}

// join puts the neurons of several series side by side. Ids that occur in several get the name of the plane or series before them.
func (f *file) join(planes []population, paths []string, n int) population {
	if len(planes) == 1 {
		return planes[0]
	}
	var all population
	seen := map[string]int{}
	for _, p := range planes {
		for _, c := range p.neurons {
			seen[c.ID]++
		}
	}
	planeOf := map[string]int{}
	for _, p := range paths {
		planeOf[f.plane(p)]++
	}
	for i, p := range planes {
		name := path.Base(paths[i])
		if plane := f.plane(paths[i]); plane != "" && planeOf[plane] == 1 {
			name = path.Base(plane)
		}
		for _, c := range p.neurons {
			if seen[c.ID] > 1 {
				c.ID = name + "/" + c.ID
			}
			all.neurons = append(all.neurons, c)
		}
	}
	width := len(all.neurons)
	all.values = make([]float32, n*width)
	at := 0
	for _, p := range planes {
		own := len(p.neurons)
		for k := range n {
			copy(all.values[k*width+at:], p.values[k*own:(k+1)*own])
		}
		at += own
	}
	return all
}
