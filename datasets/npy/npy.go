package npy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/parts"
)

// Open reads the folder at spec.Path. What it expects of each array is what npz.Open does. neuron_ids.npy, if there, names the neurons.
// Errors name the file.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	seed := options.Uint64("seed", 1)
	if err := options.Done(); err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("npy: no folder, want npy:FOLDER")
	}
	entries, err := os.ReadDir(spec.Path)
	if err != nil {
		var pathErr *os.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return nil, fmt.Errorf("%s: %w", spec.Path, err)
	}
	var found []string
	for _, e := range entries {
		if key, ok := strings.CutSuffix(e.Name(), ".npy"); ok {
			found = append(found, key)
		}
	}
	required := []string{"train_images", "train_responses", "test_images", "test_responses"}
	if slices.Contains(found, "images") && !slices.Contains(found, "train_images") {
		required = []string{"images", "responses"}
	}
	for _, key := range required {
		if !slices.Contains(found, key) {
			return nil, fmt.Errorf("%s: no %s.npy, found %s", spec.Path, key, listed(found))
		}
	}
	label := func(key string) string { return filepath.Join(spec.Path, key+".npy") }
	arrays := map[string]array.Array{}
	for _, key := range parts.Keys() {
		if !slices.Contains(found, key) {
			continue
		}
		if arrays[key], err = array.ReadNPY(label(key)); err != nil {
			return nil, err
		}
	}
	return parts.FromArrays(arrays, label, seed)
}

// Write writes a dataset into a folder, which is made if there is none, so that Open reads it back.
// Each file is replaced whole; the folder as one is not.
func Write(folder string, d *datasets.Dataset) error {
	if err := d.Validate(); err != nil {
		return fmt.Errorf("%s: not written: %w", folder, err)
	}
	arrays, err := parts.ToArrays(d)
	if err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, key := range parts.Keys() {
		if _, err := os.Stat(filepath.Join(folder, key+".npy")); err == nil && arrays[key].Data == nil {
			return fmt.Errorf("%s: holds %s.npy of another recording, want an empty folder", folder, key)
		}
	}
	for key, a := range arrays {
		if err := array.WriteNPY(filepath.Join(folder, key+".npy"), a); err != nil {
			return err
		}
	}
	return nil
}

func listed(keys []string) string {
	if len(keys) == 0 {
		return "no .npy file"
	}
	return strings.Join(keys, ".npy, ") + ".npy"
}
