// Package evaluate measures predictions against a recording.
//
// In go predictions for the validation and test images of a recording; out comes a Report: test correlation per neuron and on average, the ceiling that
// trial noise sets, the scores that discount noise, validation loss and correlation. Its JSON form is what the command line prints.
// Package fitted predicts.
//
// Source: Ecker et al., ICLR 2019, section 4; the definitions are in package score.
package evaluate
