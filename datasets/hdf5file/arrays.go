package hdf5file

import "math/bits"

// element reads one entry of a fixed or extensible array and passes it on if there is a chunk.
func (d *dataset) element(c *cursor, number uint64, width int, entry func(number, address, stored uint64, mask uint32)) {
	e := d.f.cursor(c.bytes(width), "chunk index")
	address, stored, mask := e.address(), d.chunkBytes(), uint32(0)
	if len(d.filters) > 0 {
		stored = e.uint(width - d.f.offsetSize - 4)
		mask = uint32(e.u32())
	}
	if address != undefined {
		entry(number, address, stored, mask)
	}
}

// fixedArray reads the index of a dataset whose dimensions are all bounded.
func (d *dataset) fixedArray(entry func(number, address, stored uint64, mask uint32)) {
	f := d.f
	c := f.cursor(checkLookup3(f.read(d.layout.address, uint64(8+f.lengthSize+f.offsetSize+4), "chunk index"), "chunk index"), "chunk index")
	c.signature("FAHD")
	c.version(0, 0)
	c.skip(1)
	width, pageBits, n, block := c.u8(), c.u8(), c.length(), c.address()
	if block == undefined {
		return
	}
	f.within(block, product(n, uint64(width)), "chunk index")
	prefix, pages := uint64(6+f.offsetSize), uint64(0)
	perPage := uint64(1) << min(pageBits, 40)
	if n > perPage {
		pages = (n + perPage - 1) / perPage
	}
	if pages == 0 {
		c = f.cursor(checkLookup3(f.read(block, prefix+n*uint64(width)+4, "chunk index"), "chunk index"), "chunk index")
		c.signature("FADB")
		c.skip(int(prefix) - 4)
		for i := range n {
			d.element(c, i, width, entry)
		}
		return
	}
	head := prefix + (pages+7)/8 + 4
	c = f.cursor(checkLookup3(f.read(block, head, "chunk index"), "chunk index"), "chunk index")
	c.signature("FADB")
	c.skip(int(prefix) - 4)
	written := c.bytes(int(pages+7) / 8)
	at := block + head
	for page := range pages {
		first := page * perPage
		count := min(perPage, n-first)
		if written[page/8]&(0x80>>(page%8)) != 0 {
			d.page(at, first, count, width, entry)
		}
		at += perPage*uint64(width) + 4
	}
}

// page reads a page of entries and verifies its checksum.
func (d *dataset) page(at, first, count uint64, width int, entry func(number, address, stored uint64, mask uint32)) {
	c := d.f.cursor(checkLookup3(d.f.read(at, count*uint64(width)+4, "chunk index"), "chunk index"), "chunk index")
	for i := range count {
		d.element(c, first+i, width, entry)
	}
}

// extensibleArray reads the index of a dataset with one unlimited dimension: entries in the index block, then in data blocks of increasing
// length. The index block points to the first data blocks, super blocks point to the others.
func (d *dataset) extensibleArray(entry func(number, address, stored uint64, mask uint32)) {
	f := d.f
	c := f.cursor(checkLookup3(f.read(d.layout.address, uint64(12+6*f.lengthSize+f.offsetSize+4), "chunk index"), "chunk index"), "chunk index")
	c.signature("EAHD")
	c.version(0, 0)
	c.skip(1)
	width, maxBits, own, least, leastPointers, pageBits := c.u8(), c.u8(), c.u8(), c.u8(), c.u8(), c.u8()
	c.skip(6 * f.lengthSize)
	block := c.address()
	if block == undefined {
		return
	}
	if bits.OnesCount(uint(least)) != 1 || bits.OnesCount(uint(leastPointers)) != 1 || maxBits > 64 || maxBits < bits.Len(uint(least)) || pageBits > 40 {
		throw("damaged chunk index: an extensible array of %d, %d and %d", maxBits, least, leastPointers)
	}
	supers := 1 + maxBits - (bits.Len(uint(least)) - 1)
	inIndex := 2 * (bits.Len(uint(leastPointers)) - 1)
	direct := 2 * (leastPointers - 1)
	size := 6 + f.offsetSize + own*width + (direct+max(supers-inIndex, 0))*f.offsetSize + 4
	c = f.cursor(checkLookup3(f.read(block, uint64(size), "chunk index"), "chunk index"), "chunk index")
	c.signature("EAIB")
	c.skip(2 + f.offsetSize)
	for i := range own {
		d.element(c, uint64(i), width, entry)
	}
	b := arrayBlocks{d: d, width: width, perPage: 1 << pageBits, prefix: 6 + f.offsetSize + (maxBits+7)/8, entry: entry, left: budget{f.size}}
	number := uint64(own)
	for level := range supers {
		blocks, each := uint64(1)<<(level/2), product(uint64(1)<<min((level+1)/2, 62), uint64(least))
		if level < inIndex {
			for range blocks {
				b.data(c.address(), number, each)
				number += each
			}
			continue
		}
		if at := c.address(); at != undefined {
			b.super(at, number, blocks, each)
		}
		number += product(blocks, each)
	}
}

type arrayBlocks struct {
	d       *dataset
	width   int
	perPage uint64
	prefix  int
	entry   func(number, address, stored uint64, mask uint32)
	left    budget
}

// super reads a super block: the addresses of data blocks.
func (b *arrayBlocks) super(at, number, blocks, each uint64) {
	f := b.d.f
	bitmap := uint64(0) // bytes per data block of the bitmap of written pages
	if each > b.perPage {
		bitmap = (each/b.perPage + 7) / 8
	}
	size := product(blocks, bitmap+uint64(f.offsetSize))
	f.within(at, size, "chunk index")
	size += uint64(b.prefix) + 4
	b.left.take(size, "chunk index")
	c := f.cursor(checkLookup3(f.read(at, size, "chunk index"), "chunk index"), "chunk index")
	c.signature("EASB")
	c.skip(b.prefix - 4)
	written := c.bytes(int(blocks * bitmap))
	for i := range blocks {
		address := c.address()
		if bitmap == 0 {
			b.data(address, number, each)
		} else if address != undefined {
			b.paged(address, number, each, written, i*(each/b.perPage))
		}
		number += each
	}
}

// data reads a data block: entries.
func (b *arrayBlocks) data(at, number, count uint64) {
	if at == undefined {
		return
	}
	f := b.d.f
	size := product(count, uint64(b.width))
	f.within(at, size, "chunk index")
	size += uint64(b.prefix) + 4
	b.left.take(size, "chunk index")
	c := f.cursor(checkLookup3(f.read(at, size, "chunk index"), "chunk index"), "chunk index")
	c.signature("EADB")
	c.skip(b.prefix - 4)
	for i := range count {
		b.d.element(c, number+i, b.width, b.entry)
	}
}

// paged reads a data block that is long enough to have pages. written is the bitmap of pages that were written; first is the block's first bit.
func (b *arrayBlocks) paged(at, number, count uint64, written []byte, first uint64) {
	at += uint64(b.prefix) + 4
	for page := range count / b.perPage {
		if bit := first + page; written[bit/8]&(0x80>>(bit%8)) != 0 {
			b.left.take(b.perPage*uint64(b.width)+4, "chunk index")
			b.d.page(at, number+page*b.perPage, b.perPage, b.width, b.entry)
		}
		at += b.perPage*uint64(b.width) + 4
	}
}
