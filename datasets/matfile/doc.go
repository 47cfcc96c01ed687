// Package matfile reads variables out of MATLAB's level 5 files: those that save writes by default (-v6, -v7) and SciPy's savemat.
//
// In comes a file of either byte order, its variables compressed or not; out come names and [array.Array]s: numbers, logicals, text of char
// matrices, sparse matrices made dense, cells of text or of equal arrays, and all these in fields of structs, as in rec.images. The shape is
// what size() shows in MATLAB. Complex numbers and objects (string, table, datetime) are refused by name. The format is documented in "MAT-File Format" by The MathWorks.
package matfile
