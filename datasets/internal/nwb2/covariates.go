package nwb2

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"v1lab/datasets"
)

// behaviour matches names of series of running and pupil; clocks matches those that hold times.
var (
	behaviour = regexp.MustCompile(`run|locomotion|speed|velocity|treadmill|pupil`)
	clocks    = regexp.MustCompile(`time|stamp`)
)

// mostColumns is the most columns that a series of behaviour may have: x, y and z.
const mostColumns = 3

// covariates averages series of behaviour in every window, [presentations, names].
func (f *file) covariates(w wishes, spans []span) (datasets.Covariates, error) {
	var none datasets.Covariates
	var candidates, chosen []string
	for _, g := range f.groups {
		kind := f.types[g]
		if strings.HasPrefix(g, "stimulus/") || !strings.HasSuffix(kind, "Series") || kind == "RoiResponseSeries" || kind == "BehavioralTimeSeries" || !f.has(g+"/data") {
			continue
		}
		candidates = append(candidates, g)
		name := strings.ToLower(path.Base(g))
		if (kind == "TimeSeries" || kind == "SpatialSeries") && behaviour.MatchString(name+"/"+strings.ToLower(path.Base(path.Dir(g)))) && !clocks.MatchString(name) {
			chosen = append(chosen, g)
		}
	}
	switch {
	case len(w.covariates) == 1 && w.covariates[0] == "none":
		return none, nil
	case w.covariates != nil:
		chosen = nil
		for _, wanted := range w.covariates {
			name, err := f.choose("covariates", wanted, "TimeSeries", candidates)
			if err != nil {
				return none, err
			}
			if slices.Contains(chosen, name) {
				return none, f.fault(name, "twice in option covariates")
			}
			chosen = append(chosen, name)
		}
	}
	var all datasets.Covariates
	var tables [][]float32
	var widths []int
	for _, name := range chosen {
		s, err := f.series(name, 0)
		if err == nil && s.columns > mostColumns {
			err = f.fault(name, "%d columns, want at most %d", s.columns, mostColumns)
		}
		if err != nil {
			return none, fmt.Errorf("%w (accepted: option covariates=none, or the series to use)", err)
		}
		table, sum := make([]float32, len(spans)*s.columns), make([]float64, s.columns)
		for k, w := range spans {
			s.mean(w, table[k*s.columns:(k+1)*s.columns], sum)
		}
		tables, widths = append(tables, table), append(widths, s.columns)
		label := strings.ReplaceAll(path.Base(name), "_", " ")
		if twice := slices.ContainsFunc(chosen, func(other string) bool { return other != name && path.Base(other) == path.Base(name) }); twice {
			label = strings.ReplaceAll(path.Base(path.Dir(name)), "_", " ") + " " + label
		}
		for c := range s.columns {
			if s.columns == 1 {
				all.Names = append(all.Names, label)
			} else {
				all.Names = append(all.Names, label+" "+"xyz"[c:c+1])
			}
		}
	}
	for k := range spans {
		for i, table := range tables {
			all.Values = append(all.Values, table[k*widths[i]:(k+1)*widths[i]]...)
		}
	}
	return all, nil
}
