// Package iclr2019 reads recordings as the authors of Ecker et al., ICLR 2019, kept them: HDF5 files of every area, or one pickled object.
//
// In comes iclr2019:FOLDER of AREA_train.h5, AREA_val.h5 and AREA_test.h5, raw values, or iclr2019:FILE, a pickle of their class data.Dataset
// of protocol 2, 3 or 4; out comes a dataset. Nothing in a pickle is executed: one that names anything but that class and NumPy's arrays is
// refused. The class normalised the values before they were saved and did not keep what it divided by, so a pickle's values stay as they are.
package iclr2019
