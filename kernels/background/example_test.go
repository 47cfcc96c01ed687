package background_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"v1lab/kernels/background"
	"v1lab/kernels/v1labhome"
)

func Example() {
	dir, err := os.MkdirTemp("", "runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	os.Setenv(v1labhome.Env, dir)
	run := filepath.Join(dir, "first")
	f, err := background.Start(run, "/bin/echo", "fit", "--out", run) // as v1lab fit, but it does nothing
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = f.Follow(context.Background(), nil)
	fmt.Println(err != nil, f.Path == run)
	// Output: true true
}
