// Package prune leaves out the features of a fitted model that no neuron needs.
//
// In goes a fitted run and how many features to keep, or what leaving some out may cost. Out comes a new run with a smaller core, frozen, and a readout that was fitted
// anew, and a report on the cost. A feature leaves with all its orientations, and with it its filters: the new run computes less.
//
// Source: Turishcheva et al., NeurIPS 2024, "Reproducibility of predictive networks for mouse visual cortex" (arXiv 2406.12625), whose abstract describes
// iterative pruning of features for the sake of reproducible readouts. Here the least used features leave at once.
package prune
