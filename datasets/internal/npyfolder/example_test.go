package npyfolder_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/npyfolder"
)

func Example() {
	path, err := os.MkdirTemp("", "npyfolder")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(path)
	if err := array.WriteNPY(filepath.Join(path, "inputs.npy"), array.New(make([]float64, 5*9), 5, 9)); err != nil {
		fmt.Println(err)
		return
	}
	folder, err := npyfolder.Open("lab", path)
	if err != nil {
		fmt.Println(err)
		return
	}
	images, err := folder.Images("inputs")
	fmt.Println(images.N, images.Height, images.Width, err)
	fmt.Println(folder.Has("outputs"))
	// Output:
	// 5 3 3 <nil>
	// false
}
