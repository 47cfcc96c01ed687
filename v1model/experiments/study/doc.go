// Package study redoes the paper's experiments with models, each a grid of fits, and says how its claims fare.
//
// In go a scale, which names recordings, models and sizes (simulated neurons of known types by default), a number of seeds and a folder;
// out come a run folder and the scores of every fit, and a Report: performance over the number of features with the controls (Fig. 2, Table 1),
// efficiency with fewer training images (Fig. 3), cores learned from some neurons or on another recording, clusters against the truth and where
// they break, sparsity of the readout, and the four claims with our figures. Experiments share fits: each is made once, and one that is over is
// read, so that a study can be stopped and called again, or given more seeds.
//
// Source: Ecker et al., ICLR 2019, section 4; the clusters: Ustyuzhaninov et al., ICLR 2020.
package study
