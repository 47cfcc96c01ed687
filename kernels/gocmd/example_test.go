package gocmd_test

import (
	"fmt"

	"v1lab/kernels/gocmd"
)

func Example() {
	fmt.Println(gocmd.Flags)
	// Output: -buildvcs=false '-ldflags=-s -linkmode=internal'
}
