// Package study repeats the paper's experiments, each a grid of fits, and tests its claims.
//
// In go a scale, which determines recordings, models and sizes (simulated neurons of known types by default), a number of seeds and a folder.
// Out come a run folder and the scores of every fit, and a Report: performance over the number of features with the controls (Fig. 2, Table 1),
// efficiency with fewer training images (Fig. 3), cores that learned from some neurons or another recording, agreement of clusters with the true types and
// conditions under which they fail, their number and a consensus of the fits, sparsity of the readout, and the paper's four claims and ours on cell types with our numbers. Experiments share fits: each is made once, and a
// finished fit is read, so that a study can be stopped and continued, or extended to more seeds.
//
// Source: Ecker et al., ICLR 2019, section 4; the clusters: Ustyuzhaninov et al., ICLR 2020.
package study
