package sensorium_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/sensorium"
)

func Example() {
	root, err := os.MkdirTemp("", "sensorium")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)
	arrays := map[string]array.Array{
		"meta/trials/tiers.npy":          array.New([]string{"train", "test", "validation", "test"}),
		"meta/trials/frame_image_id.npy": array.New([]int{10, 12, 11, 12}),
		"meta/neurons/unit_ids.npy":      array.New([]int{7, 9}),
	}
	for trial, grey := range []float32{10, 12, 11, 12} {
		arrays[fmt.Sprintf("data/images/%d.npy", trial)] = array.New([]float32{grey, grey, grey, grey, grey, grey}, 1, 2, 3)
		arrays[fmt.Sprintf("data/responses/%d.npy", trial)] = array.New([]float32{float32(trial), 0.5})
	}
	for name, a := range arrays {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			fmt.Println(err)
			return
		}
		if err := array.WriteNPY(path, a); err != nil {
			fmt.Println(err)
			return
		}
	}

	d, err := sensorium.Open(datasets.Spec{Scheme: "sensorium", Path: root})
	if err != nil {
		fmt.Println(err)
		return
	}
	im, test := d.Train.Images, d.Test.Responses
	fmt.Println("training", im.N, "of", im.Height, "x", im.Width, "x", im.Channels)
	fmt.Println("test", test.N, "repeats", test.Repeats, "responses", test.At(0, 0), test.At(1, 0))
	fmt.Println("neurons", d.Neurons[0].ID, d.Neurons[1].ID)
	// Output:
	// training 1 of 2 x 3 x 1
	// test 1 repeats 2 responses [1 0.5] [3 0.5]
	// neurons 7 9
}
