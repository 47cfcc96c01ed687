package datasets

// Format is a form in which recordings are kept. The scheme of a dataset's name chooses it; package formats keeps the list.
type Format struct {
	Scheme  string   // the word before the colon of a dataset's name
	Example string   // a name in this format, as people write it: npz:recording.npz
	Reads   string   // what the format holds, one line of Markdown for the table in the documents
	Options []Option // those that Open reads, beside CommonOptions

	// Open reads the recording as it was written: package formats prepares and normalises it. Its errors name the file, and what is wrong in it.
	Open func(Spec) (*Dataset, error)

	// FromName says that Open reads no file: whatever is wrong is in the name, as with the simulator.
	FromName bool

	// Write writes a dataset as one file that Open reads back, and Extension (such as .npz) is that of its name. Both are empty if the
	// format is only read.
	Write     func(path string, d *Dataset) error
	Extension string
}

// Option is one of a dataset's name: name=value after the question mark.
type Option struct {
	Name    string // KEY in capitals stands for each of the names that Means lists
	Default string // the value without it; empty: nothing is done, or Means says what is
	Means   string // one line of Markdown
}

// Names of options, in their order.
func names(options []Option) []string {
	all := make([]string, len(options))
	for i, o := range options {
		all[i] = o.Name
	}
	return all
}

// CommonOptions are the options that every format takes. Package formats sees to them: crop to subset_seed are those of package prepare.
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
	}
}
