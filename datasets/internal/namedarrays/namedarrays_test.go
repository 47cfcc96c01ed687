package namedarrays_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/namedarrays"
)

func label(key string) string { return "rec.npz: " + key }

// counting has the values 0, 1, 2 and so on.
func counting(shape ...int) array.Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(i)
	}
	return array.New(values, shape...)
}

// complete has an array for every key but those of unsplit pairs: 2 neurons, images of 2 by 3 pixels.
func complete() map[string]array.Array {
	return map[string]array.Array{
		"train_images": counting(4, 2, 3), "train_responses": counting(4, 2),
		"val_images": counting(2, 2, 3, 1), "val_responses": counting(2, 2),
		"test_images": counting(3, 2, 3), "test_responses": counting(5, 3, 2),
		"covariate_names": array.New([]string{"pupil", "speed"}), "train_covariates": counting(4, 2), "val_covariates": counting(2, 2), "test_covariates": counting(5, 3, 2),
		"neuron_ids": array.New([]string{"a", "b"}), "neuron_sessions": array.New([]string{"s", "s"}), "neuron_layers": array.New([]string{"L2/3", "L4"}),
		"neuron_positions": array.New([]float64{1, 2, 3, 4, 5, 6}, 2, 3),
		"truth_type":       array.New([]int64{1, 0}), "truth_type_names": array.New([]string{"simple", "complex"}),
		"truth_orientation": array.New([]float64{0.1, 0.2}), "truth_x": array.New([]float64{1, 2}), "truth_y": array.New([]float64{0, 1}),
		"normalisation": array.Scalar(`{}`), "split": array.Scalar(`{}`), "preparation": array.Scalar(`[]`),
	}
}

// What is written is read back as it was, all of it.
func TestThereAndBack(t *testing.T) {
	arrays := complete()
	delete(arrays, "normalisation") // an empty one is none that Validate passes
	delete(arrays, "preparation")
	delete(arrays, "split")
	d, _, err := namedarrays.FromArrays(arrays, namedarrays.Options{Label: label, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if d.Test.Responses.Repeats != 5 || d.Train.Covariates.Names[1] != "speed" || d.Neurons[1] != (datasets.Neuron{ID: "b", Session: "s", Layer: "L4", X: 4, Y: 5, Z: 6}) || d.Truth.Type[0] != 1 {
		t.Errorf("%+v", d)
	}
	written, err := namedarrays.ToArrays(d)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(written)), slices.Sorted(maps.Keys(arrays)); !slices.Equal(got, want) {
		t.Errorf("written %v, want %v", got, want)
	}
	again, _, err := namedarrays.FromArrays(written, namedarrays.Options{Label: label, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, again, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	d.Test.Images.Height++
	if _, err := namedarrays.ToArrays(d); err == nil || !strings.HasPrefix(err.Error(), "not written: ") {
		t.Errorf("a dataset that fits nothing: %v", err)
	}
}

// A recording without a validation part or a split gets one that depends on the seed alone.
func TestSplitsByTheSeed(t *testing.T) {
	pairs := map[string]array.Array{"images": counting(40, 2, 3), "responses": counting(40, 2)}
	parts := complete()
	parts["train_images"], parts["train_responses"], parts["train_covariates"] = counting(30, 2, 3), counting(30, 2), counting(30, 2)
	for _, key := range []string{"val_images", "val_responses", "val_covariates"} {
		delete(parts, key)
	}
	for name, arrays := range map[string]map[string]array.Array{"pairs": pairs, "no validation": parts} {
		read := func(seed uint64) *datasets.Dataset {
			d, _, err := namedarrays.FromArrays(maps.Clone(arrays), namedarrays.Options{Label: label, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		a, b, c := read(1), read(1), read(2)
		if diff := cmp.Diff(a, b, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if a.Val.Images.N == 0 || slices.Equal(a.Val.Images.Pixels, c.Val.Images.Pixels) {
			t.Errorf("%s: %d images for validation, the same by either seed", name, a.Val.Images.N)
		}
	}
}

// A part without covariates has unknown ones; a list of neurons of another length is another file's.
func TestMissingParts(t *testing.T) {
	arrays := complete()
	delete(arrays, "val_covariates")
	arrays["neuron_ids"] = array.New([]string{"a", "b", "c"})
	for _, key := range []string{"neuron_positions", "neuron_layers", "truth_type"} {
		delete(arrays, key)
	}
	d, _, err := namedarrays.FromArrays(arrays, namedarrays.Options{Label: label, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if v := d.Val.Covariates.Values; len(v) != 4 || !math.IsNaN(float64(v[0])) {
		t.Errorf("covariates %v, want 4 NaN", v)
	}
	if n := d.Neurons[1]; n.ID != "" || n.Session != "s" || !math.IsNaN(n.Z) {
		t.Errorf("neuron %+v", n)
	}
	if d.Truth != nil {
		t.Errorf("truth %+v", d.Truth)
	}
}

func TestErrorsNameTheArray(t *testing.T) {
	texts, words := array.New([]string{"a", "b"}), array.New([]string{"a", "b", "c"})
	for _, c := range []struct {
		key  string
		to   array.Array
		want string
	}{
		{"train_images", array.Array{}, "train_images: missing"},
		{"train_images", texts, "train_images: "},
		{"train_images", counting(0, 2, 3), "train_images: shape [0, 2, 3], want every length above 0"},
		{"test_images", counting(3, 6), "test_images: shape [3, 6], want [images, height, width] or"},
		{"train_responses", counting(1, 4, 2), "train_responses: shape [1, 4, 2], want [images, neurons]"},
		{"test_responses", counting(6), "test_responses: shape [6], want [images, neurons] or [repeats, images, neurons]"},
		{"covariate_names", array.Array{}, "covariate_names: missing, want it together with covariates"},
		{"covariate_names", array.New([]string{"a", "b"}, 1, 2), "covariate_names: shape [1, 2], want one name for each covariate"},
		{"train_covariates", counting(4, 3), "train_covariates: shape [1, 4, 3], want [1, 4, 2] (repeats, images, covariate_names)"},
		{"test_covariates", counting(3, 2), "test_covariates: shape [3, 2], want [5, 3, 2]"},
		{"neuron_layers", words, "neuron_layers: 3 entries, want one for each of 2 neurons"},
		{"neuron_positions", counting(2, 2), "neuron_positions: shape [2, 2] of float32, want numbers of shape [2, 3]"},
		{"neuron_positions", texts, "neuron_positions: "},
		{"truth_type", array.New([]float64{0.5, 1}), "truth_type: "},
		{"truth_type", array.New([]int64{2, 0}), "truth_type: type 2 of neuron 0, want 0 to 1 as in truth_type_names"},
		{"truth_x", array.Array{}, "truth_x: missing, want it together with truth_type"},
		{"truth_y", texts, "truth_y: "},
		{"split", texts, "split: not used beside train_images"},
		{"normalisation", array.Scalar("{"), "normalisation: "},
		{"preparation", array.Scalar(`{"crop":1}`), "preparation: "},
	} {
		arrays := complete()
		if arrays[c.key] = c.to; c.to.Data == nil {
			delete(arrays, c.key)
		}
		if _, _, err := namedarrays.FromArrays(arrays, namedarrays.Options{Label: label, Seed: 1}); err == nil || !strings.HasPrefix(err.Error(), "rec.npz: "+c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	for _, arrays := range []map[string]array.Array{
		{"images": counting(4, 2, 3), "responses": counting(3, 2)},
		{"images": counting(4, 2, 3)},
		{"train_images": counting(1, 2, 3), "train_responses": counting(1, 2), "test_images": counting(1, 2, 3), "test_responses": counting(1, 2)}, // nothing to split
	} {
		if _, _, err := namedarrays.FromArrays(arrays, namedarrays.Options{Label: label, Seed: 1}); err == nil || !strings.HasPrefix(err.Error(), "rec.npz: ") {
			t.Errorf("%v: %v", slices.Sorted(maps.Keys(arrays)), err)
		}
	}
}

func TestWanted(t *testing.T) {
	for _, c := range []struct{ found, keys, missing string }{
		{"test_images test_responses train_images train_responses extra split", "train_images train_responses test_images test_responses split", ""},
		{"images responses extra", "images responses", ""},
		{"images extra", "", "responses"},
		{"train_images test_images", "", "train_responses"},
		{"", "", "train_images"},
	} {
		keys, missing := namedarrays.Wanted(strings.Fields(c.found))
		if strings.Join(keys, " ") != c.keys || missing != c.missing {
			t.Errorf("of %q: %v, missing %q", c.found, keys, missing)
		}
	}
}
