// Package jupytertest writes notebooks for tests.
//
// In go a path and the text of code cells; out comes an .ipynb file.
package jupytertest
