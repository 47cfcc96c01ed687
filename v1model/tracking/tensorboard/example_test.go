package tensorboard_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/v1model"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/tracking/tensorboard"
)

func ExampleUpdate() {
	dir, err := os.MkdirTemp("", "board")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	config, err := v1model.Load("quickstart")
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := runfolder.Create(filepath.Join(dir, "first"), config, runfolder.Dataset{Version: runfolder.Version, Spec: "simulated:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.Close()
	path, err := tensorboard.Update(filepath.Join(dir, "events"), run)
	fmt.Println(filepath.Base(filepath.Dir(path)), err)
	// Output: first <nil>
}
