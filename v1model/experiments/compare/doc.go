// Package compare fits several models to one recording with several seeds each and compares their scores.
//
// In go a dataset, named configs and a folder. Out come the run folders of package grid and a Report: validation loss, test correlation of
// the fit with the lowest validation loss, mean and SD over seeds, and fraction of the ceiling.
//
// Source: Ecker et al., ICLR 2019, table 1.
package compare
