// Package mat reads recordings saved by MATLAB in any file version except 4.
//
// In comes mat:FILE, level 5 (the default of save, and of SciPy) or HDF5 (-v7.3), with variables of the names that npz uses
// (train_images, train_responses, ... or images and responses), or of any names given as options, as in
// mat:rec.mat?train_images=rec.stimuli&train_responses=rec.rates for fields of a struct; out comes a dataset. Shapes are those that size()
// shows in MATLAB. Supported are numbers and logicals, sparse matrices, char matrices, and cells of text or of images of one size.
package mat
