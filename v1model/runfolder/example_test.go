package runfolder_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/v1model"
	"v1lab/v1model/runfolder"
)

func Example() {
	dir, err := os.MkdirTemp("", "runs")
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
	data := runfolder.Dataset{Version: runfolder.Version, Spec: "simulated:", Shape: v1model.Shape{Height: 24, Width: 24, Channels: 1, Neurons: 150}}
	run, err := runfolder.Create(filepath.Join(dir, "first"), config, data)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.Close()
	if err := run.AppendMetric(runfolder.Metric{Step: 50, Stage: 1, ValLoss: 96.5, Best: true}); err != nil {
		fmt.Println(err)
		return
	}

	reader, err := runfolder.Open(run.Path)
	if err != nil {
		fmt.Println(err)
		return
	}
	metrics, err := reader.Metrics()
	fmt.Println(reader.Config.Preset, reader.Dataset.Spec, metrics[0].ValLoss, err)
	// Output: quickstart@1 simulated: 96.5 <nil>
}
