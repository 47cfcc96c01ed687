package tfcheckpoint_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// variable is one variable of a checkpoint that a test writes. Fields left zero are filled in from the values.
type variable struct {
	name   string
	dtype  uint64
	shape  []int64
	values any // a slice of numbers
	shard  int

	// Overrides, for damaged checkpoints.
	offset, size *uint64
	sliced       bool
}

// writer makes checkpoints of any layout.
type writer struct {
	shards    int
	order     binary.ByteOrder // of values
	perBlock  int              // entries
	restart   int              // entries between whole keys
	blockType byte
	version   uint64 // least revision of a reader
	noHeader  bool
}

func newWriter() writer {
	return writer{shards: 1, order: binary.LittleEndian, perBlock: 1000, restart: 16}
}

func masked(b []byte) uint32 {
	crc := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// write writes prefix.index and prefix.data-*.
func (w writer) write(t testing.TB, prefix string, variables ...variable) {
	t.Helper()
	index, data := w.encode(variables)
	files := map[string][]byte{prefix + ".index": index}
	for i, d := range data {
		files[fmt.Sprintf("%s.data-%05d-of-%05d", prefix, i, w.shards)] = d
	}
	for path, content := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (w writer) encode(variables []variable) (index []byte, data [][]byte) {
	data = make([][]byte, w.shards)
	type pair struct {
		key   string
		value []byte
	}
	var pairs []pair
	for _, v := range variables {
		raw, err := binary.Append(nil, w.order, v.values)
		if err != nil {
			panic(err)
		}
		offset, size := uint64(len(data[v.shard])), uint64(len(raw))
		if v.offset != nil {
			offset = *v.offset
		}
		if v.size != nil {
			size = *v.size
		}
		data[v.shard] = append(data[v.shard], raw...)
		var shape []byte
		for _, d := range v.shape {
			dim := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(d))
			shape = protowire.AppendBytes(protowire.AppendTag(shape, 2, protowire.BytesType), dim)
		}
		e := integers(nil, 1, v.dtype)
		e = protowire.AppendBytes(protowire.AppendTag(e, 2, protowire.BytesType), shape)
		e = integers(e, 3, uint64(v.shard), offset, size)
		e = protowire.AppendFixed32(protowire.AppendTag(e, 6, protowire.Fixed32Type), masked(raw))
		if v.sliced {
			e = protowire.AppendBytes(protowire.AppendTag(e, 7, protowire.BytesType), nil)
		}
		pairs = append(pairs, pair{v.name, e})
	}
	if !w.noHeader {
		endianness := uint64(0)
		if w.order == binary.BigEndian {
			endianness = 1
		}
		h := integers(nil, 1, uint64(w.shards), endianness)
		h = protowire.AppendBytes(protowire.AppendTag(h, 3, protowire.BytesType), integers(nil, 1, 1, w.version))
		pairs = append(pairs, pair{"", h})
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return bytes.Compare([]byte(a.key), []byte(b.key)) })
	var file bytes.Buffer
	listKeys := [][2][]byte{}
	for part := range slices.Chunk(pairs, w.perBlock) {
		var kv [][2][]byte
		for _, p := range part {
			kv = append(kv, [2][]byte{[]byte(p.key), p.value})
		}
		handle := w.block(&file, kv, w.blockType)
		listKeys = append(listKeys, [2][]byte{kv[len(kv)-1][0], handle})
	}
	w.finish(&file, listKeys)
	return file.Bytes(), data
}

// around makes an index of one block with any content; its checksums are right.
func (w writer) around(block []byte) []byte {
	var file bytes.Buffer
	handle := seal(&file, bytes.Clone(block), 0)
	w.finish(&file, [][2][]byte{{[]byte("z"), handle}})
	return file.Bytes()
}

// finish appends what follows the blocks of entries.
func (w writer) finish(file *bytes.Buffer, blocks [][2][]byte) {
	footer := w.block(file, nil, 0)
	footer = append(footer, w.block(file, blocks, 0)...)
	file.Write(footer)
	file.Write(make([]byte, 40-len(footer)))
	file.Write(binary.LittleEndian.AppendUint64(nil, 0xdb4775248b80fb57))
}

// block appends a block and returns its handle.
func (w writer) block(file *bytes.Buffer, entries [][2][]byte, kind byte) []byte {
	var b []byte
	var restarts []uint32
	var last []byte
	for i, kv := range entries {
		shared := 0
		if i%w.restart == 0 {
			restarts = append(restarts, uint32(len(b)))
		} else {
			for shared < min(len(last), len(kv[0])) && last[shared] == kv[0][shared] {
				shared++
			}
		}
		for _, n := range []int{shared, len(kv[0]) - shared, len(kv[1])} {
			b = binary.AppendUvarint(b, uint64(n))
		}
		b = append(append(b, kv[0][shared:]...), kv[1]...)
		last = kv[0]
	}
	if restarts == nil {
		restarts = []uint32{0}
	}
	for _, r := range append(restarts, uint32(len(restarts))) {
		b = binary.LittleEndian.AppendUint32(b, r)
	}
	return seal(file, b, kind)
}

// seal appends a block's content with type and checksum.
func seal(file *bytes.Buffer, b []byte, kind byte) (handle []byte) {
	handle = binary.AppendUvarint(binary.AppendUvarint(nil, uint64(file.Len())), uint64(len(b)))
	b = append(b, kind)
	file.Write(binary.LittleEndian.AppendUint32(b, masked(b)))
	return handle
}

// integers appends fields number, number+1, ... of a message.
func integers(b []byte, number protowire.Number, values ...uint64) []byte {
	for i, v := range values {
		b = protowire.AppendVarint(protowire.AppendTag(b, number+protowire.Number(i), protowire.VarintType), v)
	}
	return b
}
