package tools_test

import (
	"fmt"

	"v1lab/kernels/tools"
)

func Example() {
	fmt.Println(tools.Missing("folder-that-is-not-there"))
	// Output: [gonb goimports gopls]
}
