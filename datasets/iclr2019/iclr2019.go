package iclr2019

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/namedarrays"
	"v1lab/datasets/internal/pickled"
)

// attributes maps the array names of the other formats to attributes of the pickled object.
var attributes = map[string]string{
	"train_images": "images_train", "train_responses": "responses_train",
	"val_images": "images_val", "val_responses": "responses_val",
	"test_images": "images_test", "test_responses": "responses_test",
}

// Method is the method in the Normalisation of these datasets. Values are as stored: images have mean 0 and SD 1, responses SD 1. Images for
// prediction must be in the same units.
const Method = "reference, before saving"

// Format describes iclr2019:PATH.
var Format = datasets.Format{
	Scheme: "iclr2019", Example: "iclr2019:data.pkl",
	Reads:   "a folder of the HDF5 files of the paper's own code, or its pickle (protocols 2 to 4); nothing in it is executed",
	Options: []datasets.Option{{Name: "areas", Means: "folders only: areas to join, in this order; without it all, in alphabetical order"}},
	Open:    Open,
}

// Open reads the pickle or the folder of HDF5 files at spec.Path. Values are rounded to float32.
//
// A pickle has images [n, height, width, 1], responses [n, neurons] and test responses [repeats, n, neurons]; it has no options.
//
// A folder has a file for each area and part with the datasets inputs [n, 1, height, width] and responses [n, neurons]. The test part has one
// row per trial, and also image_ids [n] and info/unit_ids [neurons]. Areas must have seen the same images. Their neurons are joined in
// alphabetical order of areas; areas=A,B selects areas and their order. A neuron's Session is its area. Trials of an image become its repeats
// in the order of the file; missing repeats are NaN. Errors name the file and the attribute or dataset.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	if isFolder(spec.Path) {
		return openAreas(spec)
	}
	if err := spec.Read().Done(); err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("iclr2019: no file, want iclr2019:FILE or iclr2019:FOLDER")
	}
	found, err := Arrays(spec.Path)
	if err != nil {
		return nil, err
	}
	arrays := map[string]array.Array{}
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		name := attributes[key]
		a, ok := found[name]
		if !ok {
			return nil, fmt.Errorf("%s: no array %q, found %s", spec.Path, name, pickled.List(found))
		}
		arrays[key] = a
	}
	d, _, err := namedarrays.FromArrays(arrays, namedarrays.Options{Label: func(key string) string { return spec.Path + ": " + attributes[key] }, Seed: 1})
	if err != nil {
		return nil, err
	}
	d.Normalisation = &datasets.Normalisation{Method: Method, ImageSD: 1, ResponseSD: slices.Repeat([]float64{1}, d.NumNeurons())}
	return d, nil
}

// Arrays reads every attribute of the pickled object that is an array, in its stored type, row-major, and ignores the others.
// Errors name the file.
func Arrays(path string) (map[string]array.Array, error) {
	return pickled.Arrays(path, "data.Dataset")
}
