//go:build !v1lab_engine

package formats

import (
	"v1lab/datasets"
	"v1lab/datasets/allen"
	"v1lab/datasets/antolik2016"
	"v1lab/datasets/cadena2019"
	"v1lab/datasets/hdf5"
	"v1lab/datasets/iclr2019"
	"v1lab/datasets/mat"
	"v1lab/datasets/npy"
	"v1lab/datasets/npz"
	"v1lab/datasets/nwb"
	"v1lab/datasets/sensorium"
	"v1lab/datasets/simulated"
	"v1lab/datasets/table"
	"v1lab/datasets/zarr"
)

// The formats of this module, each described in its package. Cells of notebooks that ask an engine open no files: they do not link them.
func init() {
	for _, f := range []datasets.Format{
		npz.Format, npy.Format, hdf5.Format, mat.Format, table.Format, sensorium.Format, iclr2019.Format, cadena2019.Format, antolik2016.Format,
		allen.Format, nwb.Format, zarr.Format, simulated.Format,
	} {
		Register(f)
	}
}
