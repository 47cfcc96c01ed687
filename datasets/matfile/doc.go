// Package matfile reads variables from MATLAB's level 5 files: the default format of save (-v6, -v7) and of SciPy's savemat.
//
// In comes a file of either byte order, its variables compressed or not. Out come names and [array.Array]s: numbers, logicals, text of char
// matrices, sparse matrices made dense, cells of text or of equal arrays, and all these in fields of structs, as in rec.images. Shapes are
// those that size() shows in MATLAB. Complex numbers and objects (string, table, datetime) are errors that name them. The format is
// documented in "MAT-File Format" by The MathWorks.
package matfile
