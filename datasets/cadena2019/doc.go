// Package cadena2019 reads recordings of macaque V1 in the form that Cadena et al. published (PLoS Computational Biology 15, 2019): one pickled
// dictionary, or an .npz archive of the same arrays.
//
// In comes cadena2019:FILE with images [n, height, width], responses [repeats, n, neurons] with NaN where a neuron was not recorded, and
// optionally repetitions [neurons], is_realresponse, image_types [n] and subject_id [neurons]; out comes a dataset. As in the authors' code
// the last fifth of the images is for testing and a fifth of the rest, by the option seed, for validation; unlike there, training responses
// are averages over repeats. Nothing in a pickle is executed.
package cadena2019
