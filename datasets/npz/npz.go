package npz

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/parts"
)

// Open reads the archive at spec.Path. Images are [n, height, width] or [n, height, width, channels], responses [n, neurons],
// test responses also [repeats, n, neurons] with NaN for a missing repeat. Without val arrays a tenth of the training part is split off.
// Arrays of other names are left alone. Errors name the file and the array.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	seed := options.Uint64("seed", 1)
	if err := options.Done(); err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("npz: no file, want npz:FILE")
	}
	found, err := array.KeysNPZ(spec.Path)
	if err != nil {
		return nil, err
	}
	required := []string{"train_images", "train_responses", "test_images", "test_responses"}
	if slices.Contains(found, "images") && !slices.Contains(found, "train_images") {
		required = []string{"images", "responses"}
	}
	for _, key := range required {
		if !slices.Contains(found, key) {
			return nil, fmt.Errorf("%s: no array %q, found %s", spec.Path, key, strings.Join(found, ", "))
		}
	}
	var keys []string
	for _, key := range parts.Keys() {
		if slices.Contains(found, key) {
			keys = append(keys, key)
		}
	}
	arrays, err := array.ReadNPZ(spec.Path, keys...)
	if err != nil {
		return nil, err
	}
	return parts.FromArrays(arrays, func(key string) string { return spec.Path + ": " + key }, seed)
}

// Write writes a dataset as one archive that Open reads back, with all that is known of neurons, truth, split and normalisation.
// An existing file is replaced whole.
func Write(path string, d *datasets.Dataset) error {
	if err := d.Validate(); err != nil {
		return fmt.Errorf("%s: not written: %w", path, err)
	}
	arrays, err := parts.ToArrays(d)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return array.WriteNPZ(path, arrays)
}
