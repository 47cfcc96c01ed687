// Package display shows figures, tables and progress in a notebook cell.
//
// In goes a figure of package figures, a table, text, HTML or the progress of a fit. Out comes the output of the cell: PNG and HTML, and for
// interactive figures also Vega-Lite. JupyterLab shows all of it without a network; a code host shows the PNG. Outside a notebook, text goes to
// standard output and figures are dropped. A failure ends the cell with an error.
package display
