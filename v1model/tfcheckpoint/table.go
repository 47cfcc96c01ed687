package tfcheckpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
)

// The index is a sorted string table as LevelDB writes them: blocks of entries in the order of their keys, a block that
// lists those blocks, and a footer that says where the list is.
const (
	tableMagic  = 0xdb4775248b80fb57
	footerSize  = 48 // two block handles, padded to 40 bytes, and the magic number
	trailerSize = 5  // after every block: type and checksum
	maxKeyBytes = 64 << 20
)

// Block types.
const (
	plain  = 0
	snappy = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the form in which checksums are stored, so that the checksum of data with embedded checksums is not degenerate.
func masked(crc uint32) uint32 { return (crc>>15 | crc<<17) + 0xa282ead8 }

// table visits the entries of one sorted table.
type table struct {
	r    io.ReaderAt
	size int64

	last     []byte // key of the entry before
	any      bool   // there was one
	keyBytes int    // sum of the keys' lengths: prefix compression could make a small file unfold without end
}

// readTable calls visit for every entry in order; the slices are valid during the call only.
func readTable(r io.ReaderAt, size int64, visit func(key, value []byte) error) error {
	t := &table{r: r, size: size}
	if size < footerSize {
		return fmt.Errorf("not the index of a TensorFlow V2 checkpoint, or cut short: %d bytes, a footer alone has %d", size, footerSize)
	}
	footer := make([]byte, footerSize)
	if _, err := r.ReadAt(footer, size-footerSize); err != nil {
		return err
	}
	if magic := binary.LittleEndian.Uint64(footer[footerSize-8:]); magic != tableMagic {
		return fmt.Errorf("not the index of a TensorFlow V2 checkpoint, or cut short: it ends with %#x, want %#x", magic, uint64(tableMagic))
	}
	meta, rest, err := parseHandle(footer[:footerSize-8])
	if err != nil {
		return err
	}
	index, _, err := parseHandle(rest)
	if err != nil {
		return err
	}
	// The meta block says nothing that is needed here; its checksum is part of the file's soundness.
	if _, err := t.block(meta); err != nil {
		return err
	}
	list, err := t.block(index)
	if err != nil {
		return err
	}
	end := uint64(0)
	return t.entries(list, &table{}, func(_, value []byte) error {
		at, _, err := parseHandle(value)
		if err != nil {
			return err
		}
		if at.offset < end {
			return fmt.Errorf("damaged index: the block at byte %d overlaps the one before", at.offset)
		}
		block, err := t.block(at)
		end = at.offset + at.size
		if err != nil {
			return err
		}
		return t.entries(block, t, visit)
	})
}

// handle is where a block is in the file.
type handle struct{ offset, size uint64 }

func parseHandle(b []byte) (h handle, rest []byte, err error) {
	offset, n := binary.Uvarint(b)
	if n <= 0 {
		return handle{}, nil, errors.New("damaged index: position of a block")
	}
	size, m := binary.Uvarint(b[n:])
	if m <= 0 {
		return handle{}, nil, errors.New("damaged index: size of a block")
	}
	return handle{offset, size}, b[n+m:], nil
}

// block reads a block and verifies its checksum.
func (t *table) block(h handle) ([]byte, error) {
	end := uint64(t.size - footerSize)
	if h.offset > end || h.size > end-h.offset || end-h.offset-h.size < trailerSize {
		return nil, fmt.Errorf("damaged index: a block of %d bytes at byte %d of a file of %d", h.size, h.offset, t.size)
	}
	b := make([]byte, h.size+trailerSize)
	if _, err := t.r.ReadAt(b, int64(h.offset)); err != nil {
		return nil, err
	}
	checked, stored := b[:h.size+1], binary.LittleEndian.Uint32(b[h.size+1:])
	if masked(crc32.Checksum(checked, castagnoli)) != stored {
		return nil, fmt.Errorf("damaged index: the checksum of the block at byte %d is wrong", h.offset)
	}
	switch kind := checked[h.size]; kind {
	case plain:
		return b[:h.size], nil
	case snappy:
		return nil, errors.New("index compressed with snappy, accepted are uncompressed ones, as TensorFlow writes them")
	default:
		return nil, fmt.Errorf("damaged index: block type %d", kind)
	}
}

// entries walks through a block; order remembers the key before, within this block and those before it.
// A key is stored as how much of its start it shares with the key before, and the rest.
func (t *table) entries(block []byte, order *table, visit func(key, value []byte) error) error {
	damaged := errors.New("damaged index: entries of a block")
	if len(block) < 4 {
		return damaged
	}
	// Restart points, where keys are stored whole, serve binary search only.
	restarts := uint64(binary.LittleEndian.Uint32(block[len(block)-4:]))
	if 4*(restarts+1) > uint64(len(block)) {
		return damaged
	}
	block = block[:uint64(len(block))-4*(restarts+1)]
	var key []byte
	for len(block) > 0 {
		var sizes [3]uint64 // shared part of the key, rest of the key, value
		for i := range sizes {
			v, n := binary.Uvarint(block)
			if n <= 0 {
				return damaged
			}
			sizes[i], block = v, block[n:]
		}
		if sizes[0] > uint64(len(key)) || sizes[1] > uint64(len(block)) || sizes[2] > uint64(len(block))-sizes[1] {
			return damaged
		}
		key = append(key[:sizes[0]], block[:sizes[1]]...)
		value := block[sizes[1] : sizes[1]+sizes[2]]
		block = block[sizes[1]+sizes[2]:]

		if order.any && bytes.Compare(order.last, key) >= 0 {
			return fmt.Errorf("damaged index: %q after %q, want names in order", shorten(string(key)), shorten(string(order.last)))
		}
		order.last, order.any = append(order.last[:0], key...), true
		if order.keyBytes += len(key); order.keyBytes > maxKeyBytes {
			return fmt.Errorf("names of more than %d bytes in all, no model has that many", maxKeyBytes)
		}
		if err := visit(key, value); err != nil {
			return err
		}
	}
	return nil
}

// printable quotes a name from a file that would break a line.
func printable(name string) string {
	if quoted := strconv.Quote(shorten(name)); quoted[1:len(quoted)-1] != shorten(name) {
		return quoted
	}
	return shorten(name)
}

// shorten keeps errors on one line of a readable length.
func shorten(name string) string {
	if len(name) > 100 {
		return name[:100] + "..."
	}
	return name
}
