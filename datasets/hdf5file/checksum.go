package hdf5file

import (
	"encoding/binary"
	"math/bits"
)

// checkLookup3 verifies the checksum in the last four bytes of a structure and returns the bytes before it.
func checkLookup3(b []byte, what string) []byte {
	if len(b) < 4 {
		throw("damaged %s: %d bytes", what, len(b))
	}
	body := b[:len(b)-4]
	if got, want := lookup3(body), binary.LittleEndian.Uint32(b[len(body):]); got != want {
		throw("damaged %s: its checksum is %08x, stored %08x", what, got, want)
	}
	return body
}

// lookup3 is Bob Jenkins' hash of 2006 with initial value 0, the checksum of all metadata since HDF5 1.8.
func lookup3(b []byte) uint32 {
	start := 0xdeadbeef + uint32(len(b))
	x, y, z := start, start, start
	for len(b) > 12 {
		x += binary.LittleEndian.Uint32(b)
		y += binary.LittleEndian.Uint32(b[4:])
		z += binary.LittleEndian.Uint32(b[8:])
		x = x - z ^ bits.RotateLeft32(z, 4)
		z += y
		y = y - x ^ bits.RotateLeft32(x, 6)
		x += z
		z = z - y ^ bits.RotateLeft32(y, 8)
		y += x
		x = x - z ^ bits.RotateLeft32(z, 16)
		z += y
		y = y - x ^ bits.RotateLeft32(x, 19)
		x += z
		z = z - y ^ bits.RotateLeft32(y, 4)
		y += x
		b = b[12:]
	}
	if len(b) == 0 {
		return z
	}
	var last [12]byte
	copy(last[:], b)
	x += binary.LittleEndian.Uint32(last[:])
	y += binary.LittleEndian.Uint32(last[4:])
	z += binary.LittleEndian.Uint32(last[8:])
	z = z ^ y - bits.RotateLeft32(y, 14)
	x = x ^ z - bits.RotateLeft32(z, 11)
	y = y ^ x - bits.RotateLeft32(x, 25)
	z = z ^ y - bits.RotateLeft32(y, 16)
	x = x ^ z - bits.RotateLeft32(z, 4)
	y = y ^ x - bits.RotateLeft32(x, 14)
	z = z ^ y - bits.RotateLeft32(y, 24)
	return z
}

// fletcher32 returns the checksum filter's sum over big-endian 16-bit words.
func fletcher32(b []byte) uint32 {
	var low, high uint32
	for len(b) > 0 {
		block := b[:min(len(b), 720)] // so few words that sums cannot overflow 32 bits
		b = b[len(block):]
		for ; len(block) > 1; block = block[2:] {
			low += uint32(block[0])<<8 | uint32(block[1])
			high += low
		}
		if len(block) == 1 {
			low += uint32(block[0]) << 8
			high += low
		}
		low = low&0xffff + low>>16
		high = high&0xffff + high>>16
	}
	low = low&0xffff + low>>16
	high = high&0xffff + high>>16
	return high<<16 | low
}
