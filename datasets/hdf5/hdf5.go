package hdf5

import (
	"errors"
	"fmt"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/hdf5file"
	"v1lab/datasets/internal/arrayfile"
	"v1lab/datasets/internal/packed"
	"v1lab/datasets/mat"
)

// Format describes hdf5:FILE.
var Format = datasets.Format{
	Scheme: "hdf5", Example: "hdf5:recording.h5",
	Reads:   "the arrays of `npz` as datasets of an HDF5 file, under other names if options say so: `?train_images=stimuli/train`",
	Options: append([]datasets.Option{{Name: "axes", Means: "`reversed`: the first axis in the file is the last one meant, as in files of Julia and Fortran; `file`: it is not, whatever the file says. Without it, files of MATLAB (attribute `MATLAB_class`) are read as by `mat`, others as by `axes=file`"}}, arrayfile.KeyOptions()...),
	Open:    Open, Write: Write, Extension: ".h5", Sessions: datasets.SessionsIn(".h5", ".hdf5", ".hdf", ".nc", ".mat"),
}

// Open reads the file at spec.Path. Datasets have the shapes and types that npz.Open expects. Options: KEY=PATH gives the path of the dataset
// for a key of package npz; axes=reversed reverses the axes, for files of Julia and Fortran; those of package arrayfile. Without axes, a file of MATLAB's is
// read by package mat. seed is the seed of a split that is not in the file. The attributes that say what stored
// numbers mean are applied, as package packed says. Errors name the file and the dataset.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	axes := options.Choice("axes", "", "file", "reversed")
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
	if axes == "" && !wanted.First() && ofMATLAB(f, names) {
		d, err := mat.Open(spec)
		if err == nil {
			d.Layout.News = append(d.Layout.News, "MATLAB_class says that its axes are reversed")
		}
		return d, err
	}
	names = append(names, links...) // Read says where they lead
	slices.Sort(names)
	adapted := &file{File: f, path: spec.Path, names: names, reversed: axes == "reversed", stored: wanted.First(), invalid: map[string]int{}}
	d, err := wanted.Open(spec.Path, "dataset", adapted)
	if err == nil && adapted.packed {
		d.Layout.News = append(d.Layout.News, "attributes such as scale_factor say what its numbers mean")
	}
	return d, err
}

// ofMATLAB reports whether MATLAB, or a program that imitates it, wrote the file.
func ofMATLAB(f *hdf5file.File, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, there, err := f.Attribute(name, "MATLAB_class")
		return err == nil && there
	})
}

// file adapts an HDF5 file to package arrayfile.
type file struct {
	*hdf5file.File
	path     string
	names    []string
	reversed bool
	stored   bool           // read numbers as stored, whatever the attributes say
	packed   bool           // attributes changed what was read
	invalid  map[string]int // values of the datasets read that are not valid
}

func (f *file) Names() ([]string, error) { return f.names, nil }

func (f *file) Has(name string) bool { return slices.Contains(f.names, name) }

func (f *file) Check(name string) error {
	_, err := f.Info(name)
	return err
}

func (f *file) Read(names ...string) (map[string]array.Array, error) {
	read := f.File.Read
	if f.reversed {
		read = f.ReadReversed
	}
	return arrayfile.Each(names, func(name string) (array.Array, error) {
		a, err := read(name)
		if err != nil || f.stored {
			return a, err
		}
		packing, err := packed.Read(func(attribute string) (array.Array, bool, error) { return f.Attribute(name, attribute) })
		if err != nil {
			return a, fmt.Errorf("%s: %s: %w", f.path, name, err)
		}
		f.packed = f.packed || !packing.Trivial()
		a, f.invalid[name] = packing.Unpack(a)
		return a, nil
	})
}

// Notes says which values are missing because they are not valid.
func (f *file) Notes(names []string) ([]datasets.Finding, error) {
	return packed.Notes(names, f.invalid, func(name string) string { return f.path + ": " + name }), nil
}
