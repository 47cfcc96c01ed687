// Package formats opens a dataset of any format by its name.
//
// In comes a string such as npz:recording.npz, npy:folder, iclr2019:data.pkl or simulated:?neurons=200&seed=1. Out comes a validated dataset,
// prepared by the options of package prepare and normalised as in the paper (section 3) unless the option normalise says otherwise.
// Paths are relative to the working directory.
package formats
