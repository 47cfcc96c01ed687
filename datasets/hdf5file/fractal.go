package hdf5file

import (
	"encoding/binary"
	"math/bits"
)

// If an object has many links or attributes, they are stored in a fractal heap that is indexed by a B-tree of version 2.

// dense returns the bodies of links (given a link info message) or attributes (given an attribute info message).
func (f *File) dense(body []byte, kind int) [][]byte {
	c := f.cursor(body, "link info")
	c.version(0, 0)
	flags := c.u8()
	records, before, skip := 5, 4, 8
	if kind == messageAttributes {
		records, before, skip = 8, 0, 2
	}
	if flags&1 != 0 {
		c.skip(skip) // largest creation order
	}
	address, tree := c.address(), c.address()
	if address == undefined || tree == undefined {
		return nil
	}
	h := f.fractalHeap(address)
	var bodies [][]byte
	f.treeV2(tree, records, func(record *cursor) {
		record.skip(before) // hash
		id := record.bytes(h.idSize)
		if kind == messageAttributes && record.u8()&2 != 0 {
			return // stored in a table of shared messages
		}
		bodies = append(bodies, h.object(id))
	})
	return bodies
}

// fractalHeap is a doubling table: each row holds width blocks of one size. The first two rows have the smallest size; then the size doubles
// with every row. Blocks up to the size largest hold objects directly; larger ones hold rows of blocks again.
type fractalHeap struct {
	f                        *File
	idSize                   int
	offsetWidth, lengthWidth int // in an id
	width                    int
	smallest, largest        uint64 // blocks that hold objects directly
	checksums                bool
	root                     uint64
	rows                     int // of the root, 0 if it is a direct block
	blocks                   []heapBlock
	directRows               int
	prefix                   int // bytes of a block before a checksum or its entries
	left                     budget
}

type heapBlock struct {
	start, size uint64 // in the heap
	content     []byte
}

func (f *File) fractalHeap(address uint64) *fractalHeap {
	size := 4 + 1 + 2 + 2 + 1 + 4 + 12*f.lengthSize + 3*f.offsetSize + 2 + 2 + 2 + 2 + 4
	c := f.cursor(checkLookup3(f.read(address, uint64(size), "fractal heap"), "fractal heap"), "fractal heap")
	c.signature("FRHP")
	c.version(0, 0)
	h := &fractalHeap{f: f, idSize: c.u16(), left: budget{f.size}}
	if n := c.u16(); n > 0 {
		throw("fractal heap with filters, which is not supported")
	}
	h.checksums = c.u8()&2 != 0
	largestObject := uint64(c.u32())
	c.skip(2*f.lengthSize + 2*f.offsetSize + 8*f.lengthSize)
	h.width, h.smallest, h.largest = c.u16(), c.length(), c.length()
	widthBits := c.u16()
	c.skip(2)
	h.root, h.rows = c.address(), c.u16()
	if bits.OnesCount64(h.smallest) != 1 || bits.OnesCount64(h.largest) != 1 || h.largest < h.smallest || h.width == 0 || widthBits > 64 || h.rows > 64 {
		throw("damaged fractal heap: %d blocks a row of %d to %d bytes", h.width, h.smallest, h.largest)
	}
	h.offsetWidth = (widthBits + 7) / 8
	h.lengthWidth = bytesFor(min(h.largest, largestObject))
	h.directRows = bits.Len64(h.largest) - bits.Len64(h.smallest) + 2
	h.prefix = 5 + f.offsetSize + h.offsetWidth
	if h.root != undefined {
		if h.rows == 0 {
			h.direct(h.root, 0, h.smallest)
		} else {
			h.indirect(h.root, 0, h.rows)
		}
	}
	return h
}

// direct loads a block of objects.
func (h *fractalHeap) direct(address, start, size uint64) {
	h.left.take(size, "fractal heap")
	b := h.f.read(address, size, "fractal heap")
	h.f.cursor(b, "fractal heap").signature("FHDB")
	if h.checksums { // computed with zeros in place of the checksum
		at := h.prefix
		if len(b) < at+4 {
			throw("damaged fractal heap: a block of %d bytes", len(b))
		}
		stored := binary.LittleEndian.Uint32(b[at:])
		clear(b[at : at+4])
		if got := lookup3(b); got != stored {
			throw("damaged fractal heap: its checksum is %08x, stored %08x", got, stored)
		}
	}
	h.blocks = append(h.blocks, heapBlock{start, size, b})
}

// indirect loads the blocks of a table of rows that starts at start in the heap.
func (h *fractalHeap) indirect(address, start uint64, rows int) {
	n := uint64(h.prefix + rows*h.width*h.f.offsetSize + 4)
	h.left.take(n, "fractal heap")
	b := h.f.read(address, n, "fractal heap")
	c := h.f.cursor(checkLookup3(b, "fractal heap"), "fractal heap")
	c.signature("FHIB")
	c.skip(h.prefix - 4)
	size := h.smallest
	for row := range rows {
		if row > 1 {
			size *= 2
		}
		for range h.width {
			if child := c.address(); child != undefined {
				if row < h.directRows {
					h.direct(child, start, size)
				} else {
					h.indirect(child, start, bits.Len64(size)-bits.Len64(h.smallest*uint64(h.width))+1)
				}
			}
			start += size
		}
	}
}

// object returns the bytes of one object.
func (h *fractalHeap) object(id []byte) []byte {
	c := h.f.cursor(id, "fractal heap")
	first := c.u8()
	switch first >> 4 & 3 {
	case 0:
		at, n := c.uint(h.offsetWidth), c.uint(h.lengthWidth)
		for _, b := range h.blocks {
			if at >= b.start && at-b.start < b.size {
				if n > b.size-(at-b.start) {
					break
				}
				return b.content[at-b.start : at-b.start+n]
			}
		}
		throw("damaged fractal heap: an object of %d bytes at %d", n, at)
	case 2:
		return c.bytes(first&15 + 1)
	}
	throw("huge object in a fractal heap, which is not supported")
	return nil
}
