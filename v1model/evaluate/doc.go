// Package evaluate measures a fitted model against its recording.
//
// In go a run folder and the data it was fitted to; out comes a Report: test correlation per neuron and on average, the ceiling that
// trial noise sets, the scores that discount noise, validation loss and correlation. Its JSON form is what the command line prints.
//
// Source: Ecker et al., ICLR 2019, section 4; the definitions are in package score.
package evaluate
