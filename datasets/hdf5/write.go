package hdf5

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/renameio/v2"
	"github.com/scigolib/hdf5"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/namedarrays"
)

// Write writes a dataset as one file that Open reads back, with all that is known of neurons, truth, split and normalisation, and that h5py,
// MATLAB and h5dump read too: datasets in the root group, contiguous and not compressed, text in UTF-8 of fixed length, one text as a
// dataset of one. An existing file is replaced whole.
func Write(path string, d *datasets.Dataset) error {
	arrays, err := namedarrays.ToArrays(d)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	pending, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer pending.Cleanup() //nolint:errcheck // there is nothing left once it is in place
	if err := writeAll(pending.Name(), arrays); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := pending.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func writeAll(path string, arrays map[string]array.Array) error {
	w, err := hdf5.CreateForWrite(path, hdf5.CreateTruncate)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(arrays)) {
		if err := writeArray(w, key, arrays[key]); err != nil {
			w.Close() //nolint:errcheck // the first error is the one to tell
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return w.Close()
}

// types of the library by the names of ours.
var types = map[string]hdf5.Datatype{
	"float32": hdf5.Float32, "float64": hdf5.Float64,
	"int8": hdf5.Int8, "int16": hdf5.Int16, "int32": hdf5.Int32, "int64": hdf5.Int64,
	"uint8": hdf5.Uint8, "uint16": hdf5.Uint16, "uint32": hdf5.Uint32, "uint64": hdf5.Uint64,
	"str": hdf5.String,
}

// writeArray writes one dataset. Not in chunks: the library loses values at their edges, and h5py cannot read its compressed ones.
func writeArray(w *hdf5.FileWriter, key string, a array.Array) error {
	kind, ok := types[a.Type()]
	if !ok {
		return fmt.Errorf("dtype %s, accepted are numbers and text", a.Type())
	}
	dims := make([]uint64, 0, len(a.Shape))
	for _, d := range a.Shape {
		dims = append(dims, uint64(d))
	}
	if len(dims) == 0 {
		dims = []uint64{1}
	}
	var options []hdf5.DatasetOption
	if text, ok := a.Data.([]string); ok {
		longest := 1
		for _, s := range text {
			longest = max(longest, len(s))
		}
		options = append(options, hdf5.WithStringSize(uint32(longest)))
	}
	d, err := w.CreateDataset("/"+key, kind, dims, options...)
	if err != nil {
		return err
	}
	return d.Write(a.Data)
}
