package tfcheckpoint_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets/array"
	"v1lab/v1model/tfcheckpoint"
)

const (
	indexName = "model.ckpt.index"
	dataName  = "model.ckpt.data-00000-of-00001"
)

func content(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(goldenFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// place writes a checkpoint of one data file and returns its prefix.
func place(t testing.TB, dir string, index, data []byte) string {
	t.Helper()
	for name, b := range map[string][]byte{indexName: index, dataName: data} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "model.ckpt")
}

// readAll reads every variable of a checkpoint.
func readAll(prefix string) (map[string]array.Array, error) {
	c, err := tfcheckpoint.Open(prefix)
	if err != nil {
		return nil, err
	}
	all := map[string]array.Array{}
	for _, name := range c.Names() {
		if all[name], err = c.Read(name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// A flipped bit is found, or it is where nothing is stored.
func TestFlippedBits(t *testing.T) {
	index, data, dir := content(t, indexName), content(t, dataName), t.TempDir()
	want, err := readAll(place(t, dir, index, data))
	if err != nil {
		t.Fatal(err)
	}
	unnoticed := map[string]int{}
	try := func(name string, intact []byte, i int) {
		b := bytes.Clone(intact)
		b[i] ^= 1 << (i % 8)
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readAll(filepath.Join(dir, "model.ckpt"))
		switch {
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Errorf("%s, byte %d: error of several lines: %v", name, i, err)
		case err == nil && !cmp.Equal(want, got):
			t.Errorf("%s, byte %d: other values without an error", name, i)
		case err == nil:
			unnoticed[name]++
		}
	}
	for i := range index {
		try(indexName, index, i)
	}
	place(t, dir, index, data)
	for i := 0; i < len(data); i += 307 {
		try(dataName, data, i)
	}
	// Only the padding of the footer is covered by no checksum.
	if unnoticed[indexName] > 40 || unnoticed[dataName] > 0 {
		t.Errorf("flips that changed nothing and were not found: %v", unnoticed)
	}
}

func TestTruncated(t *testing.T) {
	index, data, dir := content(t, indexName), content(t, dataName), t.TempDir()
	prefix := place(t, dir, index, data)
	for n := range index {
		if err := os.Truncate(filepath.Join(dir, indexName), int64(len(index)-1-n)); err != nil {
			t.Fatal(err)
		}
		_, err := readAll(prefix)
		oneLine(t, "index", err, "model.ckpt.index: not the index of a TensorFlow V2 checkpoint, or cut short: ")
	}
	for n := 0; n < len(data); n += 1997 {
		_, err := readAll(place(t, dir, index, data[:n]))
		oneLine(t, "data", err, "model.ckpt.data-00000-of-00001: cut short: ")
	}
	if err := os.Remove(filepath.Join(dir, dataName)); err != nil {
		t.Fatal(err)
	}
	_, err := readAll(filepath.Join(dir, "model.ckpt"))
	oneLine(t, "no data", err, "model.ckpt.data-00000-of-00001: no such file")
}

func TestBadCheckpoints(t *testing.T) {
	number := func(n uint64) *uint64 { return &n }
	ones := variable{name: "w", dtype: 1, shape: []int64{2}, values: []float32{1, 1}}
	with := func(change func(v *variable)) []variable {
		v := ones
		change(&v)
		return []variable{v}
	}
	for name, test := range map[string]struct {
		writer    func(w *writer)
		variables []variable
		want      string
	}{
		"snappy":            {func(w *writer) { w.blockType = 1 }, nil, "model.ckpt.index: index compressed with snappy, accepted are uncompressed ones"},
		"block type":        {func(w *writer) { w.blockType = 9 }, nil, "damaged index: block type 9"},
		"order":             {nil, []variable{ones, ones}, `damaged index: "w" after "w", want names in order`},
		"header":            {func(w *writer) { w.noHeader = true }, nil, "it does not start with a header"},
		"revision":          {func(w *writer) { w.version = 7 }, nil, "written for readers of revision 7, this one knows 1"},
		"overflow":          {nil, with(func(v *variable) { v.shape = []int64{1 << 40, 1 << 40, 1 << 40} }), `variable "w": shape [1099511627776, 1099511627776, 1099511627776] of float32 in 8 bytes`},
		"negative":          {nil, with(func(v *variable) { v.shape = []int64{-1} }), `variable "w": shape with a dimension of -1`},
		"huge":              {nil, with(func(v *variable) { v.shape, v.size = []int64{1 << 40}, number(1<<42) }), `cut short: 8 bytes, variable "w" ends at byte 4398046511104`},
		"beyond":            {nil, with(func(v *variable) { v.offset = number(4) }), `cut short: 8 bytes, variable "w" ends at byte 12`},
		"far beyond":        {nil, with(func(v *variable) { v.offset = number(1<<63 + 5) }), `variable "w": 8 bytes at byte 9223372036854775813`},
		"shape and size":    {nil, with(func(v *variable) { v.shape = []int64{3} }), `variable "w": shape [3] of float32 in 8 bytes`},
		"text":              {nil, with(func(v *variable) { v.dtype = 7 }), `variable "w" is of type string, accepted are bool`},
		"unknown type":      {nil, with(func(v *variable) { v.dtype = 99 }), `variable "w" is of type number 99`},
		"slices":            {nil, with(func(v *variable) { v.sliced = true }), `variable "w" is stored in slices`},
		"overlap of values": {nil, append(with(func(*variable) {}), variable{name: "v", dtype: 1, shape: []int64{2}, values: []float32{2, 3}, offset: number(0)}), `the checksum of variable "v" is wrong`},
	} {
		w := newWriter()
		if test.writer != nil {
			test.writer(&w)
		}
		if test.variables == nil {
			test.variables = []variable{ones}
		}
		index, data := w.encode(test.variables)
		_, err := readAll(place(t, t.TempDir(), index, data[0]))
		oneLine(t, name, err, test.want)
	}
	_, err := readAll(place(t, t.TempDir(), bytes.Repeat([]byte("not a table "), 50), nil))
	oneLine(t, "foreign", err, "model.ckpt.index: not the index of a TensorFlow V2 checkpoint, or cut short: it ends with 0x")
	index, data := newWriter().encode(with(func(v *variable) { v.name = "two\nlines" }))
	c, err := tfcheckpoint.Open(place(t, t.TempDir(), index, data[0]))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Read("w")
	oneLine(t, "odd name", err, `no variable "w", found "two\nlines"`)
	if c, err = tfcheckpoint.Open(goldenFolder); err != nil {
		t.Fatal(err)
	}
	_, err = c.Read("core/conv1/weights")
	oneLine(t, "unknown name", err, `model.ckpt: no variable "core/conv1/weights", found beta1_power, beta2_power, core/conv1/BatchNorm/beta`)
}

// Whatever the bytes, there is an error or arrays that hold together.
func FuzzOpen(f *testing.F) {
	index, data := content(f, indexName), content(f, dataName)
	f.Add(index, data)
	f.Add(index[:len(index)/2], data)
	f.Add(index, data[:len(data)/2])
	w := newWriter()
	w.perBlock, w.restart, w.order = 2, 1, binary.BigEndian
	small, values := w.encode([]variable{
		{name: "a", dtype: 2, shape: []int64{2, 1}, values: []float64{1, 2}}, {name: "ab", dtype: 9, values: []int64{3}}, {name: "b", dtype: 10, shape: []int64{0}, values: []bool{}},
	})
	f.Add(small, values[0])
	f.Add([]byte{}, []byte{})
	block := index[:1333] // the entries alone
	if all, err := readAll(place(f, f.TempDir(), newWriter().around(block), data)); len(all) != 41 {
		f.Fatalf("%d variables (%v), want all", len(all), err)
	}
	f.Add(block, data)
	f.Fuzz(func(t *testing.T, index, data []byte) {
		dir := t.TempDir()
		for _, index := range [][]byte{index, newWriter().around(index)} { // as it is, and behind checksums that are right
			all, err := readAll(place(t, dir, index, data))
			if err != nil {
				oneLine(t, "error", err, "model.ckpt")
			}
			for name, a := range all {
				if floats, err := a.Float64s(); err != nil || len(floats) != a.Len() {
					t.Errorf("%q: shape %v for %d values (%v)", name, a.Shape, len(floats), err)
				}
			}
		}
	})
}
