// Package zarr reads recordings from Zarr groups of version 2 and 3, in a folder or a zip file, as zarr-python and xarray write them.
//
// In comes zarr:FOLDER or zarr:FILE.zip with arrays of the names that npz uses (train_images, train_responses, ... or images and responses),
// or of any names given as options, as in zarr:rec.zarr?train_images=stimuli/train; out comes a dataset. Chunks may be compressed by gzip,
// zlib, Zstandard, LZ4 or Blosc and stored in shards; any other codec is an error that names it. A missing chunk has the array's fill
// value. Attributes that describe packed numbers (scale_factor, add_offset, _FillValue) are applied.
package zarr
