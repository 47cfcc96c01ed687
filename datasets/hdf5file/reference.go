package hdf5file

import (
	"encoding/binary"
	"slices"
	"strings"

	"v1lab/datasets/array"
)

// References reads a dataset of object references, such as MATLAB's cell arrays, and returns the paths of the objects, row-major as stored.
// Errors name the file and the dataset.
func (f *File) References(name string) (shape []int, paths []string, err error) {
	err = f.guard(name, func() {
		d := f.dataset(name)
		if d.kind.class != "(reference)" || d.kind.size != 8 || len(d.kind.shape) > 0 {
			throw("dtype %s, want references to objects", d.kind.name())
		}
		d.kind = kind{class: "uint", size: d.kind.size}
		a := d.read(false)
		shape = a.Shape
		for i, address := range a.Data.([]uint64) {
			target, ok := f.objectPaths()[address]
			if !ok {
				throw("reference %d of %s leads to no object", i+1, array.FormatShape(shape))
			}
			paths = append(paths, target)
		}
	})
	return shape, paths, err
}

// ReferenceAttribute reads an attribute that is one reference to an object and returns the object's path. ok is false if there is no attribute
// of that name. Errors name the file, the object and the attribute.
func (f *File) ReferenceAttribute(object, name string) (target string, ok bool, err error) {
	err = f.guard(strings.TrimSuffix(object, "/")+"@"+name, func() {
		k, shape, raw, found := f.rawAttribute(f.resolve(object), name)
		if !found {
			return
		}
		if k.class != "(reference)" || k.size != 8 || numElements(shape) != 1 || len(raw) < 8 {
			throw("shape %s of %s, want one reference to an object", array.FormatShape(shape), k.name())
		}
		if target, ok = f.objectPaths()[binary.LittleEndian.Uint64(raw)]; !ok {
			throw("a reference that leads to no object")
		}
	})
	return target, ok, err
}

// Groups lists the paths of all groups below the root that hard links reach, in alphabetical order; a group with several names is listed under
// one of them. Errors name the file and the group.
func (f *File) Groups() (paths []string, err error) {
	err = f.guard("", func() {
		f.visit(func(path string, o *object) {
			if !f.isDataset(o) {
				paths = append(paths, path)
			}
		})
		slices.Sort(paths)
	})
	return paths, err
}

// Target follows soft links and returns the path under which Names or Groups lists the object at a path; ok is false if there is none.
// Errors name the file and the path.
func (f *File) Target(name string) (target string, ok bool, err error) {
	err = f.guard(name, func() {
		if o := f.find(f.object(f.root), name, 0); o != nil {
			target, ok = f.objectPaths()[o.address]
		}
	})
	return target, ok, err
}

// objectPaths returns the path of every object by address.
func (f *File) objectPaths() map[uint64]string {
	if f.paths == nil {
		f.paths = map[uint64]string{}
		f.visit(func(path string, o *object) { f.paths[o.address] = path })
	}
	return f.paths
}
