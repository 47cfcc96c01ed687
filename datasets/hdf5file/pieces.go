package hdf5file

import (
	"encoding/binary"
	"slices"
)

// chunkReader reads one chunk after another.
type chunkReader struct {
	d        *dataset
	raw      []byte // all values
	unfilter unfilter
	stored   []byte
}

func (r *chunkReader) read(c chunk) (err error) {
	defer catch(&err)
	d := r.d
	runs := d.runs(c)
	filtered := len(d.filters) > 0 && !(d.layout.edges && d.partial(c))
	if !filtered && len(runs.outer) == 0 { // one piece: no detour
		to := r.raw[runs.to : runs.to+runs.length]
		d.f.readInto(to, c.address, "chunk")
		d.kind.reorder(to)
		return nil
	}
	n := c.stored
	if !filtered {
		n = min(n, uint64(r.unfilter.size))
	}
	d.f.within(c.address, n, "chunk")
	if uint64(cap(r.stored)) < n {
		r.stored = make([]byte, n)
	}
	b := r.stored[:n]
	d.f.readInto(b, c.address, "chunk")
	if filtered {
		r.unfilter.to = nil
		if len(runs.outer) == 0 && runs.length == r.unfilter.size {
			r.unfilter.to = r.raw[runs.to : runs.to+runs.length]
		}
		if b, err = r.unfilter.undo(b, c.mask); err != nil {
			return err
		}
	}
	d.kind.reorder(b)
	if to := r.unfilter.to; !filtered || len(to) == 0 || &b[0] != &to[0] { // else it is in place already
		runs.copy(r.raw, b)
	}
	return nil
}

// partial tells whether a chunk reaches over the edge.
func (d *dataset) partial(c chunk) bool {
	for axis, at := range c.at {
		if at+d.layout.chunk[axis] > d.shape[axis] {
			return true
		}
	}
	return false
}

// transpose copies elements in tiles, whose lines stay in the processor's cache: a step along one axis is far in the chunk or in the array.
func transpose(to, from []byte, a, b axis, width int) {
	const side = 32
	for i0 := 0; i0 < a.count; i0 += side {
		for j0 := 0; j0 < b.count; j0 += side {
			n := min(side, b.count-j0)
			for i := i0; i < min(i0+side, a.count); i++ {
				source, target := from[i*a.from+j0*b.from:], to[i*a.to+j0*b.to:]
				switch {
				case width == 4 && b.to == 4:
					line := target[:4*n]
					for s := 0; len(line) >= 4; s += b.from {
						binary.NativeEndian.PutUint32(line, binary.NativeEndian.Uint32(source[s:]))
						line = line[4:]
					}
				case width == 8 && b.to == 8:
					line := target[:8*n]
					for s := 0; len(line) >= 8; s += b.from {
						binary.NativeEndian.PutUint64(line, binary.NativeEndian.Uint64(source[s:]))
						line = line[8:]
					}
				default:
					for j := range n {
						copy(target[j*b.to:j*b.to+width], source[j*b.from:j*b.from+width])
					}
				}
			}
		}
	}
}

// runs says which pieces of a chunk go where: pieces of length bytes, in a grid of outer axes.
type runs struct {
	to, length int
	outer      []axis
	width      int // of an element if the last two axes change places, else 0
}

type axis struct{ count, from, to int } // bytes from one piece to the next in the chunk and in the array

func (d *dataset) runs(c chunk) runs {
	width := d.kind.bytes()
	r := runs{length: width}
	if d.reversed {
		return d.reversedRuns(c)
	}
	from, to := width, width // bytes of one step along the axis
	merged := true           // pieces so far are contiguous in both
	for i := len(c.at) - 1; i >= 0; i-- {
		size, whole := d.layout.chunk[i], d.shape[i]
		n := min(size, whole-c.at[i])
		r.to += c.at[i] * to
		if merged {
			r.length *= n
			merged = n == size && n == whole
		} else if n > 1 {
			r.outer = append(r.outer, axis{n, from, to})
		}
		from *= size
		to *= whole
	}
	slices.Reverse(r.outer)
	return r
}

// reversedRuns is runs for an array whose axes are in the order opposite to the file's: single elements.
func (d *dataset) reversedRuns(c chunk) runs {
	width := d.kind.bytes()
	r := runs{length: width, width: width}
	from, to := width, width
	for i := len(c.at) - 1; i >= 0; i-- {
		r.outer = append(r.outer, axis{count: min(d.layout.chunk[i], d.shape[i]-c.at[i]), from: from})
		from *= d.layout.chunk[i]
	}
	slices.Reverse(r.outer)
	for i := range r.outer {
		r.to += c.at[i] * to
		r.outer[i].to = to
		to *= d.shape[i]
	}
	// Axes of one element say nothing. Of the others the first is contiguous in the array and the last in the chunk: these two last.
	r.outer = slices.DeleteFunc(r.outer, func(a axis) bool { return a.count == 1 })
	if n := len(r.outer); n == 1 && r.outer[0].from == width && r.outer[0].to == width {
		r.length, r.outer = width*r.outer[0].count, nil // a line
	} else if n > 2 {
		r.outer = append(r.outer[1:n-1], r.outer[n-1], r.outer[0])
	} else if n == 2 {
		slices.Reverse(r.outer)
	}
	return r
}

func (r runs) copy(to, from []byte) { r.copyAxis(to[r.to:], from, 0) }

func (r runs) copyAxis(to, from []byte, i int) {
	switch {
	case i == len(r.outer):
		copy(to[:r.length], from[:r.length])
		return
	case r.width > 0 && i == len(r.outer)-2:
		transpose(to, from, r.outer[i], r.outer[i+1], r.width)
		return
	}
	a := r.outer[i]
	for j := range a.count {
		r.copyAxis(to[j*a.to:], from[j*a.from:], i+1)
	}
}
