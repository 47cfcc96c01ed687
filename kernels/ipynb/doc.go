// Package ipynb reads the cells of a notebook without running them, and writes notebooks as Go files.
//
// In comes an .ipynb file. Out come the sources of its code cells ([Read]), a cell's imports ([Imports]) and the parameters that it reads
// ([Parameters]). Cells that do not parse are read as far as possible: the kernel reports them.
// [ToGo] writes a notebook as one Go file, of which [FromGo] makes the notebook again.
package ipynb
