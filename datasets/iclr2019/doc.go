// Package iclr2019 reads recordings as the authors of Ecker et al., ICLR 2019, kept them: one pickled object of their class data.Dataset.
//
// In comes iclr2019:FILE, a pickle of protocol 2, 3 or 4 (NumPy's module under its old or new name); out comes a dataset. Nothing in the
// file is executed: a pickle that names anything but that class and NumPy's arrays is refused. The class normalised the values before
// they were saved and did not keep what it divided by, so they stay as they are, whatever the option normalise says.
package iclr2019
