package kernels_test

import (
	"context"
	"fmt"
	"os"

	"v1lab/kernels"
	"v1lab/kernels/v1labhome"
)

func Example() {
	prefix, err := os.MkdirTemp("", "prefix-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(prefix)
	root, err := v1labhome.Root()
	if err != nil {
		fmt.Println(err)
		return
	}
	spec, err := kernels.Install(context.Background(), root, kernels.InstallOptions{Prefix: prefix, Binary: "/usr/bin/v1lab"}, os.Stderr)
	fmt.Println(spec.Name, spec.Argv, err)
	// Output: v1lab [/usr/bin/v1lab kernel run {connection_file}] <nil>
}
