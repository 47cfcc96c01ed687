package hdf5

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/hdf5file"
	"v1lab/datasets/internal/namedarrays"
)

// Format describes hdf5:FILE.
var Format = datasets.Format{
	Scheme: "hdf5", Example: "hdf5:recording.h5",
	Reads:   "the arrays of `npz` as datasets of an HDF5 file, under other names if options say so: `?train_images=stimuli/train`",
	Options: append([]datasets.Option{{Name: "axes", Default: "file", Means: "`reversed`: the first axis in the file is the last one meant, as in files of Julia and Fortran"}}, readerOptions...),
	Open:    Open, Write: Write, Extension: ".h5",
}

// readerOptions are those of both formats.
var readerOptions = []datasets.Option{
	{Name: "KEY", Default: "KEY", Means: "where the file has an array, KEY being one of `" + strings.Join(namedarrays.Keys(), " ") + "`"},
	{Name: "channels", Default: "last", Means: "`first`: images are `[n, channels, height, width]`"},
	namedarrays.SeedOption,
}

// Open reads the file at spec.Path. What it expects of each dataset is what npz.Open expects of an array, but for the options: KEY=PATH says
// under which name a key of package npz is in the file; axes=reversed, that the first axis in the file is the last one meant, as in files of
// MATLAB, Julia and Fortran; channels=first, that images are [n, channels, height, width]; seed, that of a split that the file does not
// bring. Errors name the file and the dataset.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	reversed := options.Choice("axes", "file", "file", "reversed") == "reversed"
	r := reader{path: spec.Path, reversed: reversed, decode: func(_ *hdf5file.File, _ string, a array.Array) (array.Array, error) { return a, nil }}
	return r.open(options, "hdf5: no file, want hdf5:FILE")
}

// reader turns a file into a dataset.
type reader struct {
	path     string
	reversed bool
	decode   func(f *hdf5file.File, name string, a array.Array) (array.Array, error) // what the values mean, once axes are in order
}

func (r reader) open(options *datasets.OptionReader, noPath string) (*datasets.Dataset, error) {
	channelsFirst := options.Choice("channels", "last", "last", "first") == "first"
	seed := options.Uint64("seed", 1)
	given := map[string]string{} // where options say that a key is
	for _, key := range namedarrays.Keys() {
		if name := options.Text(key, ""); name != "" {
			given[key] = strings.Trim(name, "/")
		}
	}
	if err := options.Done(); err != nil {
		return nil, err
	}
	if r.path == "" {
		return nil, errors.New(noPath)
	}
	f, err := hdf5file.Open(r.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	places, err := r.places(f, given)
	if err != nil {
		return nil, err
	}
	arrays := map[string]array.Array{}
	for key, name := range places {
		read := f.Read
		if r.reversed {
			read = f.ReadReversed
		}
		a, err := read(name)
		if err != nil {
			return nil, err
		}
		if channelsFirst && strings.HasSuffix(key, "images") && len(a.Shape) == 4 {
			a = permute(a, []int{0, 2, 3, 1})
		}
		if arrays[key], err = r.decode(f, name, a); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", r.path, name, err)
		}
	}
	label := func(key string) string {
		if name, ok := places[key]; ok {
			key = name
		}
		return r.path + ": " + key
	}
	return namedarrays.FromArrays(arrays, label, seed)
}

// places finds where in the file the keys are that a dataset is made of.
func (r reader) places(f *hdf5file.File, given map[string]string) (map[string]string, error) {
	names, err := f.Names()
	if err != nil {
		return nil, err
	}
	places := maps.Clone(given)
	for key, name := range given {
		if _, err := f.Info(name); err != nil {
			return nil, fmt.Errorf("%w (option %s=%s; found %s)", err, key, name, listed(names))
		}
	}
	for _, key := range namedarrays.Keys() {
		if _, ok := places[key]; !ok && slices.Contains(names, key) {
			places[key] = key
		}
	}
	keys, missing := namedarrays.Wanted(slices.Collect(maps.Keys(places)))
	if missing != "" {
		return nil, fmt.Errorf("%s: no dataset %q and no option %s=PATH, found %s", r.path, missing, missing, listed(names))
	}
	maps.DeleteFunc(places, func(key, _ string) bool { return !slices.Contains(keys, key) })
	return places, nil
}

func listed(names []string) string {
	if len(names) == 0 {
		return "no datasets"
	}
	if len(names) > 20 {
		names = append(slices.Clone(names[:20]), fmt.Sprintf("and %d more", len(names)-20))
	}
	for i, name := range names {
		if quoted := fmt.Sprintf("%q", name); quoted != `"`+name+`"` || len(name) > 120 {
			names = slices.Clone(names)
			names[i] = quoted[:min(len(quoted), 120)]
		}
	}
	return strings.Join(names, ", ")
}
