// Package grid fits several models to one recording with several seeds each and sets their scores side by side.
//
// In go a dataset, named configs and a folder; out come a run folder for every fit and a Report: validation loss, test correlation of the
// fit that the validation part likes best, mean and SD over seeds, share of the ceiling. Fits that are over are kept, one that was
// interrupted goes on, so a comparison can be stopped and called again, or given more seeds.
//
// Source: Ecker et al., ICLR 2019, table 1.
package grid
