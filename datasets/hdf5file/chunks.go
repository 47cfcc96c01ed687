package hdf5file

import "v1lab/datasets/array"

// chunk is a block of values in the file.
type chunk struct {
	address uint64
	stored  uint64 // bytes in the file
	mask    uint32 // bit i: filter i was left out
	at      []int  // first element
}

// chunks lists the written chunks that overlap the shape, and the total of their bytes in the file.
func (d *dataset) chunks() (list []chunk, stored uint64) {
	l, f := d.layout, d.f
	if len(l.chunk) != len(d.shape) {
		throw("damaged: chunks of %d dimensions, the dataset has %d", len(l.chunk), len(d.shape))
	}
	if l.address == undefined {
		return nil, 0
	}
	left := budget{f.size}
	seen := map[string]bool{}
	key := make([]byte, 0, 64)
	add := func(c chunk) {
		key = key[:0]
		for axis, at := range c.at {
			if at < 0 || at%l.chunk[axis] != 0 {
				throw("damaged chunk index: a chunk at %s", array.FormatShape(c.at))
			}
			if at >= d.shape[axis] {
				return // left over from before the dataset shrank
			}
			key = append(key, byte(at), byte(at>>8), byte(at>>16), byte(at>>24), byte(at>>32), byte(at>>40), byte(at>>48))
		}
		if seen[string(key)] {
			throw("damaged chunk index: the chunk at %s twice", array.FormatShape(c.at))
		}
		seen[string(key)] = true
		f.within(c.address, c.stored, "chunk")
		left.take(c.stored, "chunk index")
		stored += c.stored
		list = append(list, c)
	}
	switch l.index {
	case indexTreeV1:
		rank := len(d.shape)
		f.treeV1(l.address, 1, 8+8*(rank+1), func(key *cursor, child uint64) {
			c := chunk{address: child, stored: uint64(key.u32()), mask: uint32(key.u32()), at: make([]int, rank)}
			for i := range c.at {
				c.at[i] = int(key.uint(8))
			}
			add(c)
		})
	case indexTreeV2:
		d.treeChunks(add)
	case indexSingle:
		c := chunk{address: l.address, stored: l.stored, mask: l.mask, at: make([]int, len(d.shape))}
		if len(d.filters) == 0 {
			c.stored = d.chunkBytes()
		}
		add(c)
	default:
		d.linear(add)
	}
	return list, stored
}

// chunkBytes returns the size of one unfiltered chunk.
func (d *dataset) chunkBytes() uint64 {
	return product(numElements(d.layout.chunk), uint64(d.kind.bytes()))
}

// treeChunks lists the chunks in a B-tree of version 2, the index of datasets with several unlimited dimensions.
func (d *dataset) treeChunks(add func(chunk)) {
	f, kind := d.f, 10
	if len(d.filters) > 0 {
		kind = 11
	}
	f.treeV2(d.layout.address, kind, func(record *cursor) {
		c := chunk{address: record.address(), stored: d.chunkBytes(), at: make([]int, len(d.shape))}
		if kind == 11 {
			c.stored = record.uint(len(record.b) - f.offsetSize - 4 - 8*len(d.shape))
			c.mask = uint32(record.u32())
		}
		for i := range c.at {
			c.at[i] = firstElement(record.uint(8), d.layout.chunk[i])
		}
		add(c)
	})
}

// firstElement converts a chunk's number along an axis to the index of its first element, or -1 if there is no such element.
func firstElement(n uint64, size int) int {
	if at := product(n, uint64(size)); at < 1<<55 {
		return int(at)
	}
	return -1
}

// linear lists the chunks in an index that numbers them row-major over all chunks that the dataset can ever have. An unlimited axis comes
// first.
func (d *dataset) linear(add func(chunk)) {
	rank := len(d.shape)
	order := make([]int, 0, rank) // axes, the slowest first
	count := make([]uint64, rank)
	for axis, size := range d.layout.chunk {
		most := d.most[axis]
		if most < 0 {
			most = d.shape[axis]
			if d.layout.index == indexExtensibleArray {
				order = append([]int{axis}, order...)
			} else {
				throw("damaged layout: an index of type %d of a dataset that grows without end", d.layout.index)
			}
		} else {
			order = append(order, axis)
		}
		count[axis] = (uint64(most) + uint64(size) - 1) / uint64(size)
	}
	entry := func(number, address, stored uint64, mask uint32) {
		c := chunk{address: address, stored: stored, mask: mask, at: make([]int, rank)}
		for i := rank - 1; i > 0; i-- {
			axis := order[i]
			c.at[axis] = firstElement(number%max(count[axis], 1), d.layout.chunk[axis])
			number /= max(count[axis], 1)
		}
		if rank > 0 {
			c.at[order[0]] = firstElement(number, d.layout.chunk[order[0]])
		}
		add(c)
	}
	switch d.layout.index {
	case indexImplicit:
		n := product(count...)
		d.f.within(d.layout.address, product(n, d.chunkBytes()), "chunks")
		for i := range n {
			entry(i, d.layout.address+i*d.chunkBytes(), d.chunkBytes(), 0)
		}
	case indexFixedArray:
		d.fixedArray(entry)
	case indexExtensibleArray:
		d.extensibleArray(entry)
	}
}
