package npz_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/internal/readbench"
	"v1lab/datasets/npy"
	"v1lab/datasets/npz"
)

// large is a recording of 5000 images of 36x64 pixels and 6000 neurons; size is what its arrays take in bytes.
func large() (d *datasets.Dataset, size int64) {
	const neurons, height, width = 6000, 36, 64
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) []float32 {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(rng.IntN(256)) / 4
		}
		size += 4 * int64(n)
		return values
	}
	images := func(n int) datasets.Images {
		return datasets.Images{N: n, Height: height, Width: width, Channels: 1, Pixels: noise(n * height * width)}
	}
	part := func(n int) datasets.Part {
		return datasets.Part{Images: images(n), Responses: datasets.Responses{N: n, Neurons: neurons, Values: noise(n * neurons)}}
	}
	d = &datasets.Dataset{Train: part(4400), Val: part(500), Test: datasets.TestPart{
		Images: images(100), Responses: datasets.Repeats{Repeats: 10, N: 100, Neurons: neurons, Values: noise(1000 * neurons)},
	}}
	return d, size
}

// numpy reads all arrays of an archive or of a folder.
const numpy = `
import glob, sys, time
import numpy as np
start = time.perf_counter()
if sys.argv[1].endswith(".npz"):
    archive = np.load(sys.argv[1])
    arrays = {key: archive[key] for key in archive}
else:
    arrays = {name: np.load(name) for name in glob.glob(sys.argv[1] + "/*.npy")}
print(time.perf_counter() - start)
`

// BenchmarkOpen reads the same recording from an archive, a compressed one and a folder (package npy), and NumPy the same files.
//
//	go test -run '^$' -bench Open -benchtime 3x ./datasets/npz
func BenchmarkOpen(b *testing.B) {
	d, size := large()
	dir := b.TempDir()
	stored, deflated, folder := filepath.Join(dir, "stored.npz"), filepath.Join(dir, "deflated.npz"), filepath.Join(dir, "folder")
	for _, err := range []error{npz.Write(stored, d), npz.Write(deflated, d), npy.Write(folder, d)} {
		if err != nil {
			b.Fatal(err)
		}
	}
	d = nil
	deflate(b, deflated)
	for _, c := range []struct {
		name, path string
		open       func(datasets.Spec) (*datasets.Dataset, error)
	}{{"npz", stored, npz.Open}, {"npz-deflated", deflated, npz.Open}, {"npy", folder, npy.Open}} {
		b.Run(c.name, func(b *testing.B) {
			readbench.Read(b, size, func() error {
				d, err := c.open(datasets.Spec{Path: c.path})
				if err == nil && d.NumNeurons() != 6000 {
					err = fmt.Errorf("%d neurons", d.NumNeurons())
				}
				return err
			}, numpy, c.path)
		})
	}
}
