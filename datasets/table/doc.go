// Package table reads recordings kept as a table of responses beside a folder of pictures, as spreadsheets and scripts write them.
//
// In comes csv:FILE.csv?images=FOLDER: a first line that names the columns; then one line a trial with the picture's file name in the column
// image, optionally its part (train, val or test) in the column split and the number of the repeat in the column repeat, and one number for
// each neuron, whose column's name becomes its id. Pictures are PNG or JPEG, grey or colour, all of one size. Out comes a dataset.
// See Open for parts, repeats and the limits on files that mean harm.
package table
