package namedarrays

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// SeedOption describes the option seed.
var SeedOption = datasets.Option{Name: "seed", Default: "1", Means: "seed of parts that are not in the file"}

// Options say how FromArrays reads.
type Options struct {
	Label func(key string) string // name of an array for errors
	Name  func(key string) string // its name in the file; nil: the key
	Seed  uint64                  // of parts that the arrays do not have

	// Tiers names the labels of each part, by part: train, val and test. Without an entry, the usual words count.
	Tiers map[string][]string

	// FirstIndex is the number of the first image in arrays of indices: "0", "1", FirstIndexOfMATLAB, or empty, which is 0.
	FirstIndex string
}

// FirstIndexOfMATLAB is 1 unless an index is 0.
const FirstIndexOfMATLAB = "MATLAB"

// source reads arrays and keeps the first error.
type source struct {
	Options
	arrays map[string]array.Array
	used   map[string]bool // keys of arrays that were needed
	notes  []datasets.Finding
	err    error
}

// FromArrays makes a dataset. The keys of arrays that it did not need are the second result: those of a user's own that have the name of a
// record of v1lab, and a list of neurons of another length. An array that is needed nowhere beside the others is an error.
func FromArrays(arrays map[string]array.Array, o Options) (d *datasets.Dataset, unused []string, err error) {
	s := &source{Options: o, arrays: arrays, used: map[string]bool{}}
	paired := s.has("images") && !s.has("train_images")
	if paired {
		d, err = s.pair()
	} else {
		d, err = s.parts()
	}
	if err != nil {
		return nil, nil, err
	}
	d.Neurons = s.neurons(d.NumNeurons())
	d.Truth = s.truth()
	d.Test.Expected = s.expected(d.Test.Images.N, d.NumNeurons())
	if s.isRecord("normalisation") {
		d.Normalisation = &datasets.Normalisation{}
		s.json("normalisation", d.Normalisation)
	}
	if s.isRecord("preparation") {
		s.json("preparation", &d.Preparation)
	}
	if s.isRecord("split") {
		d.Split = &datasets.Split{}
		s.json("split", d.Split)
	}
	s.needAll(paired)
	if s.err != nil {
		return nil, nil, s.err
	}
	d.Notes = s.notes
	for _, key := range Keys() {
		if _, ok := arrays[key]; ok && !s.used[key] {
			unused = append(unused, key)
		}
	}
	return d, unused, nil
}

// parts makes a dataset of arrays for each part.
func (s *source) parts() (*datasets.Dataset, error) {
	d := &datasets.Dataset{}
	d.Train = datasets.Part{Images: s.images("train_images"), Responses: single(s.repeats("train_responses", false))}
	d.Test = datasets.TestPart{Images: s.images("test_images"), Responses: s.repeats("test_responses", true)}
	hasVal := s.has("val_images") || s.has("val_responses")
	if hasVal {
		d.Val = datasets.Part{Images: s.images("val_images"), Responses: single(s.repeats("val_responses", false))}
	}
	s.covariates(d, hasVal)
	if s.err != nil {
		return nil, s.err
	}
	if !hasVal {
		if err := datasets.SplitValidation(d, valShare, s.Seed); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Label("train_images"), err)
		}
	}
	return d, nil
}

// needAll fails if an array is there that the others leave without effect.
func (s *source) needAll(paired bool) {
	for _, key := range Keys() {
		a, ok := s.arrays[key]
		if !ok || s.used[key] || key == "neuron_ids" || strings.HasPrefix(key, "truth_") || slices.Contains(records, key) && (key != "split" || a.Type() != "str" || a.Len() < 2) {
			continue
		}
		beside := "train_images and train_responses"
		if paired {
			beside = "images and responses"
		}
		s.fail(key, "not used beside %s; option without=NAME leaves it out", beside)
	}
}

func (s *source) has(key string) bool { _, ok := s.arrays[key]; return ok }

// get returns an array and notes that it was needed.
func (s *source) get(key string) (array.Array, bool) {
	a, ok := s.arrays[key]
	if ok {
		s.used[key] = true
	}
	return a, ok
}

func (s *source) fail(key, format string, args ...any) {
	if s.err == nil {
		text := strings.ReplaceAll(fmt.Sprintf(format, args...), "without=NAME", "without="+s.name(key))
		s.err = fmt.Errorf("%s: %s", s.Label(key), text)
	}
}

// name returns the name of an array in the file.
func (s *source) name(key string) string {
	if s.Name == nil {
		return key
	}
	return s.Name(key)
}

func (s *source) floats(key string) (shape []int, values []float32) {
	a, ok := s.get(key)
	if !ok {
		s.fail(key, "missing")
		return nil, nil
	}
	values, err := a.Float32s()
	if err != nil {
		s.fail(key, "%v", err)
		return nil, nil
	}
	if len(values) == 0 { // the other lengths could be huge
		s.fail(key, "shape %s, want every length above 0", array.FormatShape(a.Shape))
		return nil, nil
	}
	return a.Shape, values
}

// images reads [n, height, width] or [n, height, width, channels].
func (s *source) images(key string) datasets.Images {
	shape, values := s.floats(key)
	switch len(shape) {
	case 3:
		return datasets.Images{N: shape[0], Height: shape[1], Width: shape[2], Channels: 1, Pixels: values}
	case 4:
		return datasets.Images{N: shape[0], Height: shape[1], Width: shape[2], Channels: shape[3], Pixels: values}
	}
	s.fail(key, "shape %s, want [images, height, width] or [images, height, width, channels]", array.FormatShape(shape))
	return datasets.Images{}
}

// repeats reads [n, neurons] or, if axis is true, [repeats, n, neurons].
func (s *source) repeats(key string, axis bool) datasets.Repeats {
	shape, values := s.floats(key)
	switch {
	case len(shape) == 2:
		return datasets.Repeats{Repeats: 1, N: shape[0], Neurons: shape[1], Values: values}
	case axis && len(shape) == 3:
		return datasets.Repeats{Repeats: shape[0], N: shape[1], Neurons: shape[2], Values: values}
	case axis:
		s.fail(key, "shape %s, want [images, neurons] or [repeats, images, neurons]", array.FormatShape(shape))
	default:
		s.fail(key, "shape %s, want [images, neurons]", array.FormatShape(shape))
	}
	return datasets.Repeats{}
}

func single(r datasets.Repeats) datasets.Responses {
	return datasets.Responses{N: r.N, Neurons: r.Neurons, Values: r.Values}
}
