package npy_test

import (
	"os"
	"path/filepath"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/mutate"
	"v1lab/datasets/npy"
)

// whole writes a folder with an array of every kind that the format knows.
func whole(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	for key, a := range map[string]array.Array{
		"train_images":      array.New(make([]uint8, 6*4), 6, 2, 2),
		"train_responses":   array.New(make([]float64, 6*2), 6, 2),
		"test_images":       array.New(make([]float32, 2*4), 2, 2, 2),
		"test_responses":    array.New(make([]float32, 3*2*2), 3, 2, 2),
		"train_covariates":  array.New(make([]float32, 6), 6, 1),
		"covariate_names":   array.New([]string{"speed"}),
		"neuron_ids":        array.New([]int{7, 8}),
		"neuron_positions":  array.New(make([]float64, 6), 2, 3),
		"truth_type":        array.New([]int{0, 1}),
		"truth_orientation": array.New([]float64{0, 1}),
		"truth_x":           array.New([]float64{0, 1}),
		"truth_y":           array.New([]float64{0, 1}),
		"normalisation":     array.Scalar(`{"method": "reference", "image_mean": 1, "image_sd": 2, "response_sd": [1, 1]}`),
	} {
		if values, ok := a.Data.([]uint8); ok { // images that differ
			for i := range values {
				values[i] = uint8(i)
			}
		}
		if err := array.WriteNPY(filepath.Join(folder, key+".npy"), a); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func opened(folder string) error {
	d, err := npy.Open(datasets.Spec{Scheme: "npy", Path: folder})
	if err != nil {
		return err
	}
	if d.Validate() == nil {
		datasets.Check(d)
	}
	return nil
}

func TestDamagedFiles(t *testing.T) {
	folder := whole(t)
	if err := opened(folder); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		mutate.CheckOpen(t, filepath.Join(folder, e.Name()), 40, 4<<20, func() error { return opened(folder) })
	}
}

func FuzzOpen(f *testing.F) {
	content, err := os.ReadFile(filepath.Join(whole(f), "train_images.npy"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		folder := whole(t)
		path := filepath.Join(folder, "train_images.npy")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := opened(folder); err != nil {
			mutate.CheckError(t, err, path)
		}
	})
}
