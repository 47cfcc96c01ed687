package npy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/npy"
	"v1lab/datasets/simulated"
)

func open(t *testing.T, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return npy.Open(spec)
}

func TestRoundTrip(t *testing.T) {
	made, err := simulated.Generate(simulated.Config{
		Neurons: 7, Images: 20, Val: 5, Test: 4, Repeats: 3, Height: 20, Width: 18, SNR: 1, Types: simulated.TypeNames(), Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "a", "recording")
	for range 2 { // the second time over the first
		if err := npy.Write(folder, made); err != nil {
			t.Fatal(err)
		}
	}
	got, err := open(t, "npy:"+folder)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made, got, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(datasets.Dataset{}, "Layout")); diff != "" {
		t.Error(diff)
	}
	made.Truth = nil
	if err := npy.Write(folder, made); err == nil || !strings.Contains(err.Error(), "holds truth_type.npy of another recording") {
		t.Errorf("got %v", err)
	}
}

// pairs writes a folder of 50 different images and responses to them.
func pairs(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	images, responses := make([]uint8, 50*4), make([]float64, 50*2)
	for i := range 50 {
		images[4*i], responses[2*i] = uint8(i), float64(i)
	}
	write(t, folder, "images", array.New(images, 50, 2, 2))
	write(t, folder, "responses", array.New(responses, 50, 2))
	return folder
}

func write(t *testing.T, folder, key string, a array.Array) {
	t.Helper()
	if err := array.WriteNPY(filepath.Join(folder, key+".npy"), a); err != nil {
		t.Fatal(err)
	}
}

func TestPairsAreSplit(t *testing.T) {
	folder := pairs(t)
	write(t, folder, "neuron_ids", array.New([]int{75, 255}))
	write(t, folder, "notes", array.New([]int{1, 2, 3}))
	d, err := open(t, "npy:"+folder+"?seed=4")
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Images.N != 40 || d.Val.Images.N != 5 || d.Test.Images.N != 5 || d.Split.Seed != 4 {
		t.Errorf("split %d/%d/%d by seed %d", d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, d.Split.Seed)
	}
	for i, from := range d.Split.ValIndex {
		if d.Val.Images.At(i)[0] != float32(from) || d.Val.Responses.At(i)[0] != float32(from) {
			t.Errorf("validation image %d is not image %d", i, from)
		}
	}
	if d.Neurons[0].ID != "75" || d.Neurons[1].ID != "255" {
		t.Errorf("neurons %+v", d.Neurons)
	}

	write(t, folder, "neuron_ids", array.New([]int{1, 2, 3}))
	if d, err := open(t, "npy:"+folder); err != nil || d.Neurons != nil {
		t.Errorf("ids that do not match: neurons %v, error %v", d.Neurons, err)
	}
}

func TestErrors(t *testing.T) {
	truncated := pairs(t)
	path := filepath.Join(truncated, "images.npy")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content[:len(content)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	unequal := pairs(t)
	write(t, unequal, "responses", array.New([]float32{1, 2}, 1, 2))
	lonely := pairs(t)
	if err := os.Remove(filepath.Join(lonely, "responses.npy")); err != nil {
		t.Fatal(err)
	}
	one := t.TempDir()
	write(t, one, "images", array.New([]float32{1, 2, 3, 4}, 1, 2, 2))
	write(t, one, "responses", array.New([]float32{1, 2}, 1, 2))
	for spec, want := range map[string]string{
		"npy:":                "no folder, want npy:FOLDER",
		"npy:/nowhere/at/all": "/nowhere/at/all: no such file or directory",
		"npy:" + t.TempDir():  `no file "train_images" and no option train_images=NAME, found no files`,
		"npy:" + lonely:       `no file "responses" and no option responses=NAME, found images`,
		"npy:" + truncated:    "images.npy: cut short: 199 bytes of values, shape [50, 2, 2] of |u1 needs 200",
		"npy:" + unequal:      "images.npy: shape [50, 2, 2] as 50 images of 2 x 2 pixels, channels: 1, and responses [1, 2] as responses to 1",
		"npy:" + one:          "images.npy: split: 1 different images among 1, want at least 3",
		"npy:" + filepath.Join(one, "images.npy"): "images.npy: not a directory",
		"npy:" + one + "?seed=x":                  `option seed="x", want a whole number`,
	} {
		_, err := open(t, spec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
}
