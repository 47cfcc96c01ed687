package pjrt_test

import (
	"context"
	"fmt"
	"os"

	"v1lab/kernels/pjrt"
)

func Example() {
	backend, err := pjrt.Backend(context.Background(), "go", os.Stderr) // "xla" in earnest
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Finalize()
	fmt.Println(backend.Name())
	// Output: Go Backend
}
