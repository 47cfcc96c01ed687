package namedarrays

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// indexKeys are the arrays that say which images of a pair are in which part.
var indexKeys = []string{"train", "val", "test"}

// pair makes a dataset of the arrays images and responses. The arrays train, val and test divide them; without these, parts are drawn.
// Test responses to all images replace those of the pair in the test part.
func (s *source) pair(seed uint64) (*datasets.Dataset, error) {
	all := datasets.Part{Images: s.images("images")}
	responses := s.repeats("responses", true)
	all.Responses = averages(responses)
	if s.err == nil && responses.N != all.Images.N {
		s.fail("images", "%d images and responses to %d", all.Images.N, responses.N)
	}
	split := s.indexSplit(all.Images.N)
	if s.err != nil {
		return nil, s.err
	}
	if split == nil {
		var err error
		if split, err = datasets.NewSplit(all.Images, valShare, testShare, seed); err != nil {
			return nil, fmt.Errorf("%s: %w", s.label("images"), err)
		}
	}
	d := split.Divide(all)
	if len(split.ValIndex) == 0 {
		if err := datasets.SplitValidation(d, valShare, seed); err != nil {
			return nil, fmt.Errorf("%s: %w", s.label("images"), err)
		}
		drawn := d.Split
		split.Seed, split.ValShare = seed, valShare
		split.TrainIndex, split.ValIndex = at(split.TrainIndex, drawn.TrainIndex), at(split.TrainIndex, drawn.ValIndex)
	}
	d.Split = split
	if key := "test_responses"; s.has(key) {
		responses = s.repeats(key, true)
		if s.err == nil && (responses.N != all.Images.N || responses.Neurons != all.Responses.Neurons) {
			s.fail(key, "to %d images and %d neurons, want %d and %d as in %s", responses.N, responses.Neurons, all.Images.N, all.Responses.Neurons, s.label("responses"))
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	d.Test.Responses = pickRepeats(responses, split.TestIndex)
	return d, nil
}

// indexSplit reads the arrays train, val and test: indices of images, or a bool for each of n images. It returns nil if there are none.
func (s *source) indexSplit(n int) *datasets.Split {
	split := &datasets.Split{}
	owner := make([]string, n)
	var from []string
	for _, part := range []struct {
		key string
		to  *[]int
	}{{"train", &split.TrainIndex}, {"val", &split.ValIndex}, {"test", &split.TestIndex}} {
		if !s.has(part.key) {
			continue
		}
		from = append(from, part.key)
		index, err := indices(s.arrays[part.key], n)
		if err != nil {
			s.fail(part.key, "%v", err)
			return nil
		}
		for _, i := range index {
			if owner[i] != "" {
				s.fail(part.key, "image %d is also in %s, want every image in one part and once", i, owner[i])
				return nil
			}
			owner[i] = part.key
		}
		*part.to = index
	}
	switch {
	case len(from) == 0:
		return nil
	case split.TrainIndex == nil || split.TestIndex == nil:
		missing := "train"
		if split.TrainIndex != nil {
			missing = "test"
		}
		s.fail(missing, "missing, want it together with %s: indices of images", strings.Join(from, " and "))
		return nil
	}
	split.From = strings.Join(from, ", ")
	return split
}

// indices reads indices below n from 0, or n bools.
func indices(a array.Array, n int) ([]int, error) {
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
	for _, i := range index {
		if i < 0 || i >= n {
			return nil, fmt.Errorf("index %d, want 0 to %d: there are %d images", i, n-1, n)
		}
	}
	return index, nil
}

// averages returns the mean over repeats, [n, neurons].
func averages(r datasets.Repeats) datasets.Responses {
	if r.Repeats == 1 {
		return single(r)
	}
	mean := datasets.Responses{N: r.N, Neurons: r.Neurons, Values: make([]float32, r.N*r.Neurons)}
	for i := range r.N {
		r.MeanAt(i, mean.At(i))
	}
	return mean
}

// pickRepeats copies the responses to the images at the indices.
func pickRepeats(r datasets.Repeats, index []int) datasets.Repeats {
	out := datasets.Repeats{Repeats: r.Repeats, N: len(index), Neurons: r.Neurons, Values: make([]float32, 0, r.Repeats*len(index)*r.Neurons)}
	for repeat := range r.Repeats {
		for _, i := range index {
			out.Values = append(out.Values, r.At(repeat, i)...)
		}
	}
	return out
}

// at returns the values at the indices.
func at(values, index []int) []int {
	out := make([]int, len(index))
	for i, k := range index {
		out[i] = values[k]
	}
	return out
}

// unused fails if an array is there that the others leave without effect.
func (s *source) unused(why string, keys ...string) {
	for _, key := range keys {
		if s.has(key) {
			s.fail(key, "not used: %s", why)
		}
	}
}
