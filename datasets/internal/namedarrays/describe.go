package namedarrays

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// covariates reads [n, names], in the test part also [repeats, n, names]. A part without covariates gets NaN if another part has some.
func (s *source) covariates(d *datasets.Dataset, hasVal bool) {
	const names = "covariate_names"
	if !s.has("train_covariates") && !s.has("val_covariates") && !s.has("test_covariates") {
		return
	}
	a, ok := s.get(names)
	if !ok {
		s.fail(names, "missing, want it together with covariates")
		return
	}
	known := a.Strings()
	if len(known) == 0 || len(a.Shape) > 1 {
		s.fail(names, "shape %s, want one name for each covariate", array.FormatShape(a.Shape))
		return
	}
	read := func(key string, repeats, n int) datasets.Covariates { return s.covariatesOf(key, known, repeats, n) }
	d.Train.Covariates = read("train_covariates", 1, d.Train.Responses.N)
	d.Test.Covariates = read("test_covariates", d.Test.Responses.Repeats, d.Test.Responses.N)
	if hasVal {
		d.Val.Covariates = read("val_covariates", 1, d.Val.Responses.N)
	}
}

// neurons reads descriptions of n neurons, nil if there are none.
func (s *source) neurons(n int) []datasets.Neuron {
	// A recording of other origin may have a file of this name with other contents.
	ids, ok := s.arrays["neuron_ids"]
	hasIDs := ok && ids.Len() == n
	if !hasIDs && !s.has("neuron_sessions") && !s.has("neuron_layers") && !s.has("neuron_positions") {
		return nil
	}
	neurons := make([]datasets.Neuron, n)
	text := func(key string, set func(*datasets.Neuron, string)) {
		a, ok := s.get(key)
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
	if hasIDs {
		text("neuron_ids", func(c *datasets.Neuron, w string) { c.ID = w })
	}
	text("neuron_sessions", func(c *datasets.Neuron, w string) { c.Session = w })
	text("neuron_layers", func(c *datasets.Neuron, w string) { c.Layer = w })
	nan := math.NaN()
	positions := slices.Repeat([]float64{nan}, 3*n)
	if a, ok := s.get("neuron_positions"); ok {
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

// expected reads responses without noise to the test images, [n, neurons].
func (s *source) expected(n, neurons int) datasets.Responses {
	const key = "truth_expected"
	a, ok := s.get(key)
	if !ok {
		return datasets.Responses{}
	}
	values, err := a.Float32s()
	if err != nil || !slices.Equal(a.Shape, []int{n, neurons}) {
		s.fail(key, "shape %s of %s, want numbers of shape [%d, %d]: test images, neurons", array.FormatShape(a.Shape), a.Type(), n, neurons)
		return datasets.Responses{}
	}
	return datasets.Responses{N: n, Neurons: neurons, Values: values}
}

// partNames begin the names of arrays of a part.
var partNames = [3]string{"train", "val", "test"}

func (s *source) truth() *datasets.Truth {
	if !s.has("truth_type") {
		return nil
	}
	t := &datasets.Truth{}
	var err error
	types, _ := s.get("truth_type")
	if t.Type, err = types.Ints(); err != nil {
		s.fail("truth_type", "%v", err)
	}
	for _, f := range []struct {
		key string
		to  *[]float64
	}{{"truth_orientation", &t.Orientation}, {"truth_x", &t.X}, {"truth_y", &t.Y}} {
		a, ok := s.get(f.key)
		if !ok {
			s.fail(f.key, "missing, want it together with truth_type")
			return nil
		}
		if *f.to, err = a.Float64s(); err != nil {
			s.fail(f.key, "%v", err)
		}
	}
	for i, to := range []**datasets.TrialTruth{&t.Train, &t.Val, &t.Test} {
		var trials datasets.TrialTruth
		for key, values := range map[string]*[]float64{"truth_" + partNames[i] + "_gain": &trials.Gain, "truth_" + partNames[i] + "_shift": &trials.Shift} {
			if a, ok := s.get(key); ok {
				if *values, err = a.Float64s(); err != nil {
					s.fail(key, "%v", err)
				}
				*to = &trials
			}
		}
	}
	if a, ok := s.get("truth_type_names"); ok {
		t.TypeNames = a.Strings()
	}
	for i, k := range t.Type {
		if k < 0 || t.TypeNames != nil && k >= len(t.TypeNames) {
			s.fail("truth_type", "type %d of neuron %d, want 0 to %d as in truth_type_names", k, i, len(t.TypeNames)-1)
		}
	}
	return t
}

// records are the keys of JSON records that v1lab writes.
var records = []string{"normalisation", "preparation", "split"}

// isRecord reports whether an array is a record of v1lab and not one of the user's own of that name.
func (s *source) isRecord(key string) bool {
	a, ok := s.arrays[key]
	if !ok || a.Type() != "str" || a.Len() != 1 {
		return false
	}
	text := strings.TrimSpace(a.Strings()[0])
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}

func (s *source) json(key string, into any) {
	a, _ := s.get(key)
	if err := json.Unmarshal([]byte(a.Strings()[0]), into); err != nil {
		s.fail(key, "%v", err)
	}
}
