package hdf5file

import "encoding/binary"

// cursor reads the fields of one structure in order. All of HDF5's own fields are little-endian.
type cursor struct {
	b    []byte
	at   int
	what string // the structure, for errors
	f    *File
}

// bytes returns the next n bytes without copying.
func (c *cursor) bytes(n int) []byte {
	if n < 0 || n > len(c.b)-c.at {
		throw("damaged %s: %d bytes wanted at byte %d of %d", c.what, n, c.at, len(c.b))
	}
	c.at += n
	return c.b[c.at-n : c.at]
}

func (c *cursor) skip(n int)      { c.bytes(n) }
func (c *cursor) u8() int         { return int(c.bytes(1)[0]) }
func (c *cursor) u16() int        { return int(binary.LittleEndian.Uint16(c.bytes(2))) }
func (c *cursor) u32() int        { return int(binary.LittleEndian.Uint32(c.bytes(4))) }
func (c *cursor) address() uint64 { return c.uint(c.f.offsetSize) }
func (c *cursor) length() uint64  { return c.uint(c.f.lengthSize) }

// uint reads an unsigned number of n bytes. All ones, which stands for "undefined", gives undefined for every n.
func (c *cursor) uint(n int) uint64 {
	ones := n > 1
	v := uint64(0)
	for i, b := range c.bytes(n) {
		if i < 8 {
			v |= uint64(b) << (8 * i)
		} else if b != 0 && b != 0xff {
			throw("damaged %s: a number beyond 64 bits", c.what)
		}
		ones = ones && b == 0xff
	}
	if ones {
		return undefined
	}
	return v
}

// version reads a version byte and checks that it is between lowest and highest.
func (c *cursor) version(lowest, highest int) int {
	v := c.u8()
	if v < lowest || v > highest {
		throw("%s of version %d, accepted are %d to %d", c.what, v, lowest, highest)
	}
	return v
}

// text reads up to a zero byte. If padded, the field's length, including the zero, is a multiple of 8.
func (c *cursor) text(padded bool) string {
	start := c.at
	for c.u8() != 0 {
	}
	s := string(c.b[start : c.at-1])
	if padded {
		c.skip((8 - (c.at-start)%8) % 8)
	}
	return s
}

// signature checks the next four letters.
func (c *cursor) signature(want string) {
	if got := string(c.bytes(4)); got != want {
		throw("damaged %s: it starts with %q, want %q", c.what, got, want)
	}
}
