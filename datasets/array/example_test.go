package array_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets/array"
)

func Example() {
	dir, err := os.MkdirTemp("", "array")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	path := filepath.Join(dir, "rates.npz")
	err = array.WriteNPZ(path, map[string]array.Array{
		"rates":   array.New([]float32{0.5, 1, 1.5, 2, 2.5, 3}, 2, 3),
		"neurons": array.New([]int{17, 4, 23}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	arrays, err := array.ReadNPZ(path, "rates", "neurons")
	if err != nil {
		fmt.Println(err)
		return
	}
	rates, _ := arrays["rates"].Float32s()
	neurons, _ := arrays["neurons"].Ints()
	fmt.Println(arrays["rates"].Shape, rates)
	fmt.Println(neurons)
	// Output:
	// [2 3] [0.5 1 1.5 2 2.5 3]
	// [17 4 23]
}
