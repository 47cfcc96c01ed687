package datasets_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"v1lab/datasets"
)

// numbered makes n images and responses that tell which they are: image i shows label[i], the response is i.
func numbered(labels []float32) (datasets.Images, datasets.Responses) {
	im := datasets.Images{N: len(labels), Height: 1, Width: 2, Channels: 1}
	r := datasets.Responses{N: len(labels), Neurons: 1}
	for i, v := range labels {
		im.Pixels = append(im.Pixels, v, -v)
		r.Values = append(r.Values, float32(i))
	}
	return im, r
}

func TestSplitPartitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float32 { return float32(rapid.IntRange(1, 300).Draw(t, "label")) }), 3, 300).Draw(t, "labels")
		labels = append(labels, 1001, 1002, 1003)
		images, responses := numbered(labels)
		seed := rapid.Uint64().Draw(t, "seed")
		d, err := datasets.FromPairs(images, responses, seed)
		if err != nil {
			t.Fatal(err)
		}
		all := slices.Sorted(slices.Values(slices.Concat(d.Split.TrainIndex, d.Split.ValIndex, d.Split.TestIndex)))
		for i, v := range all {
			if v != i {
				t.Fatalf("indices %v are no partition", all)
			}
		}
		if len(all) != len(labels) {
			t.Fatalf("%d indices for %d images", len(all), len(labels))
		}
		where := map[float32]string{}
		for part, c := range map[string]struct {
			index     []int
			images    datasets.Images
			responses []float32
		}{
			"train": {d.Split.TrainIndex, d.Train.Images, d.Train.Responses.Values},
			"val":   {d.Split.ValIndex, d.Val.Images, d.Val.Responses.Values},
			"test":  {d.Split.TestIndex, d.Test.Images, d.Test.Responses.Values},
		} {
			if len(c.index) == 0 || len(c.index) != c.images.N || len(c.index) != len(c.responses) {
				t.Fatalf("%s: %d indices, %d images, %d responses", part, len(c.index), c.images.N, len(c.responses))
			}
			for i, from := range c.index {
				label := c.images.At(i)[0]
				if label != labels[from] || c.responses[i] != float32(from) {
					t.Fatalf("%s: place %d holds image %v and response %v of image %d", part, i, label, c.responses[i], from)
				}
				if other, ok := where[label]; ok && other != part {
					t.Fatalf("image %v is in %s and %s", label, other, part)
				}
				where[label] = part
			}
		}
		again, err := datasets.FromPairs(images, responses, seed)
		if err != nil || !cmp.Equal(d, again) {
			t.Fatalf("the same seed split differently (%v)", err)
		}
	})
}

func TestSplitShares(t *testing.T) {
	labels := make([]float32, 1000)
	for i := range labels {
		labels[i] = float32(i)
	}
	images, responses := numbered(labels)
	d, err := datasets.FromPairs(images, responses, 1)
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Images.N != 800 || d.Val.Images.N != 100 || d.Test.Images.N != 100 || d.Test.Responses.Repeats != 1 {
		t.Errorf("split %d/%d/%d", d.Train.Images.N, d.Val.Images.N, d.Test.Images.N)
	}
	other, err := datasets.FromPairs(images, responses, 2)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(d.Split.TestIndex, other.Split.TestIndex) {
		t.Error("another seed gave the same test images")
	}

	d = &datasets.Dataset{Train: datasets.Part{Images: images, Responses: responses}}
	if err := datasets.SplitValidation(d, 0.2, 3); err != nil {
		t.Fatal(err)
	}
	if d.Train.Images.N != 800 || d.Val.Responses.N != 200 || d.Split.Seed != 3 || math.Abs(d.Split.ValShare-0.2) > 0 {
		t.Errorf("split %d/%d, recorded %d, %v", d.Train.Images.N, d.Val.Responses.N, d.Split.Seed, d.Split.ValShare)
	}
	if err := datasets.SplitValidation(d, 0.2, 3); err == nil || !strings.Contains(err.Error(), "validation part of 200 images already") {
		t.Errorf("got %v", err)
	}
}

func TestSplitErrors(t *testing.T) {
	one, answer := numbered([]float32{1})
	alike, _ := numbered([]float32{1, 1, 1, 1})
	pairs := func(im datasets.Images, r datasets.Responses) error {
		_, err := datasets.FromPairs(im, r, 1)
		return err
	}
	split := func(val, test float64) error { _, err := datasets.NewSplit(alike, val, test, 1); return err }
	for want, err := range map[string]error{
		"1 different images among 1, want at least 3": pairs(one, answer),
		"1 different images among 4, want at least 2": split(0.5, 0),
		"4 images and responses to 1":                 pairs(alike, answer),
		"want above 0 and together below 1":           split(0.6, 0.4),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
