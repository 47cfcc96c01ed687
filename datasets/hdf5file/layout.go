package hdf5file

// Layouts of values.
const (
	layoutCompact    = 0
	layoutContiguous = 1
	layoutChunked    = 2
)

// Indexes of chunks.
const (
	indexTreeV1          = 0 // not a number of the format: the only index before version 4
	indexSingle          = 1
	indexImplicit        = 2
	indexFixedArray      = 3
	indexExtensibleArray = 4
	indexTreeV2          = 5
)

// layout describes where the values are stored.
type layout struct {
	class   int
	compact []byte
	address uint64
	size    uint64 // of contiguous values, undefined in old files
	chunk   []int  // shape of a chunk, without the dimension that older files add for the bytes of an element
	index   int
	edges   bool   // partial chunks at the edges are stored without filters
	stored  uint64 // bytes and filters left out of a single chunk
	mask    uint32
}

func (f *File) layout(c *cursor) layout {
	l := layout{address: undefined, size: undefined}
	version := c.version(1, 5)
	if version < 3 {
		f.oldLayout(c, &l)
		return l
	}
	l.class = c.u8()
	switch l.class {
	case layoutCompact:
		l.compact = c.bytes(c.u16())
	case layoutContiguous:
		l.address, l.size = c.address(), c.length()
	case layoutChunked:
		if version == 3 {
			rank := c.u8()
			l.address = c.address()
			l.chunk = chunkShape(c, rank, 4)
			return l
		}
		f.newChunks(c, &l)
	case 3:
		throw("virtual dataset, whose values are in other files, is not supported")
	default:
		throw("layout of class %d, which is not supported", l.class)
	}
	return l
}

// newChunks parses the chunks of layout version 4 and 5.
func (f *File) newChunks(c *cursor, l *layout) {
	flags, rank := c.u8(), c.u8()
	l.edges = flags&1 != 0
	l.chunk = chunkShape(c, rank, c.u8())
	l.index = c.u8()
	switch l.index {
	case indexSingle:
		if flags&2 != 0 {
			l.stored, l.mask = c.length(), uint32(c.u32())
		}
	case indexImplicit:
	case indexFixedArray:
		c.skip(1) // all this is repeated in the index
	case indexExtensibleArray:
		c.skip(5)
	case indexTreeV2:
		c.skip(6)
	default:
		throw("chunk index of type %d, which is not supported", l.index)
	}
	l.address = c.address()
}

// oldLayout parses versions 1 and 2, used before HDF5 1.6.3.
func (f *File) oldLayout(c *cursor, l *layout) {
	rank := c.u8()
	l.class = c.u8()
	c.skip(5)
	if l.class != layoutCompact {
		l.address = c.address()
	}
	if l.class == layoutChunked {
		l.chunk = chunkShape(c, rank, 4)
		return
	}
	c.skip(4 * rank)
	switch l.class {
	case layoutCompact:
		l.compact = c.bytes(c.u32())
	case layoutContiguous:
	default:
		throw("layout of class %d, which is not supported", l.class)
	}
}

// chunkShape reads the dimensions of a chunk; the last one is the size of an element.
func chunkShape(c *cursor, rank, width int) []int {
	if rank < 1 || rank > maxRank+1 || width < 1 || width > 8 {
		throw("damaged layout: chunks of %d dimensions", rank)
	}
	shape := make([]int, rank)
	for i := range shape {
		d := c.uint(width)
		if d == 0 || d >= 1<<40 {
			throw("damaged layout: dimension %d of a chunk is %d", i, d)
		}
		shape[i] = int(d)
	}
	return shape[:rank-1]
}
