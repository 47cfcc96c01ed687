// Package twin makes recordings of fitted models: a model answers images, noise is added, and the truth is known.
//
// In goes a name such as model:runs/a?images=images.npy&noise=poisson&repeats=10&seed=1, and a device. Out comes a dataset as of any other format,
// in which every test image has, beside its noisy repeats, the model's rates without noise (datasets.TestPart.Expected). What another model finds
// of such neurons can then be compared with what they really compute, as with simulated neurons, but for the functions of real ones.
//
// The scheme needs a device, which formats do not know: programs register it by formats.Register(twin.Format(device)).
package twin
