// Package ipynb reads what the cells of a notebook say, without running them.
//
// In: an .ipynb file. Out: the sources of its code cells ([Read]), the packages that one imports ([Imports]) and the parameters that it asks
// for ([Parameters]). Cells that do not parse are read as far as they go: the kernel reports them. It serves no section of the paper.
package ipynb
