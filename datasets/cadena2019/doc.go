// Package cadena2019 reads recordings of macaque V1 as published by Cadena et al. (PLoS Computational Biology 15, 2019): one pickled
// dictionary, or an .npz archive of the same arrays.
//
// In comes cadena2019:FILE with images [n, height, width], responses [repeats, n, neurons] with NaN where a neuron was not recorded, and
// optionally repetitions [neurons], is_realresponse, image_types [n] and subject_id [neurons]. Out comes a dataset. As in the authors' code,
// the last fifth of the images is the test part, and the option seed draws a fifth of the rest for validation. Unlike there, training
// responses are averages over repeats. Nothing in a pickle is executed.
package cadena2019
