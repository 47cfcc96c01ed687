// Package origin tells from which fit the output of a cell was made, and marks the output once the run has another fit.
//
// A cell that opens a run leaves an empty line among its outputs, whose metadata name the run and the fit. If the run changes, the line says so: at once when a later cell opens or
// fits a run, and when the notebook is opened again, by JupyterLab's server (kernels/jupyter/server_config.py), which computes the same fingerprint.
package origin
