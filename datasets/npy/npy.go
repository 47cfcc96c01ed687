package npy

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/datasets/internal/namedarrays"
	"v1lab/datasets/internal/npyfolder"
)

// Format describes npy:FOLDER.
var Format = datasets.Format{
	Scheme: "npy", Example: "npy:folder",
	Reads:   "the arrays of `npz` as files in a folder; or only `images.npy` and `responses.npy`, split 80/10/10 by a recorded seed",
	Options: []datasets.Option{namedarrays.SeedOption},
	Open:    Open,
}

// Open reads the folder at spec.Path. Arrays have the shapes and types that npz.Open expects. The optional neuron_ids.npy names the
// neurons. Errors name the file.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	seed, err := namedarrays.Seed(spec)
	if err != nil {
		return nil, err
	}
	folder, err := npyfolder.Open("npy", spec.Path)
	if err != nil {
		return nil, err
	}
	keys, missing := namedarrays.Wanted(folder.Names())
	if missing != "" {
		return nil, folder.Need(missing)
	}
	arrays := map[string]array.Array{}
	for _, key := range keys {
		if arrays[key], err = array.ReadNPY(folder.File(key)); err != nil {
			return nil, err
		}
	}
	return namedarrays.FromArrays(arrays, folder.File, seed)
}

// Write writes a dataset into a folder that Open can read, and creates the folder if needed.
// Each file is replaced atomically; the folder as a whole is not.
func Write(folder string, d *datasets.Dataset) error {
	arrays, err := namedarrays.ToArrays(d)
	if err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	if err := durable.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, key := range namedarrays.Keys() {
		if _, err := os.Stat(filepath.Join(folder, key+".npy")); err == nil && arrays[key].Data == nil {
			return fmt.Errorf("%s: holds %s.npy of another recording, want an empty folder", folder, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(arrays)) {
		if err := array.WriteNPY(filepath.Join(folder, key+".npy"), arrays[key]); err != nil {
			return err
		}
	}
	return nil
}
