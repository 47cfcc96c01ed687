package table

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"v1lab/datasets"
)

// valShare is the share of the training part that becomes the validation part if the table has none.
const valShare = 0.1

// Format describes csv:FILE.
var Format = datasets.Format{
	Scheme: "csv", Example: "csv:trials.csv?images=folder", Paths: []string{"images"},
	Reads: "PNG, JPEG or TIFF images and a table of responses, one line per trial and one column per neuron",
	Options: []datasets.Option{
		{Name: "images", Means: "folder of the images; without it that of the table"},
		{Name: "image", Default: "image", Means: "column of the image file names"},
		{Name: "split", Default: "split", Means: "column of the parts, `train`, `val` or `test`"},
		{Name: "repeat", Default: "repeat", Means: "column of the number of the repeat"},
		{Name: "ignore", Means: "columns that are no neurons, joined by commas: `onset_s,trial`"},
		{Name: "decimal", Means: "`comma` or `point`, the decimal sign; without it the table tells"},
		{Name: "reading", Means: "`1`: every other column is a neuron, as for v1lab's first versions. Old run folders are opened in this way if need be"},
		{Name: "seed", Default: "1", Means: "seed of parts that are not in the table"},
	},
	Open: Open,
}

// Open reads the table at spec.Path. Options: images, the folder of the images (default: that of the table); image, split and repeat,
// other names for these columns; ignore, columns to leave out; decimal, the decimal sign; seed, for parts that the table does not give.
//
// Test trials of one image are its repeats, ordered by the column repeat or, without it, by line. An empty field, nan, NA or null is a missing
// response, in every part. Each training and validation line is a separate trial. Without a column split, images shown more than once
// are the test part; if there are none, a tenth of the trials is drawn for validation and a tenth for testing. Without validation lines, a
// tenth of the training part is drawn.
//
// The table may be compressed by gzip. It is UTF-8 or UTF-16; fields are separated by the comma, semicolon, tab or bar with which the first line
// names the column of images; the decimal sign is a point or a comma throughout. A column that has no name, or pandas' Unnamed: 0, is no
// neuron, which Dataset.Notes says. A column that datasets.Counting describes is an error, unless the option neurons chooses.
//
// Values are from 0 to 255, those of 16 bits divided by 257, those of fewer than 8 bits multiplied; floating-point TIFFs keep their values. Grey
// images, opaque ones with an alpha channel among them, have one channel, others three: red, green and blue. A file of several pages, and every
// other format, is an error. Errors are transparent images, images larger
// than 4096 x 4096 pixels, files larger than 64 MiB, more than 2^30 values in total, and file names that lead out of the folder. Errors
// name the file, and the line and column of a table.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	folder := options.Text("images", filepath.Dir(spec.Path))
	columns := columns{
		image:  options.Text("image", "image"),
		split:  options.Text("split", "split"),
		repeat: options.Text("repeat", "repeat"),
		chosen: spec.Options.Has("neurons"),
		all:    options.Choice("reading", "", "1") != "",
	}
	if list := options.Text("ignore", ""); list != "" {
		columns.ignore = strings.Split(list, ",")
	}
	sign := options.Choice("decimal", "", "comma", "point")
	seed := options.Uint64("seed", 1)
	if err := options.Done(); err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("csv: no file, want csv:FILE.csv?images=FOLDER")
	}
	t, err := readTable(spec.Path, columns, sign)
	if err != nil {
		return nil, err
	}
	l, err := t.arrange(spec.Path)
	if err != nil {
		return nil, err
	}
	d, err := l.load(folder)
	if err != nil {
		return nil, err
	}
	switch {
	case len(l.test) == 0:
		neurons := d.Neurons
		if d, err = datasets.FromPairs(d.Train.Images, d.Train.Responses, seed); err != nil {
			return nil, fmt.Errorf("%s: %w", spec.Path, err)
		}
		d.Neurons = neurons
	case len(l.val) == 0:
		if err := datasets.SplitValidation(d, valShare, seed); err != nil {
			return nil, fmt.Errorf("%s: %w", spec.Path, err)
		}
	}
	d.Notes = t.notes
	return d, nil
}
