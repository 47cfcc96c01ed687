package arrayfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/elements"
	"v1lab/datasets/internal/namedarrays"
)

// File is an open file of named arrays. Errors name the file and the array.
type File interface {
	Names() ([]string, error) // names of all arrays, in alphabetical order
	Has(name string) bool     // reports whether the file has an array of this name, readable or not
	Check(name string) error  // returns why there is no such array; nil if there is one, or if only Read can tell
	Read(names ...string) (map[string]array.Array, error)
}

// KeyOptions lists the options that ReadOptions reads.
func KeyOptions() []datasets.Option {
	return []datasets.Option{
		{Name: "KEY", Default: "KEY", Means: "name of an array in the file; KEY is one of `" + strings.Join(namedarrays.Keys(), " ") + "`"},
		{Name: "channels", Default: "last", Means: "`first`: images are `[n, channels, height, width]`"},
		namedarrays.SeedOption,
	}
}

// Options are the options common to all formats with named arrays.
type Options struct {
	Seed          uint64            // seed of a split that is not in the file
	names         map[string]string // name in the file of each key that an option gives
	channelsFirst bool
}

// ReadOptions reads KEY=NAME for every key, channels and seed. o.Done reports errors.
func ReadOptions(o *datasets.OptionReader) Options {
	options := Options{names: map[string]string{}}
	options.channelsFirst = o.Choice("channels", "last", "last", "first") == "first"
	options.Seed = o.Uint64("seed", 1)
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
	path   string
	names  map[string]string
}

// Name returns the name of a key's array in the file.
func (a Arrays) Name(key string) string {
	if name, ok := a.names[key]; ok {
		return name
	}
	return key
}

// Label returns the name of a key's array for errors: path and name.
func (a Arrays) Label(key string) string { return a.path + ": " + a.Name(key) }

// Load reads the arrays of a dataset from the file at path. noun is the format's word for an array, used in errors.
func (o Options) Load(path, noun string, f File) (Arrays, error) {
	names := maps.Clone(o.names)
	for _, key := range slices.Sorted(maps.Keys(names)) {
		name := names[key]
		if err := f.Check(name); err != nil {
			return Arrays{}, fmt.Errorf("%w (option %s=%s; found %s)", err, key, name, found(f, noun))
		}
	}
	for _, key := range namedarrays.Keys() {
		if _, ok := names[key]; !ok && f.Has(key) {
			names[key] = key
		}
	}
	keys, missing := namedarrays.Wanted(slices.Collect(maps.Keys(names)))
	if missing != "" {
		return Arrays{}, fmt.Errorf("%s: no %s %q and no option %s=PATH, found %s", path, noun, missing, missing, found(f, noun))
	}
	maps.DeleteFunc(names, func(key, _ string) bool { return !slices.Contains(keys, key) })
	arrays := Arrays{Values: map[string]array.Array{}, path: path, names: names}
	wanted := slices.Compact(slices.Sorted(maps.Values(names)))
	read, err := f.Read(wanted...)
	if err != nil {
		return Arrays{}, err
	}
	for _, key := range keys {
		a := read[names[key]]
		if o.channelsFirst && strings.HasSuffix(key, "images") && len(a.Shape) == 4 {
			a = elements.Permute(a, []int{0, 2, 3, 1})
		}
		arrays.Values[key] = a
	}
	return arrays, nil
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
