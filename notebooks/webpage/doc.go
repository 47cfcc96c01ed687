// Package webpage writes one HTML page about fitted runs, to be kept, mailed or put on a wiki.
//
// In go fitted runs (package fitted), or a study; out comes a page that holds everything: figures of package report inlined,
// tables of scores, cell types, features and neurons, and where all of it is from. It fetches nothing and runs no script but that of the
// browser of neurons, where one is asked for. Runs of one recording are compared, and their cell types matched (packages compare and celltypes);
// runs of several recordings stand side by side. What a run does not know is left out and said so. No section of the paper: its Figs. 2-5, for
// any run.
package webpage
