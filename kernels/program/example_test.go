package program_test

import (
	"fmt"

	"v1lab/kernels/program"
)

func Example() {
	_, err := program.Stamp("folder-that-is-not-there")
	fmt.Println(err)
	// Output: sources of the checkout: lstat folder-that-is-not-there/go.mod: no such file or directory
}
