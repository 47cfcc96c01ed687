package hdf5file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"v1lab/datasets/internal/decompress"
)

// filter is one step through which values were written.
type filter struct {
	id     int
	values []int
}

// Numbers of filters, those from 256 as registered with The HDF Group.
const (
	filterDeflate  = 1
	filterShuffle  = 2
	filterFletcher = 3
	filterBzip2    = 307
	filterLZF      = 32000
	filterBlosc    = 32001
	filterLZ4      = 32004
	filterZstd     = 32015
)

// others names known filters that this package cannot undo.
var others = map[int]string{
	4: "szip", 5: "n-bit", 6: "scale-offset", 305: "LZO", 32002: "MAFISC", 32003: "Snappy", 32006: "VBZ or APAX", 32008: "bitshuffle",
	32013: "ZFP", 32017: "SZ", 32019: "FCIDECOMP", 32024: "SZ3", 32026: "Blosc2", 32028: "SPERR", 32029: "TurboPFor",
}

// filterList parses a filter pipeline message.
func (f *File) filterList(c *cursor) []filter {
	version, n := c.version(1, 2), c.u8()
	if version == 1 {
		c.skip(6)
	}
	list := make([]filter, n)
	for i := range list {
		id, name := c.u16(), 0
		if version == 1 || id >= 256 {
			name = c.u16()
		}
		c.skip(2) // whether the filter is optional, which matters only to writers
		list[i] = filter{id: id, values: make([]int, c.u16())}
		if version == 1 {
			name = (name + 7) / 8 * 8
		}
		c.skip(name)
		for j := range list[i].values {
			list[i].values[j] = c.u32()
		}
		if version == 1 && len(list[i].values)%2 == 1 {
			c.skip(4)
		}
	}
	return list
}

// checkFilters refuses unknown filters before anything is read. It tells whether the values are compressed.
func checkFilters(list []filter) (compressed bool) {
	for _, f := range list {
		switch f.id {
		case filterShuffle, filterFletcher:
		case filterDeflate, filterLZF, filterBzip2, filterBlosc, filterLZ4, filterZstd:
			compressed = true
		default:
			name := others[f.id]
			if name == "" {
				name = "no name"
			}
			throw("filter %d (%s), accepted are deflate (gzip), shuffle, fletcher32, LZF, bzip2, Blosc, LZ4 and Zstandard: write it again with gzip", f.id, name)
		}
	}
	return compressed
}

// unfilter undoes the filters of one chunk after another and reuses its buffers.
type unfilter struct {
	filters []filter
	width   int
	size    int // of a chunk
	decoder decompress.Decoder
	buffers [2][]byte
	to      []byte // destination of the last step if a chunk's values are contiguous there; nil otherwise
}

// undo returns a chunk's values, in u.to, in one of the buffers or in stored itself.
func (u *unfilter) undo(stored []byte, mask uint32) ([]byte, error) {
	b := stored
	next := 0
	final := slices.IndexFunc(u.filters, func(f filter) bool { return f.id != filterFletcher })
	buffer := func(i, n int) []byte {
		if i == final && u.to != nil && n == len(u.to) {
			return u.to
		}
		if cap(u.buffers[next]) < n {
			u.buffers[next] = make([]byte, n)
		}
		to := u.buffers[next][:n]
		next = 1 - next
		return to
	}
	most := u.size
	for i, f := range u.filters {
		if f.id == filterFletcher && !left(mask, i) {
			most += 4
		}
	}
	for i := len(u.filters) - 1; i >= 0; i-- {
		if left(mask, i) {
			continue
		}
		var err error
		switch u.filters[i].id {
		case filterFletcher:
			most -= 4
			if len(b) < 4 {
				return nil, fmt.Errorf("damaged: %d bytes", len(b))
			}
			body := b[:len(b)-4]
			if got, want := fletcher32(body), binary.LittleEndian.Uint32(b[len(body):]); got != want {
				return nil, fmt.Errorf("damaged: its checksum is %08x, stored %08x", got, want)
			}
			b = body
		case filterDeflate:
			b, err = u.decoder.Zlib(buffer(i, most), b)
		case filterLZF:
			b, err = lzf(buffer(i, most), b)
		case filterBzip2:
			b, err = u.decoder.Bzip2(buffer(i, most), b)
		case filterBlosc:
			b, err = u.decoder.Blosc(buffer(i, most), b)
		case filterLZ4:
			b, err = u.decoder.LZ4Blocks(buffer(i, most), b)
		case filterZstd:
			b, err = u.decoder.Zstd(buffer(i, most), b)
		case filterShuffle:
			width := u.width
			if v := u.filters[i].values; len(v) > 0 {
				width = v[0]
			}
			if width < 1 || len(b) > most {
				return nil, fmt.Errorf("damaged: %d bytes shuffled by %d", len(b), width)
			}
			to := buffer(i, len(b))
			decompress.Unshuffle(to, b, width)
			b = to
		}
		if err != nil {
			return nil, err
		}
	}
	if len(b) != u.size {
		return nil, fmt.Errorf("damaged: %d bytes, want %d", len(b), u.size)
	}
	return b, nil
}

func left(mask uint32, i int) bool { return i < 32 && mask>>i&1 != 0 }

// lzf decompresses LibLZF, h5py's fast compression.
func lzf(to, from []byte) ([]byte, error) {
	damaged := errors.New("damaged: not LZF")
	n := 0
	for i := 0; i < len(from); {
		control := int(from[i])
		i++
		if control < 32 { // control+1 literal bytes
			length := control + 1
			if length > len(from)-i || length > len(to)-n {
				return nil, damaged
			}
			n += copy(to[n:], from[i:i+length])
			i += length
			continue
		}
		length := control >> 5
		if length == 7 {
			if i >= len(from) {
				return nil, damaged
			}
			length += int(from[i])
			i++
		}
		if i >= len(from) {
			return nil, damaged
		}
		back := (control&31)<<8 + int(from[i]) + 1
		i++
		length += 2
		if back > n || length > len(to)-n {
			return nil, damaged
		}
		for end := n + length; n < end; back += back { // they may overlap: what was copied is copied again
			n += copy(to[n:end], to[n-back:n])
		}
	}
	return to[:n], nil
}
