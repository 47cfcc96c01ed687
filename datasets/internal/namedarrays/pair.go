package namedarrays

import (
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// Shares of the images that are drawn for parts that the recording does not have: of the training part, or of all images, for validation, and
// of all images for the test.
const (
	valShare  = 0.1
	testShare = 0.1
)

// division says which trials of a pair are in which part.
type division struct {
	from       string  // keys of the arrays that say so, joined by ", "; empty if none does
	train, val []int   // trials
	test       [][]int // trials of each test image
}

// pair makes a dataset of the arrays images and responses, one row for each trial. Labels or indices say which trials are in which part;
// arrays of a part (val_images, test_images and so on) stand beside the pair. Other parts are drawn. Trials with equal image_ids are repeats in
// the test part. Responses with an axis of repeats are averaged for training; test_responses to all images replace them in the test part.
func (s *source) pair() (*datasets.Dataset, error) {
	all := datasets.Part{Images: s.images("images")}
	responses := s.repeats("responses", true)
	if s.err == nil && responses.N != all.Images.N {
		s.fail("images", "%d images and responses to %d", all.Images.N, responses.N)
	}
	if s.err != nil {
		return nil, s.err
	}
	all.Responses = averages(responses)
	all.Covariates = s.pairCovariates(all.Images.N)
	hasVal, hasTest := s.has("val_images"), s.has("test_images")
	ids := s.imageIDs(all.Images)
	div := s.divide(all.Images.N, ids)
	if s.err != nil {
		return nil, s.err
	}
	if hasVal && div.val != nil {
		s.fail("val_images", "beside %s, which also say which images are for validation; option without=NAME leaves these out", div.from)
	}
	if hasTest && div.test != nil {
		s.fail("test_images", "beside %s, which also say which images are for the test; option without=NAME leaves these out", div.from)
	}
	split, err := s.draw(&div, all.Images, ids, hasVal, hasTest)
	if err != nil {
		return nil, err
	}
	d := split.Divide(all)
	d.Split = split
	if key := "test_responses"; s.has(key) && !hasTest {
		responses = s.repeats(key, true)
		if s.err == nil && (responses.N != all.Images.N || responses.Neurons != all.Responses.Neurons) {
			s.fail(key, "to %d images and %d neurons without test_images, want %d and %d as in %s", responses.N, responses.Neurons, all.Images.N, all.Responses.Neurons, s.Label("responses"))
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	d.Test = repeated(all, responses, div.test)
	if hasVal {
		d.Val = datasets.Part{Images: s.images("val_images"), Responses: single(s.repeats("val_responses", false))}
	}
	if hasTest {
		d.Test = datasets.TestPart{Images: s.images("test_images"), Responses: s.repeats("test_responses", true)}
	}
	s.givenCovariates(d, all.Covariates.Names, hasVal, hasTest)
	return d, s.err
}

// divide reads which trials are in which part from labels or indices; without either, images that ids say were shown more than once are the test.
func (s *source) divide(n int, ids []string) division {
	labels := "tiers"
	if !s.has(labels) && s.has("split") && !s.isRecord("split") && s.arrays["split"].Len() > 1 {
		labels = "split"
	}
	indexed := s.indexed()
	switch {
	case s.has(labels) && len(indexed) > 0:
		s.fail(indexed[0], "beside %s, which also divides the images; option without=NAME leaves this one out", s.name(labels))
		return division{}
	case s.has(labels):
		return s.byLabels(labels, n, ids)
	case len(indexed) > 0:
		return s.byIndices(n, ids)
	case ids != nil:
		return s.byRepeats(ids)
	}
	return division{}
}

// byRepeats takes images that were shown more than once as the test part, unless all were.
func (s *source) byRepeats(ids []string) (div division) {
	if s.has("test_images") {
		return div
	}
	shown := map[string]int{}
	for _, id := range ids {
		shown[id]++
	}
	var test []int
	for trial, id := range ids {
		if shown[id] > 1 {
			test = append(test, trial)
		} else {
			div.train = append(div.train, trial)
		}
	}
	if len(test) == 0 || len(div.train) == 0 {
		return division{}
	}
	div.from, div.test = "image_ids", grouped(test, ids)
	return div
}

// draw draws the parts that neither the division nor the file has, and returns the trials of all parts of the pair.
func (s *source) draw(div *division, images datasets.Images, ids []string, hasVal, hasTest bool) (*datasets.Split, error) {
	split := &datasets.Split{From: div.from}
	if div.from == "" {
		div.train = counted(images.N)
	}
	lacksVal, lacksTest := div.val == nil && !hasVal, div.test == nil && !hasTest
	fail := func(err error) (*datasets.Split, error) { return nil, fmt.Errorf("%s: %w", s.Label("images"), err) }
	of := images
	if div.from != "" && (lacksVal || lacksTest) {
		of = datasets.Images{N: len(div.train), Height: images.Height, Width: images.Width, Channels: images.Channels}
		for _, i := range div.train {
			of.Pixels = append(of.Pixels, images.At(i)...)
		}
	}
	from := div.train
	var drawn *datasets.Split
	var err error
	switch {
	case lacksVal && lacksTest:
		drawn, err = datasets.NewSplit(of, valShare, testShare, s.Seed)
		if err != nil {
			return fail(err)
		}
		split.Seed, split.ValShare, split.TestShare = s.Seed, valShare, testShare
		div.train, div.val, div.test = at(from, drawn.TrainIndex), at(from, drawn.ValIndex), grouped(at(from, drawn.TestIndex), ids)
	case lacksVal:
		if drawn, err = datasets.NewSplit(of, valShare, 0, s.Seed); err != nil {
			return fail(err)
		}
		split.Seed, split.ValShare = s.Seed, valShare
		div.train, div.val = at(from, drawn.TrainIndex), at(from, drawn.ValIndex)
	case lacksTest:
		if drawn, err = datasets.NewSplit(of, testShare, 0, s.Seed); err != nil {
			return fail(err)
		}
		split.Seed, split.TestShare = s.Seed, testShare
		div.train, div.test = at(from, drawn.TrainIndex), grouped(at(from, drawn.ValIndex), ids)
	}
	split.TrainIndex, split.ValIndex, split.TestIndex = div.train, div.val, slices.Concat(div.test...)
	if left := images.N - len(split.TrainIndex) - len(split.ValIndex) - len(split.TestIndex); left > 0 {
		s.notes = append(s.notes, datasets.Finding{
			Severity: datasets.SeverityInfo, Code: "images-in-no-part",
			Message: fmt.Sprintf("%s: %d of %d are in no part, as %s say", s.Label("images"), left, images.N, div.from),
			Advice:  "the options train, val and test say which are",
			Numbers: map[string]float64{"count": float64(left), "images": float64(images.N)},
		})
	}
	return split, nil
}

// grouped groups test trials by image, images in the order of their first trial.
func grouped(trials []int, ids []string) (groups [][]int) {
	place := map[string]int{}
	for _, trial := range trials {
		if ids == nil {
			groups = append(groups, []int{trial})
			continue
		}
		i, ok := place[ids[trial]]
		if !ok {
			i = len(groups)
			place[ids[trial]] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], trial)
	}
	return groups
}

// imageIDs reads which image was shown in each trial and checks that trials of one image show the same. It returns nil without image_ids.
func (s *source) imageIDs(images datasets.Images) []string {
	if !s.has("image_ids") {
		return nil
	}
	ids := slices.Clone(s.words("image_ids", images.N))
	if s.has("image_classes") {
		for i, class := range s.words("image_classes", images.N) {
			ids[i] = fmt.Sprintf("%q %s", class, ids[i])
		}
	}
	first := map[string]int{}
	for i, id := range ids {
		k, again := first[id]
		if !again {
			first[id] = i
			continue
		}
		if !slices.EqualFunc(images.At(k), images.At(i), func(a, b float32) bool { return a == b || a != a && b != b }) {
			s.fail("image_ids", "image %d differs from image %d, of which its id %s says it is a repeat", i, k, datasets.Printable(id))
			return nil
		}
	}
	return ids
}

// words reads one text or number for each of n trials. A wrong number is an error, and what it returns has n entries.
func (s *source) words(key string, n int) []string {
	a, _ := s.get(key)
	words := a.Strings()
	if long := slices.DeleteFunc(slices.Clone(a.Shape), func(d int) bool { return d == 1 }); len(long) > 1 || len(words) != n {
		s.fail(key, "shape %s, want one entry for each of %d images; option without=NAME leaves it out", array.FormatShape(a.Shape), n)
		return make([]string, n)
	}
	return words
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

// repeated makes the test part: the repeats of all trials of each image, one after another, and NaN for images with fewer.
func repeated(all datasets.Part, r datasets.Repeats, groups [][]int) datasets.TestPart {
	most := 0
	for _, trials := range groups {
		most = max(most, len(trials))
	}
	n, width := len(groups), len(all.Covariates.Names)
	test := datasets.TestPart{Images: all.Images, Covariates: all.Covariates}
	test.Images.N, test.Images.Pixels = n, make([]float32, 0, n*all.Images.Size())
	test.Responses = datasets.Repeats{Repeats: most * r.Repeats, N: n, Neurons: r.Neurons}
	test.Responses.Values = missing(test.Responses.Repeats * n * r.Neurons)
	test.Covariates.Values = missing(test.Responses.Repeats * n * width)
	for i, trials := range groups {
		test.Images.Pixels = append(test.Images.Pixels, all.Images.At(trials[0])...)
		for k, trial := range trials {
			for repeat := range r.Repeats {
				to := k*r.Repeats + repeat
				copy(test.Responses.At(to, i), r.At(repeat, trial))
				copy(test.Covariates.Values[(to*n+i)*width:(to*n+i+1)*width], all.Covariates.Values[trial*width:])
			}
		}
	}
	if width == 0 {
		test.Covariates.Values = nil
	}
	return test
}

func missing(n int) []float32 { return slices.Repeat([]float32{float32(math.NaN())}, n) }

// at returns the values at the indices.
func at(values, index []int) []int {
	out := make([]int, len(index))
	for i, k := range index {
		out[i] = values[k]
	}
	return out
}

// counted returns 0 to n-1.
func counted(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
