package hdf5file

// Groups of the old style: a B-tree of version 1 points to symbol table nodes; their names are in a local heap.

// symbols lists the links of a symbol table message.
func (f *File) symbols(body []byte) []link {
	c := f.cursor(body, "symbol table")
	tree, heap := c.address(), c.address()
	names := f.localHeap(heap)
	text := func(at uint64) string {
		if at >= uint64(len(names)) {
			throw("damaged symbol table: a name at byte %d of %d", at, len(names))
		}
		return (&cursor{b: names, at: int(at), what: "local heap"}).text(false)
	}
	var links []link
	f.treeV1(tree, 0, f.lengthSize, func(_ *cursor, node uint64) {
		head := f.cursor(f.read(node, 8, "symbol table node"), "symbol table node")
		head.signature("SNOD")
		head.version(1, 1)
		head.skip(1)
		n, width := head.u16(), 2*f.offsetSize+24
		c := f.cursor(f.read(node+8, uint64(n*width), "symbol table node"), "symbol table node")
		for range n {
			l := link{name: text(c.address()), address: c.address()}
			kind := c.u32()
			c.skip(4)
			scratch := f.cursor(c.bytes(16), "symbol table node")
			if kind == 2 {
				l.soft = text(uint64(scratch.u32()))
			}
			links = append(links, l)
		}
	})
	return links
}

func (f *File) localHeap(address uint64) []byte {
	c := f.cursor(f.read(address, uint64(8+2*f.lengthSize+f.offsetSize), "local heap"), "local heap")
	c.signature("HEAP")
	c.version(0, 0)
	c.skip(3)
	size := c.length()
	c.skip(f.lengthSize)
	return f.read(c.address(), size, "local heap")
}

// treeV1 visits the leaves of a B-tree of version 1 whose nodes have the given kind and keys of keySize bytes. It calls each with a cursor
// at the leaf's key and the address of its child.
func (f *File) treeV1(root uint64, kind, keySize int, each func(key *cursor, child uint64)) {
	left := budget{f.size}
	var visit func(address uint64, level int)
	visit = func(address uint64, level int) {
		size := uint64(8 + 2*f.offsetSize)
		c := f.cursor(f.read(address, size, "B-tree"), "B-tree")
		c.signature("TREE")
		if got := c.u8(); got != kind {
			throw("damaged B-tree: nodes of type %d, want %d", got, kind)
		}
		at := c.u8()
		if level >= 0 && at != level {
			throw("damaged B-tree: level %d below %d", at, level+1)
		}
		entries := c.u16()
		n := uint64(entries * (keySize + f.offsetSize))
		left.take(size+n, "B-tree")
		rest := f.cursor(f.read(address+size, n, "B-tree"), "B-tree")
		for range entries {
			key := f.cursor(rest.bytes(keySize), "B-tree")
			if child := rest.address(); at > 0 {
				visit(child, at-1)
			} else {
				each(key, child)
			}
		}
	}
	visit(root, -1)
}
