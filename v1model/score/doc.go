// Package score measures how well a model predicts a population of neurons.
//
// In come predictions and responses ([images, neurons], or [repeats, images, neurons] with NaN where a repeat is missing);
// out come, per neuron, the correlation between prediction and repeat average, the explainable variance
// and the correlation that a perfect model would reach, its ceiling; the field's other scores that discount trial noise
// (FEVE, normalised correlation) and the oracle that repeats are for each other.
// The definitions are those of Ecker et al. (ICLR 2019), sections "Model fitting" and "Evaluation", or the source that a function names; everything is plain Go in float64.
package score
