package hdf5file

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// Spare is the memory, in bytes, that an uncompressed dataset may always take, however little of it is in the file.
const Spare = 16 << 20

// Limit returns the memory, in bytes, that a dataset with stored bytes in the file may take: stored bytes plus Spare for values that were never
// written, or if they are compressed what infile.Unpacked says. If values take more memory than bytes (float16 becomes
// float32, text of fixed length a string), the limit grows in proportion. A dataset beyond the limit is damaged or hostile; it is refused
// before memory is allocated. Otherwise the reader keeps only what is in the file: headers, indexes, heaps.
func Limit(stored uint64, compressed bool) uint64 {
	if compressed {
		return infile.Unpacked(stored)
	}
	return stored + min(Spare, ^stored)
}

// read reads all values.
func (d *dataset) read(reversed bool) array.Array {
	if d.reversed = reversed; reversed && len(d.kind.shape) > 0 {
		throw("an array type, whose axes cannot be reversed")
	}
	f, l := d.f, d.layout
	n, width := numElements(d.shape), uint64(d.kind.bytes())
	if !d.kind.readable() {
		f.newPlace(d.kind, 0)
	}
	switch {
	case d.outside:
		throw("values in another file (external storage) are not supported")
	case l.class == layoutCompact:
		if uint64(len(l.compact)) < product(n, width) {
			throw("damaged: %d bytes of values, want %d", len(l.compact), product(n, width))
		}
		p := d.place(uint64(len(l.compact)), false)
		whole := chunk{at: make([]int, len(d.shape))}
		d.layout.chunk = d.shape
		if n > 0 {
			d.runs(whole).copy(p.raw, l.compact)
		}
		d.kind.reorder(p.raw)
		return d.array(p)
	case l.class == layoutContiguous && l.address != undefined:
		if l.size != undefined && l.size < product(n, width) {
			throw("damaged: %d bytes of values, shape %s of %s needs %d", l.size, array.FormatShape(d.dims()), d.kind.name(), product(n, width))
		}
		f.within(l.address, product(n, width), "values")
		p := d.place(product(n, width), false)
		d.readRows(p.raw)
		return d.array(p)
	case l.class == layoutContiguous:
		p := d.place(0, false)
		d.prefill(p.raw)
		return d.array(p)
	}
	compressed := checkFilters(d.filters)
	chunks, stored := d.chunks()
	p := d.place(stored, compressed)
	grid := uint64(1)
	for i, c := range l.chunk {
		grid = product(grid, (uint64(d.shape[i])+uint64(c)-1)/uint64(c))
	}
	if uint64(len(chunks)) < grid {
		d.prefill(p.raw)
	}
	d.readChunks(chunks, p.raw, compressed)
	return d.array(p)
}

// place allocates memory for all values, provided that the bytes in the file can fill it.
func (d *dataset) place(stored uint64, compressed bool) place {
	want := product(numElements(d.shape), numElements(d.kind.shape), d.kind.memory())
	limit := Limit(stored, compressed)
	if d.kind.class == "str" || d.kind.size == 2 || d.kind.class == "bool" {
		limit = Limit(product(stored, d.kind.memory())/uint64(d.kind.size), compressed)
	}
	if want > limit {
		throw("shape %s of %s needs %d bytes, %d are in the file and at most %d accepted", array.FormatShape(d.dims()), d.kind.name(), want, stored, limit)
	}
	if err := infile.Room(want); err != nil {
		throw("shape %s of %s %v", array.FormatShape(d.dims()), d.kind.name(), err)
	}
	return d.f.newPlace(d.kind, int(numElements(d.shape)))
}

func (d *dataset) array(p place) array.Array {
	shape := d.dims()
	if d.reversed {
		slices.Reverse(shape)
	}
	return array.Array{Shape: shape, Data: p.finish()}
}

// prefill fills raw with the fill value.
func (d *dataset) prefill(raw []byte) {
	if len(d.fill) == 0 || len(d.fill) != d.kind.bytes() || !slices.ContainsFunc(d.fill, func(b byte) bool { return b != 0 }) {
		return
	}
	for n := copy(raw, d.fill); n < len(raw); {
		n += copy(raw[n:], raw[:n])
	}
	d.kind.reorder(raw)
}

// readRows reads contiguous values in pieces of whole rows, as if these were chunks.
func (d *dataset) readRows(raw []byte) {
	if len(raw) == 0 {
		return
	}
	whole := *d
	whole.filters = nil
	whole.layout.chunk = append([]int{}, d.shape...)
	var list []chunk
	if rank := len(d.shape); rank == 0 {
		list = []chunk{{address: d.layout.address, stored: uint64(len(raw))}}
	} else {
		row := len(raw) / d.shape[0]
		rows := max(1, pieceSize/row)
		whole.layout.chunk[0] = rows
		for at := 0; at < d.shape[0]; at += rows {
			c := chunk{address: d.layout.address + uint64(at*row), stored: uint64(min(rows, d.shape[0]-at) * row), at: make([]int, rank)}
			c.at[0] = at
			list = append(list, c)
		}
	}
	whole.copyChunks(list, raw)
}

// pieceSize is about the number of bytes of contiguous values that are read at once.
const pieceSize = 4 << 20

// inParallel calls the function that start returns, one for each worker, for i from 0 to n-1. It stops at the first error.
func inParallel(n, workers int, start func() func(i int) error) {
	var (
		next  atomic.Int64
		group sync.WaitGroup
		once  sync.Once
		fail  error
	)
	for range min(n, workers) {
		group.Go(func() {
			work := start()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := work(i); err != nil {
					once.Do(func() { fail = err })
					next.Store(int64(n))
				}
			}
		})
	}
	group.Wait()
	if fail != nil {
		throw("%v", fail)
	}
}

// readChunks reads chunks in parallel. They overlap neither in the file nor in the array.
func (d *dataset) readChunks(chunks []chunk, raw []byte, compressed bool) {
	size := d.chunkBytes()
	for _, c := range chunks {
		if limit := Limit(c.stored, compressed); size > limit || !compressed && c.stored < size {
			throw("damaged: a chunk of %d bytes for shape %s of %s", c.stored, array.FormatShape(d.layout.chunk), d.kind.name())
		}
	}
	d.copyChunks(chunks, raw)
}

// copyChunks reads chunks and copies them to their positions.
func (d *dataset) copyChunks(chunks []chunk, raw []byte) {
	size := d.chunkBytes()
	// Read in the order of the file, from front to back.
	slices.SortFunc(chunks, func(a, b chunk) int {
		if a.address < b.address {
			return -1
		}
		return 1
	})
	// A worker needs up to three times a chunk. Together they may take half of what the values take, but at least one worker runs.
	workers := min(runtime.GOMAXPROCS(0), max(1, len(raw)/6/max(1, int(size))))
	inParallel(len(chunks), workers, func() func(i int) error {
		w := &chunkReader{d: d, raw: raw, unfilter: unfilter{filters: d.filters, width: d.kind.size, size: int(size)}}
		return func(i int) error {
			if err := w.read(chunks[i]); err != nil {
				return fmt.Errorf("chunk at %s: %w", array.FormatShape(chunks[i].at), err)
			}
			return nil
		}
	})
}
