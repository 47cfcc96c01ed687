package decompress_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"v1lab/datasets/internal/decompress"
	"v1lab/datasets/internal/mutate"
)

// sample is what testdata/make.py compressed.
type sample struct {
	Name, Codec, Kind string
	N, Packed         int
	packed            []byte
}

func samples(t testing.TB) (all []sample) {
	f, err := os.Open("testdata/compressed.bin.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for len(content) > 0 {
		n := 4 + binary.LittleEndian.Uint32(content)
		var s sample
		if err := json.Unmarshal(content[4:n], &s); err != nil {
			t.Fatal(err)
		}
		s.packed = content[n : int(n)+s.Packed]
		all, content = append(all, s), content[int(n)+s.Packed:]
	}
	return all
}

// raw are the numbers from 0 to 60, again and again.
func (s sample) raw() []byte {
	var b []byte
	for i := range s.N {
		v := i % 61
		switch s.Kind {
		case "|u1":
			b = append(b, byte(v))
		case "<i2":
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		case "<f4":
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
		case "<f8":
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v)))
		case "|S3":
			b = append(b, fmt.Appendf(nil, "%s\x00\x00", strconv.Itoa(v))[:3]...)
		}
	}
	return b
}

func (s sample) undo(d *decompress.Decoder, to []byte) ([]byte, error) {
	switch s.Codec {
	case "gzip":
		return d.Gzip(to, s.packed)
	case "zlib":
		return d.Zlib(to, s.packed)
	case "zstd":
		return d.Zstd(to, s.packed)
	case "lz4":
		return d.LZ4(to, s.packed)
	case "shuffle":
		decompress.Unshuffle(to, s.packed, 4)
		return to, nil
	}
	return d.Blosc(to, s.packed)
}

func Example() {
	packed := []byte{4, 0, 0, 0, 0x40, 'a', 'b', 'c', 'd'} // the length, then four letters as they are
	var d decompress.Decoder
	b, err := d.LZ4(make([]byte, 4), packed)
	fmt.Printf("%s %v\n", b, err)
	_, err = d.LZ4(make([]byte, 3), packed)
	fmt.Println(err)
	// Output:
	// abcd <nil>
	// damaged: more than 3 bytes
}

func TestUndoesNumcodecs(t *testing.T) {
	var d decompress.Decoder
	for _, s := range samples(t) {
		want := s.raw()
		if s.Name == "blosclz" {
			want = make([]byte, 4*s.N)
		}
		got, err := s.undo(&d, make([]byte, len(want)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, %d bytes, want %d", s.Name, err, len(got), len(want))
			continue
		}
		if s.Codec == "shuffle" {
			continue
		}
		if _, err := s.undo(&d, make([]byte, len(want)-1)); err == nil {
			t.Errorf("%s: less room is no error", s.Name)
		}
		if got, err := s.undo(&d, make([]byte, len(want)+10)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: with more room %v", s.Name, err)
		}
	}
}

// Damage is an error or other bytes, never a panic, and nothing is written beyond the room.
func TestDamaged(t *testing.T) {
	var d decompress.Decoder
	for i, s := range samples(t) {
		if s.Codec == "shuffle" {
			continue
		}
		room := make([]byte, 9000)
		n := len(s.raw())
		for _, damaged := range mutate.Files(s.packed, 30, uint64(i)) {
			clear(room)
			s.packed = damaged
			if b, err := s.undo(&d, room[:n:n]); err == nil && len(b) > n || err != nil && strings.Contains(err.Error(), "\n") {
				t.Fatalf("%s: %d bytes, %v", s.Name, len(b), err)
			}
			for _, b := range room[n:] {
				if b != 0 {
					t.Fatalf("%s: written beyond the room", s.Name)
				}
			}
		}
	}
}

// Layouts of HDF5's filters, whose samples are in package hdf5file, and what cannot be one.
func TestLZ4BlocksAndBzip2(t *testing.T) {
	var d decompress.Decoder
	head := func(total uint64, block uint32, rest ...byte) []byte {
		return append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, total), block), rest...)
	}
	sound := head(5, 3, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 2, 'd', 'e')
	if b, err := d.LZ4Blocks(make([]byte, 9), sound); err != nil || string(b) != "abcde" {
		t.Errorf("%q %v", b, err)
	}
	for _, c := range []struct {
		from []byte
		want string
	}{
		{sound[:11], "damaged: 11 bytes"},
		{sound[:14], "damaged: cut short"},
		{sound[:21], "damaged: cut short"},
		{head(5, 3, 0, 0, 0, 9, 'a'), "damaged: 9 bytes, 1 are there"},
		{head(5, 0), "damaged: blocks of 0 bytes"},
		{head(1<<40, 3), "damaged: more than 9 bytes"},
		{head(5, 5, 0, 0, 0, 2, 0x10, 'a'), "damaged: 1 bytes, want 5"},
	} {
		if _, err := d.LZ4Blocks(make([]byte, 9), c.from); err == nil || err.Error() != c.want {
			t.Errorf("%q: got %v, want %q", c.from, err, c.want)
		}
	}
	if _, err := d.Bzip2(make([]byte, 9), []byte("BZh9 rubbish")); err == nil || !strings.Contains(err.Error(), "damaged: bzip2") {
		t.Errorf("got %v", err)
	}
}
