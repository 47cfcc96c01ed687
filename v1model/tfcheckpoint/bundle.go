package tfcheckpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"google.golang.org/protobuf/encoding/protowire"

	"v1lab/datasets/array"
)

// header is the entry with the empty name, which describes the whole checkpoint.
type header struct {
	shards int
	order  binary.ByteOrder
}

// entry says where one variable is.
type entry struct {
	dtype        uint64
	shape        []int
	shard        int
	offset, size int64
	checksum     uint32
	sliced       bool
}

// maxConsumer is the newest revision of the format that this package knows how to read.
const maxConsumer = 1

func parseHeader(b []byte) (header, error) {
	h := header{order: binary.LittleEndian}
	var shards, endianness, needs uint64
	err := fields(b, func(f field) (err error) {
		switch f.number {
		case 1:
			shards, err = f.integer()
		case 2:
			endianness, err = f.integer()
		case 3:
			err = fields(f.bytes, func(v field) (err error) {
				if v.number == 2 {
					needs, err = v.integer()
				}
				return err
			})
		}
		return err
	})
	switch {
	case err != nil:
		return header{}, fmt.Errorf("damaged index: header: %w", err)
	case shards < 1 || shards > 99999:
		return header{}, fmt.Errorf("damaged index: header: %d data files, accepted are 1 to 99999", shards)
	case endianness > 1:
		return header{}, fmt.Errorf("damaged index: header: byte order %d, accepted are 0 (little) and 1 (big)", endianness)
	case needs > maxConsumer:
		return header{}, fmt.Errorf("written for readers of revision %d, this one knows %d", needs, maxConsumer)
	}
	if endianness == 1 {
		h.order = binary.BigEndian
	}
	h.shards = int(shards)
	return h, nil
}

func parseEntry(b []byte, shards int) (entry, error) {
	var e entry
	var shard, offset, size uint64
	err := fields(b, func(f field) (err error) {
		switch f.number {
		case 1:
			e.dtype, err = f.integer()
		case 2:
			e.shape, err = parseShape(f.bytes)
		case 3:
			shard, err = f.integer()
		case 4:
			offset, err = f.integer()
		case 5:
			size, err = f.integer()
		case 6:
			if f.kind != protowire.Fixed32Type {
				return errors.New("checksum of another type")
			}
			e.checksum = uint32(f.value)
		case 7:
			e.sliced = true
		}
		return err
	})
	if err != nil {
		return entry{}, err
	}
	if shard >= uint64(shards) {
		return entry{}, fmt.Errorf("in data file %d of %d", shard, shards)
	}
	if offset > 1<<62 || size > 1<<62 {
		return entry{}, fmt.Errorf("%d bytes at byte %d", size, offset)
	}
	e.shard, e.offset, e.size = int(shard), int64(offset), int64(size)
	if e.shape == nil {
		e.shape = []int{}
	}
	// Variables of other types, text for one, are listed but can't be read.
	if t, ok := types[e.dtype]; ok && !e.sliced {
		need, ok := bytesOf(e.shape, t.width)
		if !ok || need != size {
			return entry{}, fmt.Errorf("shape %s of %s in %d bytes", array.FormatShape(e.shape), t.name, size)
		}
	}
	return e, nil
}

// bytesOf multiplies; ok is false where the product is beyond what any file holds.
func bytesOf(shape []int, width int) (n uint64, ok bool) {
	n = uint64(width)
	ok = true
	for _, d := range shape {
		if d == 0 {
			return 0, true
		}
		high, low := bits.Mul64(n, uint64(d))
		ok = ok && high == 0 && low <= 1<<62
		n = low
	}
	return n, ok
}

func parseShape(b []byte) ([]int, error) {
	shape := []int{}
	err := fields(b, func(f field) error {
		switch f.number {
		case 2:
			size := uint64(0)
			if err := fields(f.bytes, func(d field) (err error) {
				if d.number == 1 {
					size, err = d.integer()
				}
				return err
			}); err != nil {
				return err
			}
			if size > 1<<48 { // a negative size, which means unknown, is huge here
				return fmt.Errorf("shape with a dimension of %d", int64(size))
			}
			shape = append(shape, int(size))
		case 3:
			if f.value != 0 {
				return errors.New("shape of unknown rank")
			}
		}
		return nil
	})
	return shape, err
}

// field is one field of a protocol buffer: a number, or bytes.
type field struct {
	number protowire.Number
	kind   protowire.Type
	value  uint64
	bytes  []byte
}

func (f field) integer() (uint64, error) {
	if f.kind != protowire.VarintType {
		return 0, fmt.Errorf("field %d of another type", f.number)
	}
	return f.value, nil
}

// fields visits the fields of a message.
func fields(b []byte, visit func(field) error) error {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		f := field{number: number, kind: kind}
		switch kind {
		case protowire.VarintType:
			f.value, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			f.value = uint64(v)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}
