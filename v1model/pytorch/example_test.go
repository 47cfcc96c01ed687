package pytorch_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets/array"
	"v1lab/v1model/pytorch"
)

func Example() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "masks.safetensors")
	fmt.Println(pytorch.WriteSafetensors(path, map[string]array.Array{"masks": array.New([]float32{1, 2}, 1, 2)}, nil))
	content, err := os.ReadFile(path)
	fmt.Println(string(content[8:len(content)-8]), err)
	// Output:
	// <nil>
	// {"masks":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}     <nil>
}
