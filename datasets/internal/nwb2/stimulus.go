package nwb2

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// stimulus tells which image was shown when.
type stimulus struct {
	path   string
	onsets []float64 // seconds, ascending
	shown  []int     // index of the image, -1 for a blank
	images *pictureSet
	parts  []string // train, val or test, of each presentation; nil if the file does not say
	from   string   // column that says it
}

// stimulus finds out what was shown when.
func (f *file) stimulus(w wishes) (*stimulus, error) {
	candidates := f.ofType("IndexSeries", "TimeIntervals")
	for _, g := range f.ofType("ImageSeries", "OpticalSeries") {
		if strings.HasPrefix(g, "stimulus/presentation/") {
			candidates = append(candidates, g)
		}
	}
	if w.stimulus != "" {
		name, err := f.choose("stimulus", w.stimulus, "stimulus", candidates)
		if err != nil {
			return nil, err
		}
		return f.presentations(name, w)
	}
	var found []*stimulus
	var why []string // what is wrong with tables that do not tell
	for _, name := range candidates {
		s, err := f.presentations(name, w)
		switch {
		case err == nil:
			found = append(found, s)
		case f.types[name] == "TimeIntervals" && w.image == "" && isNoMatch(err):
			why = append(why, strings.TrimPrefix(err.Error(), f.path+": "))
		default:
			if len(candidates) > 1 {
				return nil, fmt.Errorf("%w (option stimulus chooses among %s)", err, list(candidates))
			}
			return nil, err
		}
	}
	switch {
	case len(found) == 0 && len(why) > 0:
		return nil, fmt.Errorf("%s: %s", f.path, strings.Join(why[:min(len(why), 3)], "; "))
	case len(found) == 0:
		return nil, fmt.Errorf("%s: nothing tells which image was shown when; accepted: an IndexSeries, a table of intervals with a column that names images, or an ImageSeries in stimulus/presentation", f.path)
	}
	for _, s := range found[1:] {
		if !s.equal(found[0]) {
			var names []string
			for _, s := range found {
				names = append(names, s.path)
			}
			return nil, fmt.Errorf("%s: several stimuli: %s; accepted: one of them by option stimulus", f.path, list(names))
		}
	}
	return found[0], nil
}

// equal tells whether two objects describe the same presentations.
func (s *stimulus) equal(other *stimulus) bool {
	return s.images.path == other.images.path && slices.Equal(s.shown, other.shown) &&
		slices.Equal(s.parts, other.parts) && slices.EqualFunc(s.onsets, other.onsets, func(a, b float64) bool { return math.Abs(a-b) < rounding })
}

// presentations reads one stimulus.
func (f *file) presentations(name string, w wishes) (s *stimulus, err error) {
	if (w.image != "" || w.images != "" || w.split != "") && f.types[name] != "TimeIntervals" {
		return nil, f.fault(name, "options image, images and split are for tables, this is an %s; accepted: without them", f.types[name])
	}
	switch f.types[name] {
	case "IndexSeries":
		s, err = f.indexSeries(name, w)
	case "TimeIntervals":
		s, err = f.table(name, w)
	default:
		s = &stimulus{path: name}
		if s.images, err = f.pictureSet(name, w); err != nil {
			return nil, err
		}
		for i := range s.images.n {
			s.shown = append(s.shown, i)
		}
		s.onsets, err = f.times(name, s.images.n)
	}
	if err != nil {
		return nil, err
	}
	if len(s.onsets) != len(s.shown) {
		return nil, f.fault(name, "%d times for %d presentations", len(s.onsets), len(s.shown))
	}
	s.sort()
	return s, s.runs(f, w)
}

// sort orders presentations by time.
func (s *stimulus) sort() {
	order := make([]int, len(s.onsets))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case s.onsets[a] < s.onsets[b]:
			return -1
		case s.onsets[a] > s.onsets[b]:
			return 1
		}
		return 0
	})
	onsets, shown := make([]float64, len(order)), make([]int, len(order))
	var parts []string
	for i, k := range order {
		onsets[i], shown[i] = s.onsets[k], s.shown[k]
		if s.parts != nil {
			parts = append(parts, s.parts[k])
		}
	}
	s.onsets, s.shown, s.parts = onsets, shown, parts
}

// indexSeries reads an IndexSeries.
func (f *file) indexSeries(name string, w wishes) (*stimulus, error) {
	s := &stimulus{path: name}
	for _, link := range []string{"indexed_images", "indexed_timeseries"} {
		target, ok, err := f.Target(name + "/" + link)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if s.images, err = f.pictureSet(target, w); err != nil {
			return nil, err
		}
		break
	}
	if s.images == nil {
		return nil, f.fault(name, "neither indexed_images nor indexed_timeseries leads to images")
	}
	index, err := f.ints(name + "/data")
	if err != nil {
		return nil, err
	}
	if s.shown, err = s.images.indices(index, w.first); err != nil {
		return nil, f.fault(name+"/data", "%w", err)
	}
	s.onsets, err = f.times(name, len(index))
	return s, err
}

// indices checks indices of images and returns them from 0. -1, and the number that it becomes without a sign, is a blank.
func (p *pictureSet) indices(index []int, first int) ([]int, error) {
	out := make([]int, len(index))
	least, most := math.MaxInt, math.MinInt
	for i, k := range index {
		if k == -1 || k >= p.n+first && slices.Contains([]int{math.MaxUint8, math.MaxUint16, math.MaxUint32, math.MaxInt}, k) {
			out[i] = -1
			continue
		}
		least, most = min(least, k), max(most, k)
		out[i] = k - first
	}
	switch {
	case least >= first && most < p.n+first || least > most:
		return out, nil
	case first == 0 && least == 1 && most == p.n:
		return nil, fmt.Errorf("indices 1 to %d of %d images in %s; accepted: 0 to %d, or option first=1, which counts from 1", most, p.n, p.path, p.n-1)
	}
	return nil, fmt.Errorf("indices %d to %d of %d images in %s; accepted: %d to %d, and -1 for a blank", least, most, p.n, p.path, first, p.n+first-1)
}

// runs treats entries of the same image that follow each other as the option says. It is an error without the option if there are so many that
// entries seem to be frames of the screen.
func (s *stimulus) runs(f *file, w wishes) error {
	equal := 0
	images := map[int]bool{}
	for i, k := range s.shown {
		images[k] = true
		if i > 0 && k == s.shown[i-1] {
			equal++
		}
	}
	switch {
	case w.runs == "each":
	case w.runs == "merge":
		if equal == 0 {
			return f.fault(s.path, "option runs=merge has no effect: no image follows itself")
		}
		merged := *s
		merged.onsets, merged.shown, merged.parts = nil, nil, nil
		for i, k := range s.shown {
			if i > 0 && k == s.shown[i-1] {
				continue
			}
			merged.onsets, merged.shown = append(merged.onsets, s.onsets[i]), append(merged.shown, k)
			if s.parts != nil {
				merged.parts = append(merged.parts, s.parts[i])
			}
		}
		*s = merged
	case len(images) > 2 && 2*equal > len(s.shown):
		return f.fault(s.path, "%d of %d entries have the image of the entry before, as if entries were frames of the screen; accepted: option runs=merge, or runs=each", equal, len(s.shown))
	}
	return nil
}
