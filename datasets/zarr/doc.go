// Package zarr reads recordings out of Zarr groups, version 2 and 3, a folder or a zip file: those of zarr-python and xarray.
//
// In comes zarr:FOLDER or zarr:FILE.zip with arrays of the names that npz takes (train_images, train_responses, ... or images and responses),
// or of any names given as options, as in zarr:rec.zarr?train_images=stimuli/train; out comes a dataset. Chunks may be compressed by gzip,
// zlib, Zstandard, LZ4 or Blosc and kept in shards; what else they went through is an error that names it. A chunk that is missing is the
// array's fill value. Attributes by which numbers are packed (scale_factor, add_offset, _FillValue) are applied.
package zarr
