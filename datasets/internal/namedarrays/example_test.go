package namedarrays_test

import (
	"fmt"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/namedarrays"
)

func Example() {
	label := func(key string) string { return "recording.npz: " + key }
	arrays := map[string]array.Array{
		"train_images":    array.New(make([]uint8, 3*2*2), 3, 2, 2),
		"train_responses": array.New(make([]float64, 3*5), 3, 5),
		"val_images":      array.New(make([]uint8, 1*2*2), 1, 2, 2),
		"val_responses":   array.New(make([]float64, 1*5), 1, 5),
		"test_images":     array.New(make([]uint8, 2*2*2), 2, 2, 2),
		"test_responses":  array.New(make([]float64, 4*2*5), 4, 2, 5),
	}
	d, _, err := namedarrays.FromArrays(arrays, namedarrays.Options{Label: label, Seed: 1})
	fmt.Println(d.Train.Images.N, d.Test.Responses.Repeats, err)

	arrays["val_images"] = array.New(make([]uint8, 4), 4)
	_, _, err = namedarrays.FromArrays(arrays, namedarrays.Options{Label: label, Seed: 1})
	fmt.Println(err)
	// Output:
	// 3 4 <nil>
	// recording.npz: val_images: shape [4], want [images, height, width] or [images, height, width, channels]
}
