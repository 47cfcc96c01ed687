// Package compare fits several models to one recording with several seeds each and sets their scores side by side.
//
// In go a dataset, named configs and a folder; out come the run folders of package grid and a Report: validation loss, test correlation of
// the fit that the validation part likes best, mean and SD over seeds, share of the ceiling.
//
// Source: Ecker et al., ICLR 2019, table 1.
package compare
