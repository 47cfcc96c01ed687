// Package display shows figures, tables and progress in a notebook cell.
//
// In go a figure of package figures, rows of text, or a fit's progress; out comes what JupyterLab shows, and a code host for a notebook
// kept with its outputs: PNG and HTML, nothing from the network. Outside a notebook text goes to standard output and pictures nowhere.
// A failure ends the cell with an error. No section of the paper.
package display
