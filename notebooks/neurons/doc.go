// Package neurons makes a piece of HTML in which a reader walks through neurons: slider, list, keys, and for each neuron its pictures and numbers.
//
// In go pictures and numbers of package report; out comes HTML that holds everything: it fetches nothing and needs no kernel, so that it works in
// JupyterLab after the cell has ended, in a page made of a notebook, and in a report. Its script is one constant text, which a page can allow
// by its hash. Where no script runs it shows the first neuron and says why no others. No section of the paper; its figures 4 to 6 for one neuron.
package neurons
