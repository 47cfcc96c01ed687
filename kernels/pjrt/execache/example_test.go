package execache_test

import (
	"fmt"
	"os"

	"v1lab/kernels/home"
	"v1lab/kernels/pjrt/execache"
)

// A home in which nothing has run keeps nothing.
func Example() {
	dir, err := os.MkdirTemp("", "home")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	os.Setenv(home.Env, dir)
	defer os.Unsetenv(home.Env)

	programs, bytes, err := execache.Usage()
	fmt.Println(programs, bytes, err)
	// Output: 0 0 <nil>
}
