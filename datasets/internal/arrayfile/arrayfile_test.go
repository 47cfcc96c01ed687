package arrayfile_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/arrayfile"
	"v1lab/datasets/internal/namedarrays"
)

// Whatever arrays a file has under known names, and whatever options say, it is read or refused in one line.
func TestAnyArrays(t *testing.T) {
	keys := append(namedarrays.Keys(), "validation_images", "test_idx", "item_info/frame_image_id", "extra")
	options := []string{
		"image_axes=hwn", "image_axes=nchw", "image_axes=cnhw", "response_axes=neurons,n", "response_axes=n,neurons,repeats", "channels=first", "without=train", "without=tiers",
		"reading=1", "first_index=1", "train=train", "train=a", "val=none", "test=b,c", "tiers=split", "images=extra", "test_responses=responses", "image_ids=extra",
	}
	rapid.Check(t, func(rt *rapid.T) {
		f := inMemory{}
		common := rapid.IntRange(1, 4).Draw(rt, "common")
		length := rapid.OneOf(rapid.Just(common), rapid.IntRange(0, 4))
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 1, 9, rapid.ID).Draw(rt, "keys") {
			f[key] = anyArray(rt, key, rapid.SliceOfN(length, 0, 4))
		}
		if rapid.Bool().Draw(rt, "paired") {
			for key, rank := range map[string]int{"images": 3, "responses": 2} {
				f[key] = anyArray(rt, key, rapid.SliceOfN(length, rank, rank))
			}
		}
		spec, err := datasets.ParseSpec("x:rec?" + strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(options), 0, 3, func(o string) string { name, _, _ := strings.Cut(o, "="); return name }).Draw(rt, "options"), "&"))
		if err != nil {
			rt.Fatal(err)
		}
		d, err := arrayfile.ReadOptions(spec.Read()).Open(spec.Path, "array", f)
		if err != nil {
			if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "rec: ") {
				rt.Fatalf("error %q", err)
			}
			return
		}
		if text := d.Layout.String(); strings.Contains(text, "\n") {
			rt.Fatal(text)
		}
		datasets.Check(d)
	})
}

func anyArray(rt *rapid.T, key string, shapes *rapid.Generator[[]int]) array.Array {
	shape := shapes.Draw(rt, key)
	n := 1
	for _, d := range shape {
		n *= d
	}
	a := array.Array{Shape: shape}
	kinds := 4
	if strings.HasSuffix(key, "images") || strings.HasSuffix(key, "responses") {
		kinds = rapid.SampledFrom([]int{-1, -1, -1, 4}).Draw(rt, key+" numbers")
	}
	switch rapid.IntRange(min(kinds, 0), kinds).Draw(rt, key+" type") {
	case 0:
		a.Data = rapid.SliceOfN(rapid.SampledFrom([]string{"train", "test", "val", "a", "{}", "["}), n, n).Draw(rt, key)
	case 1:
		a.Data = make([]bool, n)
	case 2:
		a.Data = rapid.SliceOfN(rapid.Int64Range(-1, 4), n, n).Draw(rt, key)
	default:
		a.Data = rapid.SliceOfN(rapid.Float32Range(-2, 2), n, n).Draw(rt, key)
	}
	return a
}
