package ondevice_test

import (
	"context"
	"fmt"
	"os"

	"v1lab/datasets/simulated"
	"v1lab/kernels/pjrt"
	"v1lab/v1model"
	"v1lab/v1model/ondevice"
)

func Example() {
	backend, err := pjrt.Backend(context.Background(), "", os.Stderr)
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := v1model.Load("quickstart", "core.rotations=4", "core.features=2,2,2", "core.filter_sizes=5,3,3")
	if err != nil {
		fmt.Println(err)
		return
	}
	model, err := v1model.New(config, v1model.Shape{Height: 24, Width: 24, Channels: 1, Neurons: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	start, _ := model.Init([]float32{1, 1, 1}) // of a run: fitted.Open
	p, err := ondevice.New(backend, model, start)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	rates, err := p.Rates(context.Background(), simulated.DeadLeaves(10, 24, 24, 1))
	fmt.Println(rates.N, rates.Neurons, len(rates.Values), err)
	// Output: 10 3 30 <nil>
}
