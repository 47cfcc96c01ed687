// Package antolik2016 reads the recordings of mouse V1 that Antolík, Hofer, Bednar and Mrsic-Flogel published (PLoS Computational Biology 12,
// 2016), one folder for each of three regions.
//
// In comes antolik2016:FOLDER with training_inputs.npy [n, height*width], training_set.npy [n, neurons], validation_inputs.npy,
// raw_validation_set.npy [repeats, n, neurons] and validation_set.npy, its average. Out comes a dataset. Their validation part becomes the
// test part; the validation part is split off the training part by the option seed. Some copies lack training_inputs.npy: such a dataset
// can be checked and its ceilings computed, but no model can be fitted (see datasets.Dataset.ImagesMissing).
package antolik2016
