package matfile_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets/array"
	"v1lab/datasets/matfile"
)

// The file was written by SciPy: ../mat/testdata/make.py says with what values.
const kinds = "../mat/testdata/kinds.mat"

func Example() {
	f, err := matfile.Open(kinds)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	info, err := f.Info("cube")
	fmt.Println(info.Shape, info.Class, err)
	arrays, err := f.Read("one.b.c", "text")
	fmt.Println(arrays["one.b.c"].Data, arrays["text"].Data, err)
	// Output:
	// [2 3 4] double <nil>
	// [7 8] [Zelle Größe] <nil>
}

func TestKinds(t *testing.T) {
	f, err := matfile.Open(kinds)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cube := make([]float64, 24)
	for i := range cube {
		cube[i] = float64(i)
	}
	for name, want := range map[string]array.Array{
		"int8": array.New([]int8{-1, 2, 3}, 1, 3), "uint8": array.New([]uint8{1}, 1, 1), "int16": array.New([]int16{-300, 5}, 2, 1),
		"uint16": array.New([]uint16{65535}, 1, 1), "int32": array.New([]int32{-70000, 1}, 1, 2), "uint32": array.New([]uint32{1 << 31}, 1, 1),
		"int64": array.New([]int64{-1 << 40}, 1, 1), "uint64": array.New([]uint64{1 << 63}, 1, 1), "single": array.New([]float32{0.5}, 1, 1),
		"double": array.New([]float64{0.1, math.NaN(), math.Inf(1)}, 1, 3), "logical": array.New([]bool{true, false, true}, 1, 3),
		"cube": array.New(cube, 2, 3, 4), "text": array.New([]string{"Zelle", "Größe"}), "empty": array.New([]float64{}, 0, 3),
		"none": array.New([]string{""}), "sparse": array.New([]float64{0, 1.5, 0, 2, 0, 0}, 2, 3), "zeros": array.New(make([]float64, 6), 2, 3),
		"flags": array.New([]float64{1, 0, 0, 1}, 2, 2), "scalars": array.New([]float64{1, 2, 3}), "rows": array.New([]float64{1, 2, 3, 4}, 2, 2),
		"one.a": array.New([]float64{1}, 1, 1), "one.b.c": array.New([]uint8{7, 8}, 1, 2),
	} {
		got, err := f.Read(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, got[name], cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// put writes an element as little-endian MATLAB does.
func put(kind uint32, b []byte) []byte {
	var out bytes.Buffer
	binary.Write(&out, binary.LittleEndian, []uint32{kind, uint32(len(b))}) //nolint:errcheck // a buffer takes all
	out.Write(b)
	out.Write(make([]byte, (8-len(b)%8)%8))
	return out.Bytes()
}

func words(values ...uint32) []byte {
	var out bytes.Buffer
	binary.Write(&out, binary.LittleEndian, values) //nolint:errcheck // a buffer takes all
	return out.Bytes()
}

// variable x of a class, the flags of which may be in the upper bytes.
func variable(class uint32, shape []uint32, parts ...[]byte) []byte {
	head := [][]byte{put(6, words(class, 0)), put(5, words(shape...)), put(1, []byte("x"))}
	return put(14, bytes.Join(append(head, parts...), nil))
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write(b) //nolint:errcheck // a buffer takes all
	w.Close()  //nolint:errcheck // a buffer takes all
	n := out.Len()
	return append(words(15, uint32(n)), out.Bytes()...)
}

func TestErrors(t *testing.T) {
	header := append([]byte("MATLAB 5.0 MAT-file"+strings.Repeat(" ", 105)), 0, 1, 'I', 'M')
	two := []uint32{2, 1}
	sparse := func(ir, jc, values []byte) []byte { return variable(5, []uint32{3, 2}, ir, jc, values) }
	one := put(9, make([]byte, 8))
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"flags", put(14, put(5, words(6, 0))), "variable at byte 128: damaged: array flags of type 5 and 8 bytes"},
		{"class", variable(30, two), "variable at byte 128: damaged: variable of class 30"},
		{"one-axis", variable(6, []uint32{2}), "damaged: dimensions of type 5 and 4 bytes"},
		{"axes", variable(6, make([]uint32, 33)), "damaged: dimensions of 132 bytes"},
		{"negative", variable(6, []uint32{2, 1 << 31}), "damaged: dimensions [2 -2147483648]"},
		{"huge", variable(6, []uint32{1 << 30, 1 << 30, 1 << 30}), "damaged: dimensions [1073741824 1073741824"},
		{"element", words(7, 8, 1, 1), "damaged: element of type 7 at byte 128, want a variable"},
		{"inner", deflated(put(9, words(1, 2))), "variable at byte 128: damaged: element of type 9, want a variable"},
		{"no-zlib", append(words(15, 8), "notzlib!"...), "variable at byte 128: damaged: zlib: invalid header"},
		{"few", variable(6, two, put(9, make([]byte, 8))), "x: damaged: 8 bytes of values, shape [2, 1] of float64 needs 16"},
		{"many", variable(6, two, put(9, make([]byte, 24))), "x: damaged: 24 bytes of values"},
		{"none", variable(6, two), "x: damaged: an element of 8 bytes where 0 are left"},
		{"longer", variable(6, two, words(9, 4000)), "x: damaged: an element of 4000 bytes where 0 are left"},
		{"tag", variable(6, two, words(9<<16|9, 1)), "x: damaged: an element of type 9 and 9 bytes in a tag"},
		{"type", variable(6, two, put(16, make([]byte, 16))), "x: damaged: values of type 16 in a variable of class double"},
		{"complex", variable(6|0x800, two, one, one), "x: complex numbers, want real ones"},
		{"handle", variable(16, two), "x: MATLAB class function_handle, want numbers"},
		{"object", variable(3, two), "x: MATLAB class object, want numbers"},
		{"opaque", put(14, bytes.Join([][]byte{put(6, words(17, 0)), put(1, []byte("x")), put(1, []byte("MCOS")), put(1, []byte("datetime"))}, nil)), "x: an object of MATLAB class datetime, want numbers or char"},
		{"char", variable(4, two, put(9, make([]byte, 8))), "x: damaged: characters of type 9"},
		{"letters", variable(4, two, put(16, []byte("abc"))), "x: damaged: 3 characters, shape [2, 1] needs 2"},
		{"cube-of-char", variable(4, []uint32{1, 1, 2}, put(16, []byte("ab"))), "x: char array of shape [1, 1, 2]"},
		{"cells", variable(1, two, variable(6, []uint32{1, 1}, one)), "x: cell 2 of 2: damaged: an element of 8 bytes where 0 are left"},
		{"many-cells", variable(1, []uint32{1 << 20, 1}, variable(6, []uint32{1, 1}, one)), "x: cell 1 of 1048576: damaged: shape [1, 1] in each of 1048576 cells"},
		{"cell-of-9", variable(1, two, one), "x: cell 1 of 2: damaged: element of type 9, want a variable"},
		{"struct", variable(2, []uint32{1, 1}, put(5, words(0)), put(1, []byte("ab"))), "x: damaged: 2 bytes of field names, 0 each"},
		{"rows", sparse(put(5, words(3)), put(5, words(0, 1, 1)), one), "x: damaged: row 4 of a sparse matrix of 3 rows"},
		{"starts", sparse(put(5, words(0)), put(5, words(0, 1)), one), "x: damaged: 2 column starts of a sparse matrix of 2 columns"},
		{"order", sparse(put(5, words(0)), put(5, words(0, 1, 0)), one), "x: damaged: column 2 of a sparse matrix is values 1 to 0 of 1"},
		{"beyond", sparse(put(5, words(0)), put(5, words(0, 1, 9)), one), "x: damaged: column 2 of a sparse matrix is values 1 to 9 of 1"},
		{"zeros", variable(5, []uint32{1 << 24, 1 << 24}, put(5, words(0)), put(5, words(0)), one), "x: a sparse matrix of shape [16777216, 16777216], 96 bytes are in the file and at most"},
	} {
		path := filepath.Join(t.TempDir(), c.name+".mat")
		if err := os.WriteFile(path, append(bytes.Clone(header), c.content...), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := matfile.Open(path)
		if err == nil {
			_, err = f.Read("x")
			f.Close()
		}
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// A struct whose fields are structs, a thousand deep, is listed as far as anyone looks.
func TestDeepStruct(t *testing.T) {
	b := variable(6, []uint32{1, 1}, put(9, make([]byte, 8)))
	for range 1000 {
		b = variable(2, []uint32{1, 1}, put(5, words(2)), put(1, []byte("a\x00")), b)
	}
	header := append([]byte("MATLAB 5.0 MAT-file"+strings.Repeat(" ", 105)), 0, 1, 'I', 'M')
	path := filepath.Join(t.TempDir(), "deep.mat")
	if err := os.WriteFile(path, append(header, b...), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := matfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	names, err := f.Names()
	if err != nil || len(names) != 1 || !strings.HasPrefix(names[0], "x.a.a.a") {
		t.Errorf("got %v, %v", names, err)
	}
	deep := "x" + strings.Repeat(".a", 1000)
	if got, err := f.Read(deep); err != nil || got[deep].Len() != 1 {
		t.Error(err)
	}
}

// Damage that leaves the layout whole is found by the checksum of a compressed variable.
func TestChecksum(t *testing.T) {
	content, err := os.ReadFile("../mat/testdata/v7.mat")
	if err != nil {
		t.Fatal(err)
	}
	n := binary.LittleEndian.Uint32(content[132:])
	content[128+8+n-1] ^= 1 // the last byte of the first variable's
	path := filepath.Join(t.TempDir(), "sum.mat")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := matfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Read("train_images"); err == nil || !strings.Contains(err.Error(), "sum.mat: train_images: damaged: zlib: invalid checksum") {
		t.Errorf("got %v", err)
	}
}

// What is in a file that holds something else than one array of numbers or text.
func TestReadRefuses(t *testing.T) {
	f, err := matfile.Open(kinds)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, want := range map[string]string{
		"complex":   "complex: complex numbers, want real ones",
		"unequal":   "unequal: cell 2 of 2: shape [2, 3] of float64, want what the first has: shape [2, 2] of float64",
		"mixed":     "mixed: cell 2 of 2: shape [1] of str, want what the first has: shape [2, 2] of float64",
		"nested":    "nested: cell 1 of 1: MATLAB class cell, want numbers or text",
		"square":    "square: a cell array of shape [2, 2, 1], want one row or one column",
		"holes":     "holes: cell 1 of 1: empty, want values",
		"structs.a": "structs: an array of 2 structs, want one",
		"double.a":  "double: a double, want a struct",
		"one.z":     "one: no field z, found a, b",
		"one":       "one: a struct, want one of its fields: a, b",
		"gone":      "gone: not in the file",
	} {
		if _, err := f.Read(name); err == nil || !strings.HasPrefix(err.Error(), kinds+": "+want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// Cells become one array: a list of texts, or an array with one more axis. Whole numbers of several types become float64.
func TestJoiner(t *testing.T) {
	text := func(s string) array.Array { return array.New([]string{s}) }
	for _, c := range []struct {
		name  string
		shape []int
		most  uint64
		cells []array.Array
		want  array.Array
		err   string
	}{
		{"texts", []int{1, 2}, 9, []array.Array{text("V1"), text("V2")}, array.New([]string{"V1", "V2"}), ""},
		{"rows", []int{2, 1}, 99, []array.Array{array.New([]uint8{1, 2}, 1, 2), array.New([]uint8{3, 4}, 1, 2)}, array.New([]uint8{1, 2, 3, 4}, 2, 2), ""},
		{"wider", []int{2, 1}, 99, []array.Array{array.New([]uint8{1}, 1, 1), array.New([]int16{-300}, 1, 1)}, array.New([]float64{1, -300}), ""},
		{"narrower", []int{2, 1}, 99, []array.Array{array.New([]float64{0.5}, 1, 1), array.New([]uint8{2}, 1, 1)}, array.New([]float64{0.5, 2}), ""},
		{"square", []int{2, 2}, 99, nil, array.Array{}, "a cell array of shape [2, 2], want one row or one column"},
		{"empty", []int{1, 1}, 99, []array.Array{array.New([]float64{}, 0, 0)}, array.Array{}, "empty, want values"},
		{"two texts", []int{1, 1}, 99, []array.Array{array.New([]string{"a", "b"})}, array.Array{}, "a char matrix of 2 rows, want one"},
		{"long texts", []int{1, 2}, 9, []array.Array{text("123456"), text("123456")}, array.Array{}, "damaged: texts of 12 bytes together"},
		{"too many", []int{1, 9}, 8, []array.Array{array.New([]uint8{1}, 1, 1)}, array.Array{}, "damaged: shape [1, 1] in each of 9 cells"},
		{"after text", []int{1, 2}, 9, []array.Array{text("a"), array.New([]uint8{1}, 1, 1)}, array.Array{}, "shape [1, 1] of uint8, want what the first has: text"},
	} {
		j, err := matfile.NewJoiner(c.shape, c.most)
		for i := 0; err == nil && i < len(c.cells); i++ {
			err = j.Add(c.cells[i])
		}
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%s: %v, want %s", c.name, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, j.Array()); diff != "" || j.Len() != len(c.cells) {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestDense(t *testing.T) {
	rows, starts, values := array.New([]int32{1, 0}), array.New([]int32{0, 1, 1, 2}), array.New([]float64{5, 7})
	got, err := matfile.Dense(2, 3, rows, starts, values, 100)
	if diff := cmp.Diff(array.New([]float64{0, 0, 7, 5, 0, 0}, 2, 3), got); diff != "" || err != nil {
		t.Errorf("%s, %v", diff, err)
	}
	text := array.New([]string{"a", "b"})
	for want, call := range map[string]func() (array.Array, error){
		"damaged: row indices: ":           func() (array.Array, error) { return matfile.Dense(2, 3, text, starts, values, 100) },
		"damaged: column starts: ":         func() (array.Array, error) { return matfile.Dense(2, 3, rows, text, values, 100) },
		"damaged: dtype str":               func() (array.Array, error) { return matfile.Dense(2, 3, rows, starts, text, 100) },
		"a sparse matrix of shape [-1, 3]": func() (array.Array, error) { return matfile.Dense(-1, 3, rows, starts, values, 100) },
	} {
		if _, err := call(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
