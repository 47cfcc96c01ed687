package hdf5file

import "v1lab/datasets/array"

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

// objectPaths returns the path of every object by address.
func (f *File) objectPaths() map[uint64]string {
	if f.paths == nil {
		f.paths = map[uint64]string{}
		f.visit(func(path string, o *object) { f.paths[o.address] = path })
	}
	return f.paths
}
