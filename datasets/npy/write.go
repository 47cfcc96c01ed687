package npy

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/datasets/internal/namedarrays"
)

// unfinished is a file in a folder whose files are being replaced by those of another recording. It stays if that is broken off.
const unfinished = ".unfinished"

// Write writes a dataset into a folder that Open can read. A new or empty folder appears whole or not at all. In a folder that has a recording, files
// are replaced when all of the new ones are written; if that is broken off, Open refuses the folder until Write has ended.
func Write(folder string, d *datasets.Dataset) error {
	arrays, err := namedarrays.ToArrays(d)
	if err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	for _, key := range namedarrays.Keys() {
		if _, err := os.Stat(filepath.Join(folder, key+".npy")); err == nil && arrays[key].Data == nil {
			return fmt.Errorf("%s: holds %s.npy of another recording, want an empty folder", folder, key)
		}
	}
	folder = filepath.Clean(folder)
	if target, err := filepath.EvalSymlinks(folder); err == nil {
		folder = target // a link stays one
	}
	if info, err := os.Stat(folder); err == nil && !info.IsDir() {
		return fmt.Errorf("%s: not a directory", folder)
	}
	if err := durable.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	fresh, err := durable.MkdirTemp(filepath.Dir(folder), "."+filepath.Base(folder)+"-", 0o755)
	if err != nil {
		return err
	}
	err = fill(fresh, arrays)
	if err == nil {
		err = replace(folder, fresh, arrays)
	}
	if err != nil {
		_ = durable.RemoveAll(fresh) //nolint:errcheck // the first error counts
	}
	return err
}

// fill writes all files into a new folder.
func fill(fresh string, arrays map[string]array.Array) error {
	for _, key := range slices.Sorted(maps.Keys(arrays)) {
		if err := array.WriteNPY(filepath.Join(fresh, key+".npy"), arrays[key]); err != nil {
			return err
		}
	}
	return nil
}

// replace makes the new folder, or its files, those of folder.
func replace(folder, fresh string, arrays map[string]array.Array) error {
	err := durable.Remove(folder) // if it is empty
	switch {
	case err == nil:
		return durable.Rename(fresh, folder)
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	mark := filepath.Join(folder, unfinished)
	if err := durable.WriteFile(mark, nil, 0o644); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(arrays)) {
		if err := durable.Rename(filepath.Join(fresh, key+".npy"), filepath.Join(folder, key+".npy")); err != nil {
			return err
		}
	}
	if err := durable.Remove(mark); err != nil {
		return err
	}
	return durable.RemoveAll(fresh)
}
