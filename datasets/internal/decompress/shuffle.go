package decompress

import "encoding/binary"

// Unshuffle undoes byte shuffling, which stores the first bytes of all elements of width bytes, then all second bytes, and so on. It copies an
// incomplete element at the end unchanged.
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

// unshuffleBits undoes bit shuffling, which stores the lowest bits of all first bytes, eight elements to a byte, and so on up to the highest
// bits of all last bytes. Blosc leaves a block unchanged if its number of elements is not a multiple of eight, and an incomplete element
// at the end as well.
func unshuffleBits(to, from []byte, width int) {
	n := len(from) / width
	if n%8 != 0 {
		copy(to, from)
		return
	}
	copy(to[n*width:], from[n*width:])
	plane := n / 8 // bytes that hold one bit of every element
	for at := range width {
		bits := from[at*8*plane : (at+1)*8*plane]
		for group := range plane {
			var rows uint64 // each byte holds one bit of eight elements
			for k := range 8 {
				rows |= uint64(bits[k*plane+group]) << (8 * k)
			}
			columns := transposeBits(rows) // each byte holds eight bits of one element
			for i := range 8 {
				to[(group*8+i)*width+at] = byte(columns >> (8 * i))
			}
		}
	}
}

// transposeBits transposes a matrix of 8 x 8 bits (Hacker's Delight, section 7-3).
func transposeBits(x uint64) uint64 {
	t := (x ^ x>>7) & 0x00aa00aa00aa00aa
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000cccc0000cccc
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000f0f0f0f0
	return x ^ t ^ t<<28
}
