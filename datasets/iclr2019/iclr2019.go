package iclr2019

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/parts"
)

// attributes of the pickled object, by the names that the other formats use.
var attributes = map[string]string{
	"train_images": "images_train", "train_responses": "responses_train",
	"val_images": "images_val", "val_responses": "responses_val",
	"test_images": "images_test", "test_responses": "responses_test",
}

// Method is what the Normalisation of these datasets says: images have mean 0 and SD 1 and responses SD 1 as they are in the file, and images
// for prediction are expected in the same units.
const Method = "reference, before saving"

// Open reads the pickle at spec.Path: images [n, height, width, 1], responses [n, neurons], test responses [repeats, n, neurons], all rounded
// to float32. There are no options. Errors name the file and the attribute.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	if err := spec.Read().Done(); err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("iclr2019: no file, want iclr2019:FILE")
	}
	found, err := Arrays(spec.Path)
	if err != nil {
		return nil, err
	}
	arrays := map[string]array.Array{}
	for key, name := range attributes {
		a, ok := found[name]
		if !ok {
			return nil, fmt.Errorf("%s: no array %q, found %s", spec.Path, name, list(found))
		}
		arrays[key] = a
	}
	d, err := parts.FromArrays(arrays, func(key string) string { return spec.Path + ": " + attributes[key] }, 1)
	if err != nil {
		return nil, err
	}
	d.Normalisation = &datasets.Normalisation{Method: Method, ImageSD: 1, ResponseSD: slices.Repeat([]float64{1}, d.NumNeurons())}
	return d, nil
}

// Arrays reads every attribute of the pickled object that is an array, in its stored type, row-major; attributes that are not arrays are
// left alone. Errors name the file.
func Arrays(path string) (map[string]array.Array, error) {
	content, err := read(path)
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	arrays, err := load(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return arrays, nil
}

// read looks at the start before it takes the whole file into memory.
func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	start := make([]byte, 2)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if err := checkStart(start[:n]); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func list(arrays map[string]array.Array) string {
	if len(arrays) == 0 {
		return "none"
	}
	names := slices.Sorted(maps.Keys(arrays))
	for i := range names {
		names[i] = short(names[i])
	}
	if len(names) > 20 {
		names = append(names[:20], "...")
	}
	return strings.Join(names, ", ")
}
