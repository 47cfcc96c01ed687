package datasets

// Format is a file format for recordings. The scheme of a dataset's name selects it; package formats lists all of them.
type Format struct {
	Scheme  string   // the word before the colon of a dataset's name
	Example string   // a name in this format, as people write it: npz:recording.npz
	Reads   string   // what the format holds, one line of Markdown for the table in the documents
	Options []Option // options that Open reads in addition to CommonOptions

	// Open reads the recording as stored; package formats prepares and normalises it. Errors name the file and what is wrong in it.
	Open func(Spec) (*Dataset, error)

	// Sessions lists the recordings in a folder, which package formats joins; none if the folder is one recording. nil: folders are one recording.
	Sessions func(folder string) ([]string, error)

	// Joins is true if Open joins several paths, divided by commas, itself.
	Joins bool

	// Paths lists the options whose values are paths or names of recordings: as the path of the name, they are relative to the working directory.
	Paths []string

	// FromName is true if Open reads no file, as for the simulator, so that any error is in the dataset's name.
	FromName bool

	// Write writes a dataset, Sessions as one block (see Dataset.Dense), to one file that Open can read; Extension, such as .npz, ends the
	// file's name. Both are empty if the format is read-only.
	Write     func(path string, d *Dataset) error
	Extension string
}

// Option is an option in a dataset's name: name=value after the question mark.
type Option struct {
	Name    string // KEY in capitals stands for each name that Means lists
	Default string // value if the option is absent; if empty, nothing is done unless Means says otherwise
	Means   string // one line of Markdown
}

// optionNames returns the names of options in order.
func optionNames(options []Option) []string {
	all := make([]string, len(options))
	for i, o := range options {
		all[i] = o.Name
	}
	return all
}

// CommonOptions lists the options that every format accepts. Package formats applies them; package prepare implements crop to subset_seed.
func CommonOptions() []Option {
	return []Option{
		{"normalise", Reference, "`reference`, one mean and SD for all pixels; `pixel`, a mean and an SD for each; `signed`, as `reference` with negative responses kept, which the others set to 0; or `none`, which scales no responses either"},
		{"crop", "", "`TOP,LEFT,HEIGHT,WIDTH`: a rectangle of the images in pixels, counted from the upper left corner"},
		{"grey", "false", "`true` turns colour into luminance, 0.299 R + 0.587 G + 0.114 B"},
		{"resize", "", "`HEIGHTxWIDTH`: another size of the images in pixels, by the Catmull-Rom kernel"},
		{"neurons", "", "indices from 0, ranges and ids: `0-3,7,u17`; `id:75` is the id 75 and not index 75"},
		{"session", "", "neurons of these sessions: `monday,tuesday`"},
		{"min_ev", "0", "neurons with at least this share of explainable variance, measured on the test repeats"},
		{"neuron_share", "1", "a random share of the neurons; smaller shares are nested in larger ones"},
		{"train_share", "1", "a random share of the training images, nested likewise"},
		{"subset_seed", "1", "seed of these two draws"},
		{"clean_leaks", "false", "`true` takes out validation images that resemble a training image, and test images that resemble a training or validation image: pixels correlate above .99"},
	}
}
