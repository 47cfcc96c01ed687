// Package table reads recordings stored as a table of responses and a folder of images, as spreadsheets and scripts write them.
//
// In comes csv:FILE.csv?images=FOLDER. The first line names the columns; then follows one line per trial. The column image has the image's file
// name, the optional column split its part (train, val or test), the optional column repeat the number of the repeat. Every other column is
// a neuron; its name becomes the neuron's id. Images are PNG, JPEG or TIFF, grey or colour, all of one size. Out comes a dataset.
// See Open for parts, repeats and limits on hostile files.
package table
