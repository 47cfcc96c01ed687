package hdf5file

import (
	"math"
	"math/bits"

	"v1lab/datasets/array"
)

// dataset is the content of a dataset's header.
type dataset struct {
	f       *File
	shape   []int // of the dataspace
	most    []int // maximal shape, -1 for an unlimited dimension
	kind    kind
	layout  layout
	filters []filter
	fill    []byte // of one element, nil for zeros
	outside bool   // values are in other files

	reversed bool // return the axes in the opposite order
}

// dataset parses the messages of the dataset called name.
func (f *File) dataset(name string) *dataset {
	o := f.resolve(name)
	if !f.isDataset(o) {
		throw("not a dataset")
	}
	d := &dataset{f: f, outside: o.has(messageExternal)}
	switch {
	case !o.has(messageDataspace):
		throw("damaged: no dataspace")
	case !o.has(messageDatatype):
		throw("damaged: no datatype")
	}
	d.shape, d.most = f.dataspace(f.cursor(f.first(o, messageDataspace), "dataspace"))
	d.kind = f.datatype(f.cursor(f.first(o, messageDatatype), "datatype"), 0)
	d.layout = f.layout(f.cursor(f.first(o, messageLayout), "layout"))
	if body := f.first(o, messageFilters); body != nil {
		d.filters = f.filterList(f.cursor(body, "filters"))
	}
	if body := f.first(o, messageFill); body != nil {
		d.fill = f.fillValue(f.cursor(body, "fill value"))
	} else if body := f.first(o, messageOldFill); body != nil {
		c := f.cursor(body, "fill value")
		d.fill = c.bytes(c.u32())
	}
	return d
}

// dims returns the shape of the array that read returns.
func (d *dataset) dims() []int { return append(append([]int{}, d.shape...), d.kind.shape...) }

// maxRank is HDF5's own limit on dimensions.
const maxRank = 32

// dataspace parses the shape and the maximal shape. A null dataspace has the shape [0].
func (f *File) dataspace(c *cursor) (shape, most []int) {
	version, rank, flags := c.version(1, 2), c.u8(), c.u8()
	kind := c.u8()
	if version == 1 {
		c.skip(4)
	} else if kind == 2 {
		return []int{0}, []int{0}
	}
	if rank > maxRank {
		throw("damaged dataspace: %d dimensions", rank)
	}
	read := func() []int {
		dims := make([]int, rank)
		for i := range dims {
			d := c.length()
			switch {
			case d == undefined:
				dims[i] = -1
			case d > math.MaxInt:
				throw("damaged dataspace: dimension %d is %d", i, d)
			default:
				dims[i] = int(d)
			}
		}
		return dims
	}
	shape = read()
	if most = shape; flags&1 != 0 {
		most = read()
	}
	for i, d := range shape {
		if d < 0 || most[i] >= 0 && most[i] < d {
			throw("damaged dataspace: shape %s, at most %s", array.FormatShape(shape), array.FormatShape(most))
		}
	}
	return shape, most
}

// fillValue parses the value that stands for elements that were never written.
func (f *File) fillValue(c *cursor) []byte {
	version := c.version(1, 3)
	if version == 3 {
		if c.u8()&0x20 == 0 {
			return nil
		}
	} else {
		c.skip(2)
		if c.u8() == 0 && version == 2 {
			return nil
		}
	}
	n := c.u32()
	if n > len(c.b) { // a negative size says that there is none
		return nil
	}
	return c.bytes(n)
}

// product multiplies and saturates at the largest number instead of overflowing.
func product(factors ...uint64) uint64 {
	n := uint64(1)
	for _, f := range factors {
		high, low := bits.Mul64(n, f)
		if high != 0 {
			low = math.MaxUint64
		}
		if f == 0 {
			return 0
		}
		n = low
	}
	return n
}

func numElements(shape []int) uint64 {
	n := uint64(1)
	for _, d := range shape {
		if d == 0 {
			return 0
		}
		n = product(n, uint64(d))
	}
	return n
}
