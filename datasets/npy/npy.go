package npy

import (
	"fmt"
	"os"
	"path/filepath"
	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/arrayfile"
	"v1lab/datasets/internal/npyfolder"
)

// Format describes npy:FOLDER.
var Format = datasets.Format{
	Scheme: "npy", Example: "npy:folder",
	Reads:   "the arrays of `npz` as files in a folder; or only `images.npy` and `responses.npy`, divided by labels, indices or a recorded seed",
	Options: arrayfile.KeyOptions(),
	Open:    Open, Sessions: sessions,
}

// Open reads the folder at spec.Path. Arrays have the shapes and types that npz.Open expects. The optional neuron_ids.npy names the
// neurons. Options are those of package arrayfile. Errors name the file.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	wanted := arrayfile.ReadOptions(options)
	if err := options.Done(); err != nil {
		return nil, err
	}
	f, err := npyfolder.Open("npy", spec.Path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(filepath.Join(spec.Path, unfinished)); err == nil {
		return nil, fmt.Errorf("%s: one recording was being written over another and that did not end: files of both are there; write it again", spec.Path)
	}
	return wanted.Open(spec.Path, "file", folder{f})
}

// sessions lists the folders of arrays in a folder that has no arrays itself.
func sessions(path string) (found []string, err error) {
	if f, err := npyfolder.Open("npy", path); err != nil || len(f.Names()) > 0 {
		return nil, nil //nolint:nilerr // Open says why
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, e := range entries {
		inside := filepath.Join(path, e.Name())
		if f, err := npyfolder.Open("npy", inside); e.IsDir() && err == nil && len(f.Names()) > 0 {
			found = append(found, inside)
		}
	}
	return found, nil
}

// folder adapts a folder of .npy files to package arrayfile.
type folder struct{ npyfolder.Folder }

func (f folder) Names() ([]string, error) { return f.Folder.Names(), nil }

func (f folder) Check(name string) error { return f.Need(name) }

func (f folder) Label(name string) string { return f.File(name) }

func (f folder) Read(names ...string) (map[string]array.Array, error) {
	return arrayfile.Each(names, func(name string) (array.Array, error) { return array.ReadNPY(f.File(name)) })
}
