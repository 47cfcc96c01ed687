package hdf5

import (
	"errors"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/hdf5file"
	"v1lab/datasets/internal/arrayfile"
)

// Format describes hdf5:FILE.
var Format = datasets.Format{
	Scheme: "hdf5", Example: "hdf5:recording.h5",
	Reads:   "the arrays of `npz` as datasets of an HDF5 file, under other names if options say so: `?train_images=stimuli/train`",
	Options: append([]datasets.Option{{Name: "axes", Default: "file", Means: "`reversed`: the first axis in the file is the last one meant, as in files of Julia and Fortran"}}, arrayfile.KeyOptions()...),
	Open:    Open, Write: Write, Extension: ".h5",
}

// Open reads the file at spec.Path. Datasets have the shapes and types that npz.Open expects. Options: KEY=PATH gives the path of the dataset
// for a key of package npz; axes=reversed reverses the axes, for files of MATLAB, Julia and Fortran; channels=first reads images as
// [n, channels, height, width]; seed is the seed of a split that is not in the file. Errors name the file and the dataset.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	reversed := options.Choice("axes", "file", "file", "reversed") == "reversed"
	wanted := arrayfile.ReadOptions(options)
	if err := options.Done(); err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("hdf5: no file, want hdf5:FILE")
	}
	f, err := hdf5file.Open(spec.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Names()
	if err != nil {
		return nil, err
	}
	links, err := f.DeadLinks()
	if err != nil {
		return nil, err
	}
	names = append(names, links...) // Read says where they lead
	slices.Sort(names)
	return wanted.Open(spec.Path, "dataset", file{File: f, names: names, reversed: reversed})
}

// file adapts an HDF5 file to package arrayfile.
type file struct {
	*hdf5file.File
	names    []string
	reversed bool
}

func (f file) Names() ([]string, error) { return f.names, nil }

func (f file) Has(name string) bool { return slices.Contains(f.names, name) }

func (f file) Check(name string) error {
	_, err := f.Info(name)
	return err
}

func (f file) Read(names ...string) (map[string]array.Array, error) {
	read := f.File.Read
	if f.reversed {
		read = f.ReadReversed
	}
	return arrayfile.Each(names, read)
}
