package zarr

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// shard describes how a shard stores its index: the start and number of bytes of each chunk.
type shard struct {
	atStart bool
	big     bool
	summed  bool // the index ends with four bytes of CRC-32C
}

// newShard parses the codecs of an index. Its length must not depend on its content.
func newShard(codecs []codec3, location string) (*shard, error) {
	s := &shard{}
	switch location {
	case "start":
		s.atStart = true
	case "end", "":
	default:
		return nil, fmt.Errorf("index_location %s, want start or end", short(location))
	}
	for i, c := range codecs {
		switch {
		case i == 0 && c.Name == "bytes":
			s.big = c.Configuration.Endian == "big"
		case i == 1 && c.Name == "crc32c":
			s.summed = true
		default:
			return nil, fmt.Errorf("codec %s of the index of shards, accepted are bytes and crc32c", short(c.Name))
		}
	}
	if len(codecs) == 0 {
		return nil, fmt.Errorf("no codecs of the index of shards")
	}
	return s, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checkSum verifies the CRC-32C at the end of b and returns the bytes before it.
func checkSum(b []byte) ([]byte, error) {
	if len(b) < 4 {
		return nil, fmt.Errorf("damaged: %d bytes, want a checksum", len(b))
	}
	body := b[:len(b)-4]
	if got, want := crc32.Checksum(body, castagnoli), binary.LittleEndian.Uint32(b[len(body):]); got != want {
		return nil, fmt.Errorf("damaged: its checksum is %08x, stored %08x", got, want)
	}
	return body, nil
}

// place is the position of a chunk in a shard.
type place struct {
	number uint64 // of the chunk, last axis fastest
	at, n  uint64 // bytes
}

// index reads the positions of the chunks in a shard of size bytes. Missing chunks are left out.
func (s *shard) index(chunks, size uint64, readAt func(b []byte, at int64) error) ([]place, error) {
	if chunks > size/16 {
		return nil, fmt.Errorf("damaged: %d bytes of a shard of %d chunks", size, chunks)
	}
	n := 16 * chunks
	if s.summed {
		n += 4
	}
	if n > size {
		return nil, fmt.Errorf("damaged: %d bytes of a shard of %d chunks", size, chunks)
	}
	from := size - n
	if s.atStart {
		from = 0
	}
	b := make([]byte, n)
	if err := readAt(b, int64(from)); err != nil {
		return nil, damaged(err)
	}
	if s.summed {
		var err error
		if b, err = checkSum(b); err != nil {
			return nil, fmt.Errorf("index of a shard: %w", err)
		}
	}
	var order binary.ByteOrder = binary.LittleEndian
	if s.big {
		order = binary.BigEndian
	}
	var places []place
	for i := range chunks {
		p := place{number: i, at: order.Uint64(b[16*i:]), n: order.Uint64(b[16*i+8:])}
		if p.at == math.MaxUint64 && p.n == math.MaxUint64 {
			continue
		}
		if p.at > size || p.n > size-p.at {
			return nil, fmt.Errorf("damaged: chunk %d of a shard is %d bytes at byte %d of %d", i, p.n, p.at, size)
		}
		places = append(places, p)
	}
	return places, nil
}
