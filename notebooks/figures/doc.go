// Package figures draws the figures that one looks at while fitting a model of V1.
//
// In go plain numbers (losses, correlations, filters, masks, power, clusters). Out comes a Figure, which can be written as PNG or SVG. Pictures
// are the same on every machine: fonts are built in. Colours are safe for colour-blind readers. The command line and the notebooks use the same
// functions. The figures are those of Ecker et al. (ICLR 2019), Figs. 2-6, and others of the same analyses.
// Data that cannot be drawn are an error, never a panic.
package figures
