package hdf5file

import (
	"slices"

	"v1lab/datasets/internal/elements"
)

// chunkReader reads one chunk after another and reuses its buffers.
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
	if !filtered && len(runs.outer) == 0 { // one run: read it into place
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
	if to := r.unfilter.to; !filtered || len(to) == 0 || &b[0] != &to[0] { // otherwise the values are in place already
		runs.copy(r.raw, b)
	}
	return nil
}

// partial reports whether a chunk extends beyond the edge of the dataset.
func (d *dataset) partial(c chunk) bool {
	for axis, at := range c.at {
		if at+d.layout.chunk[axis] > d.shape[axis] {
			return true
		}
	}
	return false
}

// runs describes where the bytes of a chunk go: runs of length bytes, in a grid of outer axes.
type runs struct {
	to, length int
	outer      []elements.Axis
}

func (d *dataset) runs(c chunk) runs {
	width := d.kind.bytes()
	r := runs{length: width}
	if d.reversed {
		return d.reversedRuns(c)
	}
	from, to := width, width // bytes of one step along the axis
	merged := true           // so far, runs are contiguous in both
	for i := len(c.at) - 1; i >= 0; i-- {
		size, whole := d.layout.chunk[i], d.shape[i]
		n := min(size, whole-c.at[i])
		r.to += c.at[i] * to
		if merged {
			r.length *= n
			merged = n == size && n == whole
		} else if n > 1 {
			r.outer = append(r.outer, elements.Axis{Count: n, From: from, To: to})
		}
		from *= size
		to *= whole
	}
	return r
}

// reversedRuns is runs for an array with the axes in the opposite order: single elements.
func (d *dataset) reversedRuns(c chunk) runs {
	width := d.kind.bytes()
	r := runs{length: width, outer: make([]elements.Axis, len(c.at))}
	from, to := width, width
	for i := len(c.at) - 1; i >= 0; i-- {
		r.outer[i] = elements.Axis{Count: min(d.layout.chunk[i], d.shape[i]-c.at[i]), From: from}
		from *= d.layout.chunk[i]
	}
	for i := range r.outer {
		r.to += c.at[i] * to
		r.outer[i].To = to
		to *= d.shape[i]
	}
	// Axes of one element do not affect the order.
	r.outer = slices.DeleteFunc(r.outer, func(a elements.Axis) bool { return a.Count == 1 })
	if len(r.outer) == 1 && r.outer[0].From == width && r.outer[0].To == width {
		r.length, r.outer = width*r.outer[0].Count, nil // a contiguous run
	}
	return r
}

func (r runs) copy(to, from []byte) { elements.Copy(to[r.to:], from, r.outer, r.length) }
