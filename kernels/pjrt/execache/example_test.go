package execache_test

import (
	"fmt"
	"os"

	"v1lab/kernels/pjrt/execache"
	"v1lab/kernels/v1labhome"
)

// A home in which nothing has run keeps nothing.
func Example() {
	dir, err := os.MkdirTemp("", "home")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	os.Setenv(v1labhome.Env, dir)
	defer os.Unsetenv(v1labhome.Env)

	used, err := execache.Usage()
	fmt.Println(used.Programs, used.Size, err)
	// Output: 0 0 <nil>
}
