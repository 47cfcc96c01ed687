// Package report draws the figures of one fitted run.
//
// In goes a fitted run (package fitted), or results computed from it. Out come figures of package figures. Notebooks call one function for each
// figure. The command line and web pages draw all figures in the catalogue (Catalogue, Draw), to which Register adds one.
// A figure is left out if the run lacks what it needs: repeats, the true types of a simulation, or a recording that can be opened.
// The figures are those of Ecker et al. (ICLR 2019), Figs. 2-6, and of tuning experiments.
package report
