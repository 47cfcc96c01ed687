// Package formats opens a dataset by its name, whatever the format.
//
// In comes a string such as npz:recording.npz, npy:folder, iclr2019:data.pkl or simulated:?neurons=200&seed=1; out comes a validated dataset,
// prepared as the options of package prepare ask, and normalised as in the paper (section 3) unless the option normalise says otherwise.
// Paths are relative to the working directory.
package formats
