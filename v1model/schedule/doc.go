// Package schedule decides how a fit goes on: at which rate the next step is made, when to go back to the best weights, and when the fit is over.
//
// In go the settings of a fit, the steps made and the losses of its validations. Out come the learning rate and what to do after a validation. Each kind
// is one file that registers it. The state is kept in checkpoints, so that a resumed fit goes on as an unbroken one. Plain Go, no arrays.
//
// Source: Ecker et al., ICLR 2019, appendix (reference); Smith & Topin, "Super-convergence", 2018, arXiv:1708.07120 (one_cycle).
package schedule
