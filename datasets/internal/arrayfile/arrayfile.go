package arrayfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/namedarrays"
)

// File is an open file of named arrays. Errors name the file and the array.
type File interface {
	Names() ([]string, error) // names of all arrays, in alphabetical order
	Has(name string) bool     // reports whether the file has an array of this name, readable or not
	Check(name string) error  // returns why there is no such array; nil if there is one, or if only Read can tell
	Read(names ...string) (map[string]array.Array, error)
}

// labeller is a File that names its arrays in errors otherwise than as PATH: NAME.
type labeller interface{ Label(name string) string }

// noter is a File that has something to say about arrays that were read.
type noter interface {
	Notes(names []string) ([]datasets.Finding, error)
}

// KeyOptions lists the options that ReadOptions reads.
func KeyOptions() []datasets.Option {
	return []datasets.Option{
		{Name: "KEY", Default: "KEY", Means: "name of an array in the file; KEY is one of `" + strings.Join(namedarrays.Keys(), " ") + "`"},
		{Name: "image_axes", Default: "nhw, nhwc", Means: "axes of images in the file, in order: `hwn` is `[height, width, n]`; `n`, `h`, `w` and, of colour images, `c`"},
		{Name: "response_axes", Default: "n,neurons", Means: "axes of responses and covariates in the file, in order: `neurons,n`, or with repeats `neurons,n,repeats`; the default of these is `repeats,n,neurons`"},
		{Name: "channels", Default: "last", Means: "`first`: the same as `image_axes=nchw`"},
		{Name: "first_index", Default: "0", Means: "the number of the first image in arrays of indices, 0 or 1. Files of MATLAB without an index 0 count from 1"},
		{Name: "without", Means: "arrays of the file to leave unused, joined by commas: `train,val,test`"},
		{Name: "reading", Means: "`1`: read the file as v1lab's first versions did, which knew only the first KEYs up to `split`. Old run folders are opened in this way if need be"},
		namedarrays.SeedOption,
	}
}

// Options are the options common to all formats with named arrays.
type Options struct {
	Seed          uint64            // seed of a split that is not in the file
	names         map[string]string // name in the file of each key that an option gives
	channelsFirst bool
	imageAxes     string   // of option image_axes
	responseAxes  string   // of option response_axes
	FirstIndex    string   // of arrays of indices: "0", "1", or "" for what the format does
	without       []string // names in the file
	first         bool     // read as the first versions did
}

// First reports whether a file is to be read as v1lab's first versions did.
func (o Options) First() bool { return o.first }

// ReadOptions reads KEY=NAME for every key, channels, without, reading and seed. o.Done reports errors.
func ReadOptions(o *datasets.OptionReader) Options {
	options := Options{names: map[string]string{}}
	options.readAxes(o)
	options.FirstIndex = o.Choice("first_index", "", "0", "1")
	options.Seed = o.Uint64("seed", 1)
	options.first = o.Choice("reading", "", "1") != ""
	if list := o.Text("without", ""); list != "" {
		for name := range strings.SplitSeq(list, ",") {
			options.without = append(options.without, strings.Trim(name, "/"))
		}
	}
	for _, key := range namedarrays.Keys() {
		if name := o.Text(key, ""); name != "" {
			options.names[key] = strings.Trim(name, "/")
		}
	}
	return options
}

// Arrays holds the arrays of a recording by key, and their names in the file.
type Arrays struct {
	Values map[string]array.Array
	names  map[string]string
	path   string
	label  func(name string) string
	tiers  map[string][]string // options train, val and test that name labels
	layout []datasets.ArrayLayout
	unused []string // arrays of the file that nobody asked for
}

// Name returns the name of a key's array in the file.
func (a Arrays) Name(key string) string {
	if name, ok := a.names[key]; ok {
		return name
	}
	return key
}

// Label returns the name of a key's array for errors: path and name.
func (a Arrays) Label(key string) string { return a.label(a.Name(key)) }

// Open reads the dataset from the file at path. See Load.
func (o Options) Open(path, noun string, f File) (*datasets.Dataset, error) {
	arrays, err := o.Load(path, noun, f)
	if err != nil {
		return nil, err
	}
	d, err := o.Dataset(arrays)
	if err != nil {
		return nil, err
	}
	if n, ok := f.(noter); ok {
		notes, err := n.Notes(slices.Sorted(maps.Values(arrays.names)))
		if err != nil {
			return nil, err
		}
		d.Notes = append(d.Notes, notes...)
	}
	return d, nil
}

// Dataset makes a dataset of arrays from Load.
func (o Options) Dataset(arrays Arrays) (*datasets.Dataset, error) {
	d, unused, err := namedarrays.FromArrays(arrays.Values, namedarrays.Options{Label: arrays.Label, Name: arrays.Name, Seed: o.Seed, Tiers: arrays.tiers, FirstIndex: o.FirstIndex})
	if err != nil {
		return nil, err
	}
	d.Layout = &datasets.Layout{Arrays: arrays.layout, Unused: arrays.unused}
	for _, key := range unused {
		d.Layout.Unused = append(d.Layout.Unused, arrays.Name(key))
	}
	if d.Split != nil && d.Split.From != "" {
		d.Split.From = arrays.list(strings.Split(d.Split.From, ", "))
	}
	d.Notes = append(d.Notes, o.unlikely(d.Train.Images)...)
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(arrays.Values)), func(key string) bool { return slices.Contains(unused, key) })
	if news := namedarrays.NewsOf(keys); len(news) > 0 {
		d.Layout.News = append(d.Layout.News, "arrays "+arrays.list(news)+" count")
	}
	return d, nil
}

// list lists the names of keys' arrays in the file.
func (a Arrays) list(keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = a.Name(key)
	}
	return strings.Join(names, ", ")
}

// Load reads the arrays of a dataset from the file at path. noun is the format's word for an array, used in errors.
func (o Options) Load(path, noun string, f File) (Arrays, error) {
	names, tiers, err := o.find(path, noun, f)
	if err != nil {
		return Arrays{}, err
	}
	keys, missing := namedarrays.Wanted(slices.Collect(maps.Keys(names)))
	if missing != "" {
		return Arrays{}, fmt.Errorf("%s: no %s %q and no option %s=NAME, found %s", path, noun, missing, missing, found(f, noun))
	}
	if o.first {
		news := namedarrays.NewsOf(keys)
		keys = slices.DeleteFunc(keys, func(key string) bool { return slices.Contains(news, key) })
	}
	maps.DeleteFunc(names, func(key, _ string) bool { return !slices.Contains(keys, key) })
	arrays := Arrays{Values: map[string]array.Array{}, path: path, names: names, tiers: tiers, label: func(name string) string { return path + ": " + name }}
	if all, err := f.Names(); err == nil {
		arrays.unused = slices.DeleteFunc(slices.Clone(all), func(name string) bool { return used(names, name) })
	}
	if l, ok := f.(labeller); ok {
		arrays.label = l.Label
	}
	var wanted []string
	for _, key := range keys {
		if !slices.Contains(wanted, names[key]) {
			wanted = append(wanted, names[key])
		}
	}
	read, err := f.Read(wanted...)
	if err != nil {
		return Arrays{}, err
	}
	for _, key := range keys {
		arrays.Values[key] = read[names[key]]
	}
	arrays.layout, err = o.arrange(arrays)
	return arrays, err
}

// found lists the arrays in a file for an error.
func found(f File, noun string) string {
	names, err := f.Names()
	if err != nil || len(names) == 0 {
		return "no " + noun + "s"
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

// Each calls read for one array after another.
func Each(names []string, read func(name string) (array.Array, error)) (map[string]array.Array, error) {
	arrays := map[string]array.Array{}
	for _, name := range names {
		a, err := read(name)
		if err != nil {
			return nil, err
		}
		arrays[name] = a
	}
	return arrays, nil
}
