package decompress

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/klauspost/compress/snappy"
)

// Flags of a Blosc header.
const (
	bloscShuffled    = 0x01
	bloscStored      = 0x02
	bloscBitShuffled = 0x04
	bloscWhole       = 0x10 // blocks are not split into one stream for each byte of an element
)

// bloscCodecs lists the compressors inside Blosc by number.
var bloscCodecs = []string{"blosclz", "lz4", "snappy", "zlib", "zstd"}

const (
	bloscHeader    = 16
	bloscMaxSplits = 16  // longer elements are not split
	bloscMinStream = 128 // elements in a block, fewer are not split
)

// Blosc decompresses a buffer of Blosc version 1: a header, the start of each block, and blocks that were shuffled and compressed separately.
func (d *Decoder) Blosc(to, from []byte) ([]byte, error) {
	if len(from) < bloscHeader {
		return nil, fmt.Errorf("damaged: %d bytes, want a header of Blosc", len(from))
	}
	version, flags, width := from[0], from[2], int(from[3])
	total, block := int(binary.LittleEndian.Uint32(from[4:])), int(binary.LittleEndian.Uint32(from[8:]))
	stored := int(binary.LittleEndian.Uint32(from[12:]))
	switch {
	case version < 1 || version > 2:
		return nil, fmt.Errorf("Blosc format %d, accepted are 1 and 2", version)
	case stored > len(from) || stored < bloscHeader:
		return nil, fmt.Errorf("damaged: Blosc says %d bytes, %d are there", stored, len(from))
	case total > len(to):
		return nil, tooMuch(to)
	case total == 0:
		return to[:0], nil
	case width == 0 || block <= 0:
		return nil, fmt.Errorf("damaged: Blosc blocks of %d bytes, elements of %d", block, width)
	}
	to, from = to[:total], from[:stored]
	if flags&bloscStored != 0 {
		if stored-bloscHeader < total {
			return nil, fmt.Errorf("damaged: %d bytes, want %d", stored-bloscHeader, total)
		}
		copy(to, from[bloscHeader:])
		return to, nil
	}
	codec := int(flags >> 5)
	if codec >= len(bloscCodecs) {
		return nil, fmt.Errorf("Blosc with compressor %d, accepted are 0 to %d (%s)", codec, len(bloscCodecs)-1, strings.Join(bloscCodecs, ", "))
	}
	blocks := (total + block - 1) / block
	if blocks > (stored-bloscHeader)/4 {
		return nil, fmt.Errorf("damaged: %d blocks in %d bytes", blocks, stored)
	}
	for i := range blocks {
		start := int(binary.LittleEndian.Uint32(from[bloscHeader+4*i:]))
		out := to[i*block : min((i+1)*block, total)]
		if start > len(from) {
			return nil, fmt.Errorf("damaged: block %d starts at byte %d of %d", i, start, len(from))
		}
		streams := 1
		if flags&bloscWhole == 0 && width <= bloscMaxSplits && block/width >= bloscMinStream && len(out) == block {
			streams = width
		}
		if err := d.bloscBlock(out, from[start:], codec, streams, width, flags); err != nil {
			return nil, fmt.Errorf("block %d: %w", i, err)
		}
	}
	return to, nil
}

// bloscBlock decompresses one block: streams of equal length, each preceded by its number of bytes.
func (d *Decoder) bloscBlock(out, from []byte, codec, streams, width int, flags byte) error {
	shuffled := flags&bloscShuffled != 0 && width > 1 || flags&bloscBitShuffled != 0
	to := out
	if shuffled {
		if cap(d.shuffle) < len(out) {
			d.shuffle = make([]byte, len(out))
		}
		to = d.shuffle[:len(out)]
	}
	length := len(to) / streams
	for i := range streams {
		if len(from) < 4 {
			return errors.New("damaged: cut short")
		}
		n := int(binary.LittleEndian.Uint32(from))
		from = from[4:]
		if n > len(from) {
			return fmt.Errorf("damaged: %d bytes, %d are there", n, len(from))
		}
		if err := d.bloscStream(to[i*length:(i+1)*length], from[:n], codec); err != nil {
			return err
		}
		from = from[n:]
	}
	switch {
	case flags&bloscBitShuffled != 0:
		unshuffleBits(out, to, width)
	case shuffled:
		Unshuffle(out, to, width)
	}
	return nil
}

func (d *Decoder) bloscStream(to, from []byte, codec int) error {
	if len(from) == len(to) { // incompressible: stored as is
		copy(to, from)
		return nil
	}
	var b []byte
	var err error
	switch bloscCodecs[codec] {
	case "lz4":
		b, err = lz4Block(to, from)
	case "zlib":
		b, err = d.Zlib(to, from)
	case "zstd":
		b, err = d.Zstd(to, from)
	case "blosclz":
		b, err = bloscLZ(to, from)
	case "snappy":
		b, err = snappyBlock(to, from)
	}
	if err == nil && len(b) != len(to) {
		err = fmt.Errorf("damaged: %d bytes, want %d", len(b), len(to))
	}
	return err
}

// snappyBlock decompresses Snappy's block format.
func snappyBlock(to, from []byte) ([]byte, error) {
	n, err := snappy.DecodedLen(from)
	switch {
	case err != nil:
		return nil, damaged(err)
	case n > len(to):
		return nil, tooMuch(to)
	}
	b, err := snappy.Decode(to, from)
	if err != nil {
		return nil, damaged(err)
	}
	return b, nil
}

// bloscFar is the distance from which BloscLZ writes distances with two further bytes.
const bloscFar = 8191

// bloscLZ decompresses BloscLZ, Blosc's own compressor, which descends from FastLZ: runs of literal bytes, and copies of earlier output.
func bloscLZ(to, from []byte) ([]byte, error) {
	cut := errors.New("damaged: not BloscLZ")
	n := 0
	for i := 0; i < len(from); {
		control := int(from[i])
		if i == 0 {
			control &= 31 // the first run is literal; the other bits are a marker
		}
		i++
		if control < 32 {
			length := control + 1
			if length > len(from)-i || length > len(to)-n {
				return nil, cut
			}
			n += copy(to[n:], from[i:i+length])
			i += length
			continue
		}
		length, back := control>>5+2, (control&31)<<8
		if length == 7+2 {
			for {
				if i >= len(from) {
					return nil, cut
				}
				more := int(from[i])
				i++
				if length += more; more < 255 {
					break
				}
			}
		}
		if i >= len(from) {
			return nil, cut
		}
		low := int(from[i])
		i++
		if low == 255 && back == 31<<8 {
			if len(from)-i < 2 {
				return nil, cut
			}
			back = int(from[i])<<8 + int(from[i+1]) + bloscFar + 1
			i += 2
		} else {
			back += low + 1
		}
		if back > n || length > len(to)-n {
			return nil, cut
		}
		for end := n + length; n < end; back += back { // they may overlap: what was copied is copied again
			n += copy(to[n:end], to[n-back:n])
		}
	}
	return to[:n], nil
}
