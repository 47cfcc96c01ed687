package hdf5file

import "math/bits"

// bytesFor returns the number of bytes in which HDF5 stores numbers up to most.
func bytesFor(most uint64) int { return (bits.Len64(max(most, 1))-1)/8 + 1 }

// treeV2 visits the records of a B-tree of version 2 in order.
func (f *File) treeV2(address uint64, kind int, each func(record *cursor)) {
	c := f.cursor(checkLookup3(f.read(address, uint64(4+1+1+4+2+2+1+1+f.offsetSize+2+f.lengthSize+4), "B-tree"), "B-tree"), "B-tree")
	c.signature("BTHD")
	c.version(0, 0)
	if got := c.u8(); got != kind {
		throw("damaged B-tree: records of type %d, want %d", got, kind)
	}
	nodeSize, recordSize, depth := c.u32(), c.u16(), c.u16()
	c.skip(2)
	root, records := c.address(), c.u16()
	if root == undefined {
		return
	}
	const overhead = 10
	if recordSize == 0 || nodeSize < overhead+recordSize || depth > 32 {
		throw("damaged B-tree: nodes of %d bytes, records of %d, depth %d", nodeSize, recordSize, depth)
	}
	// The number of records that fit below a node determines the width of the fields that count them.
	most := uint64((nodeSize - overhead) / recordSize)
	countWidth := bytesFor(most)
	totalWidth := make([]int, depth+1) // of a child at the level
	total := most
	for level := 1; level <= depth; level++ {
		pointer := f.offsetSize + countWidth + totalWidth[level-1]
		if nodeSize < overhead+pointer {
			throw("damaged B-tree: nodes of %d bytes", nodeSize)
		}
		n := uint64((nodeSize - overhead - pointer) / (recordSize + pointer))
		total = (n+1)*total + n
		totalWidth[level] = bytesFor(total)
	}
	left := budget{f.size}
	var visit func(address uint64, records, level int)
	visit = func(address uint64, records, level int) {
		size, name := overhead-4+records*recordSize, "BTLF"
		if level > 0 {
			name = "BTIN"
			size += (records + 1) * (f.offsetSize + countWidth + totalWidth[level-1])
		}
		left.take(uint64(size+4), "B-tree")
		c := f.cursor(checkLookup3(f.read(address, uint64(size+4), "B-tree"), "B-tree"), "B-tree")
		c.signature(name)
		c.skip(2)
		own := make([][]byte, records)
		for i := range own {
			own[i] = c.bytes(recordSize)
		}
		for i := range records + 1 {
			if level > 0 {
				child, n := c.address(), c.uint(countWidth)
				c.skip(totalWidth[level-1])
				if n > most {
					throw("damaged B-tree: %d records in a node", n)
				}
				visit(child, int(n), level-1)
			}
			if i < records {
				each(f.cursor(own[i], "B-tree"))
			}
		}
	}
	visit(root, records, depth)
}
