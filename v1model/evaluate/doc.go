// Package evaluate measures predictions against a recording.
//
// In go predictions for the validation and test images of a recording. Out comes a Report: test correlation per neuron and on average, its noise ceiling,
// the scores that correct for noise, validation loss and correlation. Its JSON form is what the command line prints.
// Package fitted makes the predictions.
//
// Source: Ecker et al., ICLR 2019, section 4; the definitions are in package score.
package evaluate
