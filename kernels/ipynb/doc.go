// Package ipynb reads the code cells of a notebook without running them.
//
// In comes an .ipynb file. Out come the sources of its code cells ([Read]), a cell's imports ([Imports]) and the parameters that it reads
// ([Parameters]). Cells that do not parse are read as far as possible: the kernel reports them.
package ipynb
