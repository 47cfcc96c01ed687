package npz_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets"
	"v1lab/datasets/npz"
	"v1lab/datasets/simulated"
)

func Example() {
	dir, err := os.MkdirTemp("", "npz")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	made, err := simulated.Generate(simulated.Config{
		Neurons: 5, Images: 30, Val: 5, Test: 5, Repeats: 3, Height: 20, Width: 20, SNR: 1, Types: simulated.TypeNames(), Seed: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(dir, "recording.npz")
	if err := npz.Write(path, made); err != nil {
		fmt.Println(err)
		return
	}
	d, err := npz.Open(datasets.Spec{Scheme: "npz", Path: path})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Train.Images.N, d.NumNeurons(), d.Truth.TypeNames[d.Truth.Type[0]] == made.Truth.TypeNames[made.Truth.Type[0]])
	fmt.Println(datasets.Fingerprint(d) == datasets.Fingerprint(made))
	// Output:
	// 30 5 true
	// true
}
