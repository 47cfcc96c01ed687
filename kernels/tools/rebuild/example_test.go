package rebuild_test

import (
	"fmt"

	"v1lab/kernels/tools/rebuild"
)

func Example() {
	b := rebuild.Builder{Dir: "folder-that-is-not-there", Keep: 16}
	way, _, err := b.Build("program")
	fmt.Println(way, err)
	// Output: built chdir folder-that-is-not-there: no such file or directory
}
