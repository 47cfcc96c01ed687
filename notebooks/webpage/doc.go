// Package webpage writes an HTML page about fitted runs, to keep, mail or put on a wiki.
//
// In go fitted runs (package fitted), or a study. Out comes one file with the figures of package report, tables of scores, cell types, features
// and neurons, and the provenance of each run. The page uses no network. It runs no script, except that of the browser of neurons if one is asked
// for. Runs of one recording are compared and their cell types matched (packages compare and celltypes); runs of other recordings get sections
// of their own. The page says what was left out and why. For each run it shows Figs. 2-6 of Ecker et al., ICLR 2019.
package webpage
