package npy_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/npy"
)

func Example() {
	folder, err := os.MkdirTemp("", "npy")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)

	images := array.New(make([]float32, 20*3*4), 20, 3, 4)
	for i := range 20 {
		images.Data.([]float32)[i*12] = float32(i)
	}
	for key, a := range map[string]array.Array{"images": images, "responses": array.New(make([]float32, 20*2), 20, 2)} {
		if err := array.WriteNPY(filepath.Join(folder, key+".npy"), a); err != nil {
			fmt.Println(err)
			return
		}
	}
	d, err := npy.Open(datasets.Spec{Scheme: "npy", Path: folder})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, "split by seed", d.Split.Seed)
	// Output:
	// 16 2 2 split by seed 1
}
