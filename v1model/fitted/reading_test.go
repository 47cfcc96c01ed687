package fitted_test

import (
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
	"v1lab/v1model"
	"v1lab/v1model/fitted"
	"v1lab/v1model/runfolder"
)

// A run of a version that ignored index arrays still finds its recording by the name it recorded. Under a name that someone gives, the error says what
// is different.
func TestRunsOfTheFirstReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rec.npz")
	pixels, responses := make([]float32, 40*9), make([]float32, 40*2)
	for i := range pixels {
		pixels[i] = float32(i % 97)
	}
	for i := range responses {
		responses[i] = float32(i % 7)
	}
	index := func(from, to int) array.Array {
		var all []int
		for i := from; i < to; i++ {
			all = append(all, i)
		}
		return array.New(all)
	}
	if err := array.WriteNPZ(path, map[string]array.Array{
		"images": array.New(pixels, 40, 3, 3), "responses": array.New(responses, 40, 2), "train": index(0, 30), "val": index(30, 34), "test": index(34, 40),
	}); err != nil {
		t.Fatal(err)
	}
	name := "npz:" + path + "?seed=3"
	old, err := formats.Open(name + "&reading=1")
	if err != nil {
		t.Fatal(err)
	}
	old.Spec = name
	config, err := v1model.Load("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "run")
	made, err := runfolder.Create(folder, config, runfolder.Describe(old))
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{"", name + "&reading=1"} {
		run, err := fitted.Open(t.Context(), folder, fitted.Options{Data: data})
		if err != nil {
			t.Fatal(err)
		}
		d, err := run.Recording()
		if err != nil || datasets.Fingerprint(d) != datasets.Fingerprint(old) {
			t.Errorf("%q: %v", data, err)
		}
	}
	run, err := fitted.Open(t.Context(), folder, fitted.Options{Data: "npz:" + path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Recording(); err == nil || !strings.Contains(err.Error(), "the option reading=1 reads it as they did") {
		t.Errorf("got %v", err)
	}
}
