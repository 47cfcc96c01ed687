// Package pickled reads NumPy arrays out of Python pickles without running anything that the file names.
//
// In comes a pickle of protocol 2, 3 or 4 that holds a dictionary of arrays, or one object of a class that the caller accepts, with arrays
// as its attributes; out come the arrays by name, numbers or text. The file is looked through before its stack machine runs: a class or
// function outside a short list of those that NumPy pickles with, a count beyond the end of the file, and endless work are refused.
// Memory stays below a few times the size of the file.
package pickled
