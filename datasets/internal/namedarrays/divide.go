package namedarrays

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// Words that label the trials of a part, whatever the case of their letters.
var usualTiers = map[string][]string{
	"train": {"train", "training"},
	"val":   {"validation", "val", "valid"},
	"test":  {"test", "testing", "oracle"},
}

// PartOf returns the part, train, val or test, that a label usually means; "" if none.
func PartOf(label string) string {
	for part, words := range usualTiers {
		if slices.Contains(words, strings.ToLower(label)) {
			return part
		}
	}
	return ""
}

// byLabels reads a label for each trial. Options train, val and test name the labels of each part; val=none leaves the part to be drawn.
func (s *source) byLabels(key string, n int, ids []string) (div division) {
	div.from = key
	words := s.words(key, n)
	if s.err != nil {
		return div
	}
	count := map[string]int{}
	for i, w := range words {
		w = strings.TrimSpace(strings.TrimRight(w, "\x00"))
		words[i] = w
		count[w]++
	}
	var test []int
	taken := map[string]string{}
	for _, part := range []struct {
		name string
		to   *[]int
	}{{"train", &div.train}, {"val", &div.val}, {"test", &test}} {
		asked, explicit := s.Tiers[part.name]
		if part.name == "val" && slices.Equal(asked, []string{"none"}) {
			continue
		}
		var tiers []string
		for tier := range count {
			if explicit && slices.Contains(asked, tier) || !explicit && PartOf(tier) == part.name {
				tiers = append(tiers, tier)
			}
		}
		slices.Sort(tiers)
		for _, tier := range tiers {
			if other := taken[tier]; other != "" {
				s.fail(key, "label %s is in the parts %s and %s, want it in one", datasets.Printable(tier), other, part.name)
				return div
			}
			taken[tier] = part.name
		}
		given := s.has(part.name + "_images")
		switch {
		case !explicit && len(tiers) > 1:
			s.fail(key, "labels %s could all be the part %s: say which by option %s, as in %s=%s", strings.Join(tiers, " and "), part.name, part.name, part.name, tiers[0])
			return div
		case explicit && len(tiers) < len(asked):
			for _, tier := range asked {
				if count[tier] == 0 {
					s.fail(key, "no label %s, which option %s asks for; found %s", datasets.Printable(tier), part.name, tally(count))
					return div
				}
			}
		case len(tiers) == 0 && part.name != "val" && !given:
			s.fail(key, "no label %s; found %s: option %s says which labels it has", strings.Join(usualTiers[part.name], " or "), tally(count), part.name)
			return div
		}
		for trial, w := range words {
			if slices.Contains(tiers, w) {
				*part.to = append(*part.to, trial)
			}
		}
	}
	if len(test) > 0 {
		div.test = grouped(test, ids)
	}
	return div
}

// tally lists labels and the number of trials of each.
func tally(count map[string]int) string {
	const most = 12
	var all []string
	for _, label := range slices.Sorted(maps.Keys(count)) {
		if len(all) == most {
			all = append(all, fmt.Sprintf("and %d more", len(count)-most))
			break
		}
		all = append(all, fmt.Sprintf("%s (%d)", datasets.Printable(label), count[label]))
	}
	return strings.Join(all, ", ")
}

// byIndices reads the arrays train, val and test: indices of trials, or a bool for each of n.
func (s *source) byIndices(n int, ids []string) (div division) {
	owner := make([]string, n)
	first := s.firstIndex(n)
	var from []string
	var test []int
	for _, part := range []struct {
		key string
		to  *[]int
	}{{"train", &div.train}, {"val", &div.val}, {"test", &test}} {
		a, ok := s.get(part.key)
		if !ok {
			continue
		}
		from = append(from, part.key)
		index, err := indices(a, n, first)
		if err != nil {
			s.fail(part.key, "%v; option without=NAME leaves it out", err)
			return div
		}
		for _, i := range index {
			if owner[i] != "" {
				s.fail(part.key, "image %d is also in %s, want every image in one part and once", i, owner[i])
				return div
			}
			owner[i] = part.key
		}
		*part.to = index
	}
	if div.train == nil {
		s.fail("train", "missing, want it together with %s: indices of images", strings.Join(from, " and "))
	}
	if test == nil && !s.has("test_images") {
		s.fail("test", "missing, want it together with %s: indices of images", strings.Join(from, " and "))
	}
	div.from, div.test = strings.Join(from, ", "), grouped(test, ids)
	return div
}

// firstIndex returns the number of the first image in the arrays of indices.
func (s *source) firstIndex(n int) int {
	zero, last := false, false
	for _, key := range indexKeys {
		if a, ok := s.arrays[key]; ok && a.Type() != "bool" {
			index, _ := a.Ints()
			zero, last = zero || slices.Contains(index, 0), last || slices.Contains(index, n)
		}
	}
	switch {
	case s.FirstIndex == "1", s.FirstIndex == FirstIndexOfMATLAB && !zero:
		return 1
	case s.FirstIndex == "" && last && !zero:
		s.fail(s.indexed()[0], "indices up to %d and none 0, of %d images: they seem to count from 1; accepted: option first_index=1, or first_index=0", n, n)
	}
	return 0
}

// indexed lists the arrays of indices.
func (s *source) indexed() []string {
	return slices.DeleteFunc(slices.Clone(indexKeys), func(key string) bool { return !s.has(key) })
}

// indices reads indices of n images, the first of which has the number first, or n bools.
func indices(a array.Array, n, first int) ([]int, error) {
	const want = "indices of images, or a bool for each of %d images"
	if long := slices.DeleteFunc(slices.Clone(a.Shape), func(d int) bool { return d == 1 }); len(long) > 1 || a.Len() == 0 {
		return nil, fmt.Errorf("shape %s, want one axis: "+want, array.FormatShape(a.Shape), n)
	}
	if mask, ok := a.Data.([]bool); ok {
		if len(mask) != n {
			return nil, fmt.Errorf("%d bools, want "+want, len(mask), n)
		}
		var index []int
		for i, in := range mask {
			if in {
				index = append(index, i)
			}
		}
		if index == nil {
			return nil, fmt.Errorf("false for each of %d images, want some in this part", n)
		}
		return index, nil
	}
	index, err := a.Ints()
	if err != nil {
		return nil, fmt.Errorf("%w: "+want, err, n)
	}
	index = slices.Clone(index)
	for k, i := range index {
		if i < first || i >= n+first {
			return nil, fmt.Errorf("index %d, want %d to %d: there are %d images", i, first, n-1+first, n)
		}
		index[k] = i - first
	}
	return index, nil
}
