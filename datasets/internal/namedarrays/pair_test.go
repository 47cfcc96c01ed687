package namedarrays_test

import (
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/namedarrays"
)

// pair has 10 images of 2 by 3 pixels, of which the first pixel of image i is 6*i, and two neurons, of which the first responds with 2*i.
func pair() map[string]array.Array {
	return map[string]array.Array{"images": counting(10, 2, 3), "responses": counting(10, 2)}
}

// Index arrays divide a pair, in their own order.
func TestIndexArrays(t *testing.T) {
	in := make([]bool, 10)
	in[4] = true
	for name, c := range map[string]struct {
		change func(map[string]array.Array)
		val    []int
	}{
		"indices":  {func(a map[string]array.Array) { a["val"] = array.New([]int32{4}, 1, 1) }, []int{4}},
		"floats":   {func(a map[string]array.Array) { a["val"] = array.New([]float64{4}) }, []int{4}},
		"mask":     {func(a map[string]array.Array) { a["val"] = array.New(in) }, []int{4}},
		"no val":   {func(map[string]array.Array) {}, nil},
		"all used": {func(a map[string]array.Array) { a["val"] = array.New([]int{0, 9, 4}) }, []int{0, 9, 4}},
	} {
		arrays := pair()
		arrays["train"], arrays["test"] = array.New([]int64{8, 2, 6, 7, 1}), array.New([]uint8{5, 3})
		c.change(arrays)
		d, _, err := namedarrays.FromArrays(arrays, namedarrays.Options{Label: label, Seed: 1})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		train := []int{8, 2, 6, 7, 1}
		if c.val == nil { // drawn of the training part
			if len(d.Split.ValIndex) != 1 || !slices.Contains(train, d.Split.ValIndex[0]) || d.Split.Seed != 1 || d.Split.ValShare != 0.1 {
				t.Errorf("%s: %+v", name, d.Split)
				continue
			}
			c.val = d.Split.ValIndex
			train = slices.DeleteFunc(train, func(i int) bool { return i == c.val[0] })
		}
		for _, part := range []struct {
			want, recorded []int
			pixels, values []float32
		}{
			{train, d.Split.TrainIndex, d.Train.Images.Pixels, d.Train.Responses.Values}, {c.val, d.Split.ValIndex, d.Val.Images.Pixels, d.Val.Responses.Values},
			{[]int{5, 3}, d.Split.TestIndex, d.Test.Images.Pixels, d.Test.Responses.Values},
		} {
			if !slices.Equal(part.recorded, part.want) || len(part.pixels) != 6*len(part.want) || len(part.values) != 2*len(part.want) {
				t.Fatalf("%s: recorded %v, want %v", name, part.recorded, part.want)
			}
			for k, i := range part.want {
				if part.pixels[6*k] != float32(6*i) || part.values[2*k] != float32(2*i) {
					t.Errorf("%s: image %v and response %v at %d, want those of %d", name, part.pixels[6*k], part.values[2*k], k, i)
				}
			}
		}
		if !strings.HasPrefix(d.Split.From, "train, ") {
			t.Errorf("%s: divided by %q", name, d.Split.From)
		}
	}
}

// Responses with an axis of repeats are averaged for training, and are the repeats of the test.
func TestPairWithRepeats(t *testing.T) {
	for name, c := range map[string]struct {
		key     string
		trained float32 // response of neuron 0 to image 1
	}{"all parts": {"responses", 22}, "the test alone": {"test_responses", 2}} {
		arrays := pair()
		arrays[c.key] = counting(3, 10, 2) // 20*repeat + 2*image + neuron
		arrays["train"], arrays["val"], arrays["test"] = array.New([]int{1, 2}), array.New([]int{3}), array.New([]int{9, 5})
		d, _, err := namedarrays.FromArrays(arrays, namedarrays.Options{Label: label, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		r := d.Test.Responses
		if r.Repeats != 3 || r.N != 2 || r.At(2, 0)[1] != 59 || r.At(0, 1)[0] != 10 || d.Train.Responses.At(0)[0] != c.trained {
			t.Errorf("%s: test %+v, train %v", name, r, d.Train.Responses.Values)
		}
	}
}

func TestPairErrors(t *testing.T) {
	few := array.New([]int{0, 1})
	for name, c := range map[string]struct {
		change func(map[string]array.Array)
		want   string
	}{
		"out of range":   {func(a map[string]array.Array) { a["test"] = array.New([]int{10}) }, "test: index 10, want 0 to 9: there are 10 images"},
		"negative":       {func(a map[string]array.Array) { a["test"] = array.New([]int{-1}) }, "test: index -1, want 0 to 9"},
		"in two parts":   {func(a map[string]array.Array) { a["val"] = array.New([]int{5, 1}) }, "val: image 1 is also in train"},
		"twice":          {func(a map[string]array.Array) { a["test"] = array.New([]int{5, 5}) }, "test: image 5 is also in test"},
		"no test":        {func(a map[string]array.Array) { delete(a, "test") }, "test: missing, want it together with train"},
		"no train":       {func(a map[string]array.Array) { delete(a, "train") }, "train: missing, want it together with test"},
		"matrix":         {func(a map[string]array.Array) { a["train"] = counting(2, 2) }, "train: shape [2, 2], want one axis: indices of images"},
		"nothing":        {func(a map[string]array.Array) { a["train"] = array.New([]int{}) }, "train: shape [0], want one axis"},
		"fractions":      {func(a map[string]array.Array) { a["train"] = array.New([]float64{0.5}) }, "train: value 0.5 at position 0, want whole numbers"},
		"words":          {func(a map[string]array.Array) { a["train"] = array.New([]string{"0"}) }, "train: dtype str, want numbers"},
		"short mask":     {func(a map[string]array.Array) { a["train"] = array.New([]bool{true}) }, "train: 1 bools, want indices of images, or a bool for each of 10 images"},
		"empty mask":     {func(a map[string]array.Array) { a["train"] = array.New(make([]bool, 10)) }, "train: false for each of 10 images"},
		"test responses": {func(a map[string]array.Array) { a["test_responses"] = counting(4, 3) }, "test_responses: to 4 images and 3 neurons without test_images, want 10 and 2"},
		"beside parts": {func(a map[string]array.Array) {
			a["train_images"], a["train_responses"], a["test_images"], a["test_responses"] = a["images"], a["responses"], a["images"], a["responses"]
		}, "images: not used beside train_images and train_responses; option without=images leaves it out"},
	} {
		arrays := pair()
		arrays["train"], arrays["test"] = few, array.New([]int{5})
		c.change(arrays)
		if _, _, err := namedarrays.FromArrays(arrays, namedarrays.Options{Label: label, Seed: 1}); err == nil || !strings.HasPrefix(err.Error(), "rec.npz: "+c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
