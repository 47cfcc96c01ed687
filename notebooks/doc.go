// Package notebooks holds the notebooks, one for each question, and below it the packages that their cells import.
//
//	lab          parameters, fits and fitted runs in a cell
//	report       a fitted run -> its figures
//	datafigures  a recording -> tables and figures of what is in it
//	figures      numbers -> a figure
//	neurons      pictures and numbers of neurons -> HTML to browse them
//	display      a figure, table or text -> the output of a cell
//
// `v1lab lab` opens the notebooks in JupyterLab, `v1lab notebook` runs them without a browser.
package notebooks
