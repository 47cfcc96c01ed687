package decompress

import "encoding/binary"

// Unshuffle puts the bytes of elements of width bytes side by side again: first come all first bytes, then all second ones; an incomplete
// element at the end is as it was.
func Unshuffle(to, from []byte, width int) {
	n := len(from) / width
	copy(to[n*width:], from[n*width:])
	switch width {
	case 1:
		copy(to, from)
	case 2:
		a, b := from[:n], from[n:2*n]
		for i := range a {
			binary.LittleEndian.PutUint16(to[2*i:], uint16(a[i])|uint16(b[i])<<8)
		}
	case 4:
		a, b, c, d := from[:n], from[n:2*n], from[2*n:3*n], from[3*n:4*n]
		for i := range a {
			binary.LittleEndian.PutUint32(to[4*i:], uint32(a[i])|uint32(b[i])<<8|uint32(c[i])<<16|uint32(d[i])<<24)
		}
	case 8:
		for i := range n {
			v := uint64(from[i]) | uint64(from[n+i])<<8 | uint64(from[2*n+i])<<16 | uint64(from[3*n+i])<<24 |
				uint64(from[4*n+i])<<32 | uint64(from[5*n+i])<<40 | uint64(from[6*n+i])<<48 | uint64(from[7*n+i])<<56
			binary.LittleEndian.PutUint64(to[8*i:], v)
		}
	default:
		for at := range width {
			for i, v := range from[at*n : (at+1)*n] {
				to[i*width+at] = v
			}
		}
	}
}

// unshuffleBits puts the bits of elements together again: first come the lowest bits of all first bytes, eight elements to a byte, and last
// the highest bits of all last bytes. Blosc leaves a block whose elements are not a multiple of eight as it was, and an incomplete element
// at its end.
func unshuffleBits(to, from []byte, width int) {
	n := len(from) / width
	if n%8 != 0 {
		copy(to, from)
		return
	}
	copy(to[n*width:], from[n*width:])
	plane := n / 8 // bytes of one bit of all elements
	for at := range width {
		bits := from[at*8*plane : (at+1)*8*plane]
		for group := range plane {
			var rows uint64 // one bit of eight elements in each byte
			for k := range 8 {
				rows |= uint64(bits[k*plane+group]) << (8 * k)
			}
			columns := transposeBits(rows) // eight bits of one element in each byte
			for i := range 8 {
				to[(group*8+i)*width+at] = byte(columns >> (8 * i))
			}
		}
	}
}

// transposeBits exchanges rows and columns of eight bytes of eight bits (Hacker's Delight, section 7-3).
func transposeBits(x uint64) uint64 {
	t := (x ^ x>>7) & 0x00aa00aa00aa00aa
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000cccc0000cccc
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000f0f0f0f0
	return x ^ t ^ t<<28
}
