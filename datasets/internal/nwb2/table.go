package nwb2

import (
	"errors"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/namedarrays"
)

// noMatch means that a table does not tell which image was shown.
type noMatch struct{ error }

func isNoMatch(err error) bool { var n noMatch; return errors.As(err, &n) }

// Columns of every table of intervals.
var ordinary = []string{"id", "start_time", "stop_time", "tags", "timeseries"}

// table reads a table of intervals with a column that tells which image was shown.
func (f *file) table(name string, w wishes) (*stimulus, error) {
	onsets, err := f.floats(name + "/start_time")
	if err != nil {
		return nil, err
	}
	for i, t := range onsets {
		if math.IsNaN(t) || math.IsInf(t, 0) {
			return nil, f.fault(name+"/start_time", "time %v in row %d", t, i)
		}
	}
	sets, err := f.templates(w)
	if err != nil {
		return nil, err
	}
	found, err := f.imageColumn(name, w, sets, 0)
	if err != nil {
		return nil, err
	}
	if len(found.shown) != len(onsets) {
		return nil, f.fault(name+"/"+found.column, "%d entries, want %d as there are start times", len(found.shown), len(onsets))
	}
	s := &stimulus{path: name, onsets: onsets, shown: found.shown, images: found.images}
	return s, f.divide(s, w)
}

// divide reads which part each presentation is of, if a column of the table says so.
func (f *file) divide(s *stimulus, w wishes) error {
	columns, wanted := f.children(s.path), w.split
	if wanted == "none" {
		return nil
	}
	if wanted != "" && !slices.Contains(columns, wanted) {
		return f.fault(s.path, "no column %q (option split), found %s", wanted, list(columns))
	}
	for _, c := range append([]string{"split", "tiers"}, namedarrays.Aliases("tiers")...) {
		if wanted == "" && slices.Contains(columns, c) {
			wanted = c
		}
	}
	if wanted == "" {
		return nil
	}
	name := s.path + "/" + wanted
	a, err := f.Read(name)
	if err != nil {
		return err
	}
	words, ok := a.Data.([]string)
	if !ok || len(words) != len(s.onsets) {
		return f.fault(name, "shape %s of %s, want a word for each of %d presentations; accepted: option split=none, which draws the parts", array.FormatShape(a.Shape), a.Type(), len(s.onsets))
	}
	s.parts, s.from = make([]string, len(words)), wanted
	there := map[string]bool{}
	for i, word := range words {
		s.parts[i] = namedarrays.PartOf(word)
		if s.parts[i] == "" && s.shown[i] >= 0 {
			return f.fault(name, "%q in row %d, want train, validation or test; accepted: option split=none, which draws the parts", word, i)
		}
		there[s.parts[i]] = true
	}
	if !there["train"] || !there["test"] {
		return f.fault(name, "no presentation for training or none for testing; accepted: option split=none, which draws the parts")
	}
	return nil
}

// templates lists the images that a table may mean.
func (f *file) templates(w wishes) (sets []*pictureSet, err error) {
	var paths []string
	for _, g := range f.groups {
		inside := strings.HasPrefix(g, "stimulus/templates/") || strings.HasPrefix(g, "stimulus/presentation/")
		if f.types[g] == "Images" || inside && f.types[g] != "IndexSeries" && (f.has(g+"/data") || f.has(g+"/external_file")) {
			paths = append(paths, g)
		}
	}
	if w.images != "" {
		name, err := f.choose("images", w.images, "images", paths)
		if err != nil {
			return nil, err
		}
		set, err := f.pictureSet(name, w)
		return []*pictureSet{set}, err
	}
	if stimuli := slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return !strings.HasPrefix(p, "stimulus/") }); len(stimuli) > 0 {
		paths = stimuli // not the summary images of the microscope
	}
	var first error
	for _, p := range paths {
		set, err := f.pictureSet(p, w)
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		sets = append(sets, set)
	}
	if len(sets) == 0 && first != nil {
		return nil, first
	}
	if len(sets) == 0 {
		return nil, fmt.Errorf("%s: no images in stimulus/templates that a table could mean", f.path)
	}
	return sets, nil
}

// match is a column that tells which image was shown.
type match struct {
	column string
	images *pictureSet
	shown  []int
	rank   int // the lower, the surer
}

// Names of columns of numbers that are an image's index, surely and possibly, and those that are not.
var (
	surely   = regexp.MustCompile(`image|frame|scene|picture|photo`)
	possibly = regexp.MustCompile(`stim|template|condition`)
	never    = regexp.MustCompile(`width|height|size|duration|count|time|rate|contrast|block|pos|_x$|_y$`)
)

// Ranks of columns by what they hold.
const (
	rankText = iota
	rankReference
	rankRow
	rankSure
	rankPossible
)

// imageColumn finds the column of a table that tells which image was shown. depth counts the tables that a region led through.
func (f *file) imageColumn(table string, w wishes, sets []*pictureSet, depth int) (match, error) {
	columns := slices.DeleteFunc(f.children(table), func(c string) bool {
		return slices.Contains(ordinary, c) || strings.HasSuffix(c, "_index") && f.has(table+"/"+strings.TrimSuffix(c, "_index"))
	})
	wanted := ""
	if depth == 0 {
		wanted = w.image
	}
	if wanted != "" {
		if !slices.Contains(columns, wanted) {
			return match{}, f.fault(table, "no column %q (option image), found %s", wanted, list(columns))
		}
		columns = []string{wanted}
	}
	var found []match
	for _, c := range columns {
		m, err := f.column(table, c, w, sets, wanted != "", depth)
		if err != nil {
			if wanted != "" || !isNoMatch(err) {
				return match{}, err
			}
			continue
		}
		found = append(found, m...)
	}
	if len(found) == 0 {
		var paths []string
		for _, s := range sets {
			paths = append(paths, fmt.Sprintf("%s (%d)", s.path, s.n))
		}
		return match{}, noMatch{f.fault(table, "no column tells which image was shown: columns %s, images %s; accepted: option image names the column", list(columns), list(paths))}
	}
	best := slices.MinFunc(found, func(a, b match) int { return a.rank - b.rank })
	for _, m := range found {
		switch {
		case m.rank > best.rank:
		case m.images.path != best.images.path:
			return match{}, f.fault(table, "column %s could mean %s or %s; accepted: option images chooses", m.column, best.images.path, m.images.path)
		case !slices.Equal(m.shown, best.shown):
			return match{}, f.fault(table, "columns %s and %s both could tell which image was shown; accepted: option image chooses", best.column, m.column)
		}
	}
	return best, nil
}

// column tries a column with every set of images.
func (f *file) column(table, column string, w wishes, sets []*pictureSet, wanted bool, depth int) (found []match, err error) {
	name := table + "/" + column
	info, err := f.Info(name)
	if err != nil {
		return nil, err
	}
	no := func(format string, args ...any) error { return noMatch{f.fault(name, format, args...)} }
	if !isVector(info.Shape) {
		return nil, no("shape %s, want one entry for each row", array.FormatShape(info.Shape))
	}
	if f.has(name + "_index") {
		if err := f.onePerRow(name); err != nil {
			return nil, noMatch{err}
		}
	}
	kind, err := f.text(name, "neurodata_type")
	if err != nil {
		return nil, err
	}
	if kind == "DynamicTableRegion" {
		return f.region(name, column, w, sets, depth)
	}
	if info.Type == "(reference)" {
		_, paths, err := f.References(name)
		if err != nil {
			return nil, err
		}
		for _, set := range sets {
			if shown, ok := lookUp(paths, set.names, func(string) bool { return false }); ok {
				found = append(found, match{column, set, shown, rankReference})
			}
		}
		if len(found) == 0 {
			return nil, no("its references lead to no image")
		}
		return found, nil
	}
	if strings.HasPrefix(info.Type, "(") {
		return nil, no("%s, want texts, indices or references", strings.Trim(info.Type, "()"))
	}
	a, err := f.Read(name)
	if err != nil {
		return nil, err
	}
	if words, ok := a.Data.([]string); ok {
		for _, set := range sets {
			if shown, ok := lookUp(words, bases(set.names), isBlank); ok {
				found = append(found, match{column, set, shown, rankText})
			} else if shown, ok := lookUp(stems(words), stems(bases(set.names)), isBlank); ok {
				found = append(found, match{column, set, shown, rankText})
			}
		}
		if len(found) == 0 {
			return nil, no("%s are no names of images", list(words[:min(len(words), 3)]))
		}
		return found, nil
	}
	if a.Type() == "bool" {
		return nil, no("dtype bool, want texts, indices or references")
	}
	return f.numbers(name, a, w, sets, wanted)
}

// numbers tries a column of numbers as indices of images.
func (f *file) numbers(name string, a array.Array, w wishes, sets []*pictureSet, wanted bool) (found []match, err error) {
	column := strings.ToLower(path.Base(name))
	rank := rankSure
	switch {
	case wanted || surely.MatchString(column) && !never.MatchString(column):
	case possibly.MatchString(column) && !never.MatchString(column):
		rank = rankPossible
	default:
		return nil, noMatch{f.fault(name, "not the name of an index of images")}
	}
	values, err := a.Float64s()
	if err != nil {
		return nil, noMatch{f.fault(name, "%w", err)}
	}
	index := make([]int, len(values))
	for i, v := range values {
		switch {
		case math.IsNaN(v):
			index[i] = -1
		case v != math.Trunc(v) || math.Abs(v) > 1<<53:
			return nil, noMatch{f.fault(name, "value %v in row %d, want indices of images", v, i)}
		default:
			index[i] = int(v)
		}
	}
	if !wanted && len(index) > 1 && !slices.ContainsFunc(index, func(k int) bool { return k != index[0] }) {
		return nil, noMatch{f.fault(name, "every value is %d", index[0])}
	}
	var last error
	for _, set := range sets {
		shown, err := set.indices(index, w.first)
		if err != nil {
			last = err
			continue
		}
		found = append(found, match{path.Base(name), set, shown, rank})
	}
	if len(found) == 0 {
		err := f.fault(name, "%w", last)
		if rank == rankSure && strings.Contains(err.Error(), "option first=1") {
			return nil, err
		}
		return nil, noMatch{err}
	}
	return found, nil
}

// region follows a column of rows of another table, in which a column tells the image.
func (f *file) region(name, column string, w wishes, sets []*pictureSet, depth int) ([]match, error) {
	target, ok, err := f.ReferenceAttribute(name, "table")
	if err != nil {
		return nil, err
	}
	if !ok || depth > 0 {
		return nil, noMatch{f.fault(name, "leads to no table that tells the image")}
	}
	rows, err := f.ints(name)
	if err != nil {
		return nil, err
	}
	there, err := f.imageColumn(target, w, sets, depth+1)
	if err != nil {
		return nil, err
	}
	m := match{column: column, images: there.images, rank: rankRow, shown: make([]int, len(rows))}
	for i, r := range rows {
		if r < 0 || r >= len(there.shown) {
			return nil, f.fault(name, "row %d of %s, want 0 to %d", r, target, len(there.shown)-1)
		}
		m.shown[i] = there.shown[r]
	}
	return []match{m}, nil
}

// onePerRow checks that the index of a ragged column gives every row one entry.
func (f *file) onePerRow(name string) error {
	ends, err := f.ints(name + "_index")
	if err != nil {
		return err
	}
	for i, end := range ends {
		if end != i+1 {
			return f.fault(name, "a column with several entries or none for row %d, want one for each row", i)
		}
	}
	return nil
}

// lookUp returns the position of every word among names, -1 where it is blank; ok is false if another word is not among them, or all are blank.
func lookUp(words, names []string, blank func(string) bool) (index []int, ok bool) {
	at := map[string]int{}
	for i, n := range names {
		if _, twice := at[n]; twice {
			return nil, false
		}
		at[n] = i
	}
	for _, word := range words {
		i, there := at[word]
		switch {
		case there:
			ok = true
		case blank(word):
			i = -1
		default:
			return nil, false
		}
		index = append(index, i)
	}
	return index, ok
}

// isBlank tells whether a table says that no image was shown.
func isBlank(word string) bool {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "", "nan", "none", "null", "n/a", "blank", "grey", "gray", "omitted", "grey_screen", "gray_screen", "spontaneous":
		return true
	}
	return false
}

// stems returns names of files without folders and extensions.
func stems(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		n = path.Base(strings.ReplaceAll(n, `\`, "/"))
		out[i] = strings.TrimSuffix(n, path.Ext(n))
	}
	return out
}
