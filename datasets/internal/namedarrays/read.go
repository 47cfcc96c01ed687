package namedarrays

import (
	"encoding/json"
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

// Keys lists the array names that FromArrays understands.
func Keys() []string { return append(FirstKeys(), indexKeys...) }

// FirstKeys lists the array names that v1lab's first versions understood.
func FirstKeys() []string {
	return []string{
		"train_images", "train_responses", "val_images", "val_responses", "test_images", "test_responses", "images", "responses",
		"train_covariates", "val_covariates", "test_covariates", "covariate_names",
		"neuron_ids", "neuron_sessions", "neuron_layers", "neuron_positions",
		"truth_type", "truth_type_names", "truth_orientation", "truth_x", "truth_y", "normalisation", "preparation", "split",
	}
}

// Wanted returns the array names in found that FromArrays understands, and the first required name that is missing.
func Wanted(found []string) (keys []string, missing string) {
	required := []string{"train_images", "train_responses", "test_images", "test_responses"}
	if slices.Contains(found, "images") && !slices.Contains(found, "train_images") {
		required = []string{"images", "responses"}
	}
	for _, key := range required {
		if !slices.Contains(found, key) {
			return nil, key
		}
	}
	for _, key := range Keys() {
		if slices.Contains(found, key) {
			keys = append(keys, key)
		}
	}
	return keys, ""
}

// SeedOption describes the option that Seed reads.
var SeedOption = datasets.Option{Name: "seed", Default: "1", Means: "seed of a split that is not in the file"}

// Seed reads the only option of a file of named arrays: the seed of a split that is not in the file.
func Seed(spec datasets.Spec) (uint64, error) {
	options := spec.Read()
	seed := options.Uint64("seed", 1)
	return seed, options.Done()
}

// source reads arrays and keeps the first error.
type source struct {
	arrays map[string]array.Array
	label  func(key string) string // name of an array for errors
	err    error
}

// FromArrays makes a dataset. A split that is not in the arrays is drawn with seed. label returns the name of an array for errors.
func FromArrays(arrays map[string]array.Array, label func(key string) string, seed uint64) (*datasets.Dataset, error) {
	s := &source{arrays: arrays, label: label}
	d := &datasets.Dataset{}
	var err error
	if s.has("images") && !s.has("train_images") {
		if d, err = s.pair(seed); err != nil {
			return nil, err
		}
	} else {
		s.unused("want it only beside images and responses, which it divides", indexKeys...)
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
			if err := datasets.SplitValidation(d, valShare, seed); err != nil {
				return nil, fmt.Errorf("%s: %w", label("train_images"), err)
			}
		}
	}
	d.Neurons = s.neurons(d.NumNeurons())
	d.Truth = s.truth()
	if s.has("normalisation") {
		d.Normalisation = &datasets.Normalisation{}
		s.json("normalisation", d.Normalisation)
	}
	if s.has("preparation") {
		s.json("preparation", &d.Preparation)
	}
	if s.has("split") {
		d.Split = &datasets.Split{}
		s.json("split", d.Split)
	}
	if s.err != nil {
		return nil, s.err
	}
	return d, nil
}

func (s *source) has(key string) bool { _, ok := s.arrays[key]; return ok }

func (s *source) fail(key, format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("%s: %s", s.label(key), fmt.Sprintf(format, args...))
	}
}

func (s *source) floats(key string) (shape []int, values []float32) {
	a, ok := s.arrays[key]
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

// covariates reads [n, names], in the test part also [repeats, n, names]. A part without covariates gets NaN if another part has some.
func (s *source) covariates(d *datasets.Dataset, hasVal bool) {
	const names = "covariate_names"
	if !s.has("train_covariates") && !s.has("val_covariates") && !s.has("test_covariates") {
		return
	}
	a, ok := s.arrays[names]
	if !ok {
		s.fail(names, "missing, want it together with covariates")
		return
	}
	known := a.Strings()
	if len(known) == 0 || len(a.Shape) > 1 {
		s.fail(names, "shape %s, want one name for each covariate", array.FormatShape(a.Shape))
		return
	}
	read := func(key string, repeats, n int) datasets.Covariates {
		c := datasets.Covariates{Names: known}
		if !s.has(key) {
			c.Values = slices.Repeat([]float32{float32(math.NaN())}, repeats*n*len(known))
			return c
		}
		shape, values := s.floats(key)
		want := []int{repeats, n, len(known)}
		if len(shape) == 2 && repeats == 1 {
			shape = []int{1, shape[0], shape[1]}
		}
		if s.err == nil && !slices.Equal(shape, want) {
			s.fail(key, "shape %s, want %s (repeats, images, covariate_names)", array.FormatShape(shape), array.FormatShape(want))
		}
		c.Values = values
		return c
	}
	d.Train.Covariates = read("train_covariates", 1, d.Train.Responses.N)
	d.Test.Covariates = read("test_covariates", d.Test.Responses.Repeats, d.Test.Responses.N)
	if hasVal {
		d.Val.Covariates = read("val_covariates", 1, d.Val.Responses.N)
	}
}

// neurons reads descriptions of n neurons, nil if there are none.
func (s *source) neurons(n int) []datasets.Neuron {
	// A recording of other origin may have a file of this name with other contents.
	if ids, ok := s.arrays["neuron_ids"]; ok && ids.Len() != n {
		delete(s.arrays, "neuron_ids")
	}
	if !s.has("neuron_ids") && !s.has("neuron_sessions") && !s.has("neuron_layers") && !s.has("neuron_positions") {
		return nil
	}
	neurons := make([]datasets.Neuron, n)
	text := func(key string, set func(*datasets.Neuron, string)) {
		a, ok := s.arrays[key]
		if !ok {
			return
		}
		words := a.Strings()
		if len(words) != n {
			s.fail(key, "%d entries, want one for each of %d neurons", len(words), n)
			return
		}
		for i, w := range words {
			set(&neurons[i], w)
		}
	}
	text("neuron_ids", func(c *datasets.Neuron, w string) { c.ID = w })
	text("neuron_sessions", func(c *datasets.Neuron, w string) { c.Session = w })
	text("neuron_layers", func(c *datasets.Neuron, w string) { c.Layer = w })
	nan := math.NaN()
	positions := slices.Repeat([]float64{nan}, 3*n)
	if a, ok := s.arrays["neuron_positions"]; ok {
		values, err := a.Float64s()
		if err != nil || !slices.Equal(a.Shape, []int{n, 3}) {
			s.fail("neuron_positions", "shape %s of %s, want numbers of shape [%d, 3]", array.FormatShape(a.Shape), a.Type(), n)
		} else {
			positions = values
		}
	}
	for i := range neurons {
		neurons[i].X, neurons[i].Y, neurons[i].Z = positions[3*i], positions[3*i+1], positions[3*i+2]
	}
	return neurons
}

func (s *source) truth() *datasets.Truth {
	if !s.has("truth_type") {
		return nil
	}
	t := &datasets.Truth{}
	var err error
	if t.Type, err = s.arrays["truth_type"].Ints(); err != nil {
		s.fail("truth_type", "%v", err)
	}
	for _, f := range []struct {
		key string
		to  *[]float64
	}{{"truth_orientation", &t.Orientation}, {"truth_x", &t.X}, {"truth_y", &t.Y}} {
		a, ok := s.arrays[f.key]
		if !ok {
			s.fail(f.key, "missing, want it together with truth_type")
			return nil
		}
		if *f.to, err = a.Float64s(); err != nil {
			s.fail(f.key, "%v", err)
		}
	}
	if a, ok := s.arrays["truth_type_names"]; ok {
		t.TypeNames = a.Strings()
	}
	for i, k := range t.Type {
		if k < 0 || t.TypeNames != nil && k >= len(t.TypeNames) {
			s.fail("truth_type", "type %d of neuron %d, want 0 to %d as in truth_type_names", k, i, len(t.TypeNames)-1)
		}
	}
	return t
}

func (s *source) json(key string, into any) {
	words := s.arrays[key].Strings()
	if len(words) != 1 {
		s.fail(key, "%d entries, want one text", len(words))
		return
	}
	if err := json.Unmarshal([]byte(words[0]), into); err != nil {
		s.fail(key, "%v", err)
	}
}
