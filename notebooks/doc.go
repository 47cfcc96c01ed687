// Package notebooks holds the notebooks, one for each question, and the packages that their cells import:
//
//	figures   data -> picture       report   run folder -> the figures of a run
//	display   picture -> cell       lab      parameters, fits and runs in a cell
//	neurons   pictures and numbers -> HTML to walk through neurons
//	recording recording -> the tables and figures of what is in it
//
// `v1lab lab` opens them in JupyterLab, `v1lab notebook` runs them headless. No section of the paper.
package notebooks
