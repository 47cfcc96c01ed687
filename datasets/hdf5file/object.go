package hdf5file

// Messages of an object header that this package reads.
const (
	messageDataspace    = 0x01
	messageLinkInfo     = 0x02
	messageDatatype     = 0x03
	messageOldFill      = 0x04
	messageFill         = 0x05
	messageLink         = 0x06
	messageExternal     = 0x07
	messageLayout       = 0x08
	messageFilters      = 0x0b
	messageAttribute    = 0x0c
	messageContinuation = 0x10
	messageSymbolTable  = 0x11
	messageAttributes   = 0x15
)

// object is the header of a group, dataset or named datatype: a list of messages.
type object struct {
	address  uint64
	messages []message
	links    []link // nil until they are looked up
}

type message struct {
	kind   int
	shared bool // the body points to the message
	body   []byte
}

// maxBlocks limits the blocks that a header may consist of.
const maxBlocks = 4096

// object reads the header at an address.
func (f *File) object(address uint64) *object {
	if o, ok := f.objects[address]; ok {
		return o
	}
	o := &object{address: address}
	start := f.read(address, min(16, f.size-min(address, f.size)), "object header")
	if len(start) >= 4 && string(start[:4]) == "OHDR" {
		f.newHeader(o)
	} else {
		f.oldHeader(o)
	}
	f.objects[address] = o
	return o
}

// oldHeader reads a header of version 1.
func (f *File) oldHeader(o *object) {
	c := f.cursor(f.read(o.address, 16, "object header"), "object header")
	if v := c.u8(); v != 1 {
		throw("damaged: no object header at byte %d", o.address)
	}
	c.skip(7)
	f.blocks(o, o.address+16, uint64(c.u32()), 8, func(b []byte) *cursor { return f.cursor(b, "object header") }, func(c *cursor) (kind, size, flags int) {
		kind, size, flags = c.u16(), c.u16(), c.u8()
		c.skip(3)
		return kind, size, flags
	})
}

// newHeader reads a header of version 2.
func (f *File) newHeader(o *object) {
	c := f.cursor(f.read(o.address, min(64, f.size-o.address), "object header"), "object header")
	c.skip(4)
	c.version(2, 2)
	flags := c.u8()
	if flags&0x20 != 0 {
		c.skip(16) // times
	}
	if flags&0x10 != 0 {
		c.skip(4) // number of attributes above which they move to a heap
	}
	size := c.uint(1 << (flags & 3))
	prefix := uint64(c.at)
	if size > f.size {
		throw("damaged object header: %d bytes", size)
	}
	width := 4
	if flags&0x04 != 0 {
		width = 6 // creation order
	}
	first := true
	f.blocks(o, o.address, prefix+size+4, width, func(b []byte) *cursor {
		c := f.cursor(checkLookup3(b, "object header"), "object header")
		if first {
			c.skip(int(prefix))
			first = false
		} else {
			c.signature("OCHK")
		}
		return c
	}, func(c *cursor) (kind, size, messageFlags int) {
		kind, size, messageFlags = c.u8(), c.u16(), c.u8()
		c.skip(width - 4)
		return kind, size, messageFlags
	})
}

// blocks reads the messages of one block after another. open skips what precedes them; head parses the width bytes that precede each.
func (f *File) blocks(o *object, address, size uint64, width int, open func(b []byte) *cursor, head func(c *cursor) (kind, size, flags int)) {
	type block struct{ address, size uint64 }
	todo := []block{{address, size}}
	n := 0
	for len(todo) > 0 {
		b := todo[0]
		todo = todo[1:]
		if n++; n > maxBlocks {
			throw("damaged object header: more than %d blocks", maxBlocks)
		}
		f.headers.take(b.size, "object header")
		c := open(f.read(b.address, b.size, "object header"))
		for len(c.b)-c.at >= width { // less is a gap
			kind, size, flags := head(c)
			m := message{kind: kind, shared: flags&2 != 0, body: c.bytes(size)}
			if kind == messageContinuation {
				at := f.cursor(m.body, "object header")
				todo = append(todo, block{at.address(), at.length()})
				continue
			}
			if kind != 0 {
				o.messages = append(o.messages, m)
			}
		}
	}
}

// first returns the body of the first message of a kind, nil if there is none.
func (f *File) first(o *object, kind int) []byte {
	for _, m := range o.messages {
		if m.kind == kind {
			return f.body(m)
		}
	}
	return nil
}

// body returns a message's body, following it to the object where a shared message is stored.
func (f *File) body(m message) []byte {
	if !m.shared {
		return m.body
	}
	c := f.cursor(m.body, "shared message")
	version, kind := c.version(1, 3), c.u8()
	if version == 1 {
		c.skip(6)
	}
	if version == 3 && kind == 1 {
		throw("message of type %#x in a table of shared messages, which is not supported", m.kind)
	}
	o := f.object(c.address())
	for _, other := range o.messages {
		if other.kind == m.kind && !other.shared {
			return other.body
		}
	}
	throw("damaged: shared message of type %#x is missing", m.kind)
	return nil
}

func (o *object) has(kind int) bool {
	for _, m := range o.messages {
		if m.kind == kind {
			return true
		}
	}
	return false
}
