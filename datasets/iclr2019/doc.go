// Package iclr2019 reads recordings in the formats of the authors of Ecker et al., ICLR 2019: HDF5 files for every area, or one pickled object.
//
// In comes iclr2019:FOLDER of AREA_train.h5, AREA_val.h5 and AREA_test.h5 with raw values, or iclr2019:FILE, a pickle of their class
// data.Dataset of protocol 2, 3 or 4; out comes a dataset. Nothing in a pickle is executed: a pickle that names anything but that class and
// NumPy's arrays is refused. The class normalised its values before pickling and did not keep the divisors, so they are left as they are.
package iclr2019
