// Package mat reads recordings that MATLAB saved, whatever version of file it chose.
//
// In comes mat:FILE, level 5 (what save writes by default, and SciPy) or HDF5 (-v7.3), with variables of the names that npz takes
// (train_images, train_responses, ... or images and responses), or of any names given as options, as in
// mat:rec.mat?train_images=rec.stimuli&train_responses=rec.rates for fields of a struct; out comes a dataset. Shapes are those that size()
// shows in MATLAB. What is read: numbers and logicals, sparse matrices, char matrices, cells of text and of pictures of one size.
package mat
