// Package display shows figures, tables and progress in a notebook cell.
//
// In go a figure of package figures, rows of text, HTML, or a fit's progress; out comes what JupyterLab shows, and a code host for a notebook
// kept with its outputs: PNG and HTML, beside the PNG Vega-Lite for figures that can be pointed at, nothing from the network. Outside a notebook
// text goes to standard output and pictures nowhere. A failure ends the cell with an error. No section of the paper.
package display
