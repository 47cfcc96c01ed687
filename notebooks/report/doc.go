// Package report draws the figures of one fitted run.
//
// In go a fitted run (package fitted) or parts of what is known of it; out come figures of package figures, one function each for a notebook's cells,
// and All of them at once for the command line.
// What a run does not know (repeats, the truth of a simulation, data that cannot be opened any more) is left out, not made up.
// The figures are those of Ecker et al. (ICLR 2019), Figs. 2-5.
package report
