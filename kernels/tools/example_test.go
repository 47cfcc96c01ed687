package tools_test

import (
	"fmt"

	"v1lab/kernels/tools"
)

func Example() {
	fmt.Println(tools.GoFlags)
	// Output: -buildvcs=false '-ldflags=-s -linkmode=internal'
}
