package decompress

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Decoder decompresses one buffer after another and reuses its memory. One goroutine at a time may use it.
//
// Each method writes to the slice to and returns the part that it wrote. Output that does not fit is an error.
type Decoder struct {
	zlib    io.ReadCloser
	gzip    *gzip.Reader
	zstd    *zstd.Decoder
	bzip2   int    // readers made, which cannot be used again
	shuffle []byte // a Blosc block before it is unshuffled
}

// Gzip decompresses RFC 1952.
func (d *Decoder) Gzip(to, from []byte) ([]byte, error) {
	r := bytes.NewReader(from)
	var err error
	if d.gzip == nil {
		d.gzip, err = gzip.NewReader(r)
	} else {
		err = d.gzip.Reset(r)
	}
	if err != nil {
		return nil, damaged(err)
	}
	return readAll(to, d.gzip)
}

// Zlib decompresses RFC 1950.
func (d *Decoder) Zlib(to, from []byte) ([]byte, error) {
	r := bytes.NewReader(from)
	var err error
	if d.zlib == nil {
		d.zlib, err = zlib.NewReader(r)
	} else {
		err = d.zlib.(zlib.Resetter).Reset(r, nil)
	}
	if err != nil {
		return nil, damaged(err)
	}
	return readAll(to, d.zlib)
}

// readAll reads to the end, where the checksum is verified.
func readAll(to []byte, r io.Reader) ([]byte, error) {
	n, err := io.ReadFull(r, to)
	switch {
	case errors.Is(err, io.EOF):
		return to[:0], nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, damaged(err)
	case err == nil:
		var more [1]byte
		if extra, err := io.ReadFull(r, more[:]); extra > 0 {
			return nil, tooMuch(to)
		} else if !errors.Is(err, io.EOF) {
			return nil, damaged(err)
		}
	default: // end of data or cut short: the next read tells
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			return nil, damaged(err)
		}
	}
	return to[:n], nil
}

// Zstd decompresses RFC 8878.
func (d *Decoder) Zstd(to, from []byte) ([]byte, error) {
	if d.zstd == nil {
		var err error
		if d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeAllCapLimit(true)); err != nil {
			return nil, err
		}
	}
	b, err := d.zstd.DecodeAll(from, to[:0:len(to)])
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return nil, tooMuch(to)
	case err != nil:
		return nil, damaged(err)
	}
	return b, nil
}

// Bzip2 decompresses what bzip2 writes.
func (d *Decoder) Bzip2(to, from []byte) ([]byte, error) {
	const some = 4 // a reader takes 4 MB: without this, those of earlier buffers would wait for memory to double
	if d.bzip2++; d.bzip2%some == 0 {
		runtime.GC()
	}
	return readAll(to, bzip2.NewReader(bytes.NewReader(from)))
}

// LZ4Blocks decompresses the layout of HDF5's LZ4 filter: the decompressed size, 64 bits, and the size of a block, 32 bits, then the blocks,
// each after its compressed size, 32 bits. All numbers are big-endian. A block that is as long as its content is stored as it is.
func (d *Decoder) LZ4Blocks(to, from []byte) ([]byte, error) {
	if len(from) < 12 {
		return nil, fmt.Errorf("damaged: %d bytes", len(from))
	}
	total, block := binary.BigEndian.Uint64(from), int(binary.BigEndian.Uint32(from[8:]))
	if total > uint64(len(to)) {
		return nil, tooMuch(to)
	}
	if block == 0 && total > 0 {
		return nil, errors.New("damaged: blocks of 0 bytes")
	}
	to, from = to[:total], from[12:]
	for at := 0; at < len(to); at += block {
		out := to[at:min(at+block, len(to))]
		if len(from) < 4 {
			return nil, errors.New("damaged: cut short")
		}
		n := int(binary.BigEndian.Uint32(from))
		if from = from[4:]; n > len(from) {
			return nil, fmt.Errorf("damaged: %d bytes, %d are there", n, len(from))
		}
		if n == len(out) {
			copy(out, from)
		} else if b, err := lz4Block(out, from[:n]); err != nil {
			return nil, err
		} else if len(b) != len(out) {
			return nil, fmt.Errorf("damaged: %d bytes, want %d", len(b), len(out))
		}
		from = from[n:]
	}
	return to, nil
}

// LZ4 decompresses an LZ4 block preceded by its decompressed size, 32 bits little-endian, as numcodecs writes it.
func (d *Decoder) LZ4(to, from []byte) ([]byte, error) {
	if len(from) < 4 {
		return nil, fmt.Errorf("damaged: %d bytes", len(from))
	}
	n := binary.LittleEndian.Uint32(from)
	if uint64(n) > uint64(len(to)) {
		return nil, tooMuch(to)
	}
	return lz4Block(to[:n], from[4:])
}

func lz4Block(to, from []byte) ([]byte, error) {
	if len(to) == 0 {
		return to, nil
	}
	n, err := lz4.UncompressBlock(from, to)
	if err != nil {
		return nil, damaged(err)
	}
	return to[:n], nil
}

func damaged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("damaged: cut short")
	}
	return fmt.Errorf("damaged: %w", err)
}

func tooMuch(to []byte) error { return fmt.Errorf("damaged: more than %d bytes", len(to)) }
