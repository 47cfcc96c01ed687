// Package figures draws what a scientist looks at while fitting a model of V1.
//
// In comes plain data (losses, correlations, filters, masks, power, clusters); out comes a Figure that writes itself as PNG or SVG,
// the same on every machine: fonts are built in, colours are safe for colour-blind readers.
// The command line and the notebooks draw with the same functions; the figures are those of Ecker et al. (ICLR 2019), Figs. 2-6, and what belongs beside them.
// Data that cannot be drawn are an error, never a panic.
package figures
