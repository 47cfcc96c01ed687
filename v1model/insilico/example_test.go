package insilico_test

import (
	"context"
	"fmt"
	"os"

	"v1lab/kernels/pjrt"
	"v1lab/v1model"
	"v1lab/v1model/insilico"
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
	model, err := v1model.New(config, v1model.Shape{Height: 16, Width: 16, Channels: 1, Neurons: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	start, _ := model.Init([]float32{1, 1, 1})
	device, err := ondevice.New(backend, model, start) // of a run: fitted.Open, and its Subject
	if err != nil {
		fmt.Println(err)
		return
	}
	defer device.Close() //nolint:errcheck // frees memory only
	s, err := insilico.New(device)
	if err != nil {
		fmt.Println(err)
		return
	}
	meis, err := s.MEIs(context.Background(), []int{0, 2}, insilico.MEIOptions{Images: 4, MaxSteps: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(meis.Images.Shape, meis.Rates.Shape)
	// Output: [2 4 16 16] [2 4]
}
