package hdf5file

import "strings"

// collection is a global heap: texts of variable length by number.
type collection map[int]string

// heapTexts resolves references to texts: length, address of a collection, number in it.
func (f *File) heapTexts(raw []byte, n int) []string {
	texts := make([]string, n)
	c := f.cursor(raw, "text")
	for i := range texts {
		length, address, index := c.u32(), c.address(), c.u32()
		if length == 0 || address == 0 || address == undefined {
			continue
		}
		objects, ok := f.collections[address]
		if !ok {
			objects = f.collection(address)
			f.collections[address] = objects
		}
		text, ok := objects[index]
		if !ok || length > len(text) {
			throw("damaged: text %d of %d bytes is not in its heap", index, length)
		}
		texts[i], _, _ = strings.Cut(text[:length], "\x00") // not copied out of the heap
	}
	return texts
}

func (f *File) collection(address uint64) collection {
	c := f.cursor(f.read(address, uint64(8+f.lengthSize), "global heap"), "global heap")
	c.signature("GCOL")
	c.version(1, 1)
	c.skip(3)
	size := c.length()
	f.texts.take(size, "global heap")
	c = f.cursor(f.read(address, size, "global heap"), "global heap")
	c.skip(8 + f.lengthSize)
	objects := collection{}
	for len(c.b)-c.at >= 8+f.lengthSize {
		index := c.u16()
		c.skip(6)
		n := c.length()
		if index == 0 {
			break // the rest is free space
		}
		if n > uint64(len(c.b)) {
			throw("damaged global heap: an object of %d bytes", n)
		}
		objects[index] = string(c.bytes(int(n)))
		c.skip(min(int(-n&7), len(c.b)-c.at))
	}
	return objects
}
