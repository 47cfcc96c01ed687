package hdf5

import (
	"fmt"
	"maps"
	"slices"

	"github.com/scigolib/hdf5"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/datasets/internal/namedarrays"
)

// Write writes a dataset as one file that Open, h5py, MATLAB and h5dump can read, including neurons, truth, split and normalisation if
// known. Datasets are in the root group, contiguous and uncompressed; text is UTF-8 of fixed length, a single text a dataset of one entry.
// An existing file is replaced atomically.
func Write(path string, d *datasets.Dataset) error {
	arrays, err := namedarrays.ToArrays(d)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	pending, err := durable.Begin(path, 0o644, true)
	if err != nil {
		return durable.Named(path, err)
	}
	defer pending.Cancel()
	if err := writeAll(pending.Name(), arrays); err != nil {
		return durable.Named(path, err)
	}
	if err := pending.Commit(); err != nil {
		return durable.Named(path, err)
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
			w.Close() //nolint:errcheck // the first error is reported
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return w.Close()
}

// types maps package array's type names to the library's types.
var types = map[string]hdf5.Datatype{
	"float32": hdf5.Float32, "float64": hdf5.Float64,
	"int8": hdf5.Int8, "int16": hdf5.Int16, "int32": hdf5.Int32, "int64": hdf5.Int64,
	"uint8": hdf5.Uint8, "uint16": hdf5.Uint16, "uint32": hdf5.Uint32, "uint64": hdf5.Uint64,
	"str": hdf5.String,
}

// writeArray writes one contiguous dataset. The library loses values at the edges of chunks, and h5py cannot read its compressed chunks.
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
