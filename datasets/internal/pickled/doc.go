// Package pickled reads NumPy arrays from Python pickles without running anything that the file names.
//
// In comes a pickle of protocol 2, 3 or 4 that holds a dictionary of arrays, or one object of an accepted class with arrays as attributes;
// out come the arrays by name, numbers or text. The file is scanned before its stack machine runs. Refused are classes and functions outside
// the short list that NumPy uses, counts beyond the end of the file, and endless work.
// Memory stays below a few times the size of the file.
package pickled
