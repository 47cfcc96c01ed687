package keep_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"v1lab/datasets/array"
	"v1lab/notebooks/keep"
)

type table struct {
	Name   string
	Rows   [][]float32
	By     map[string]*int64
	Images array.Array
	At     time.Time
}

// What is read back is what was stored, to the bit.
func TestValuesComeBack(t *testing.T) {
	dir, zero := t.TempDir(), int64(0)
	odd := math.Float32frombits(0x7fc12345) // a NaN of its own
	want := table{"Größe", [][]float32{{odd, float32(math.Inf(-1)), float32(math.Copysign(0, -1))}, {}, nil}, map[string]*int64{"zero": &zero, "none": nil},
		array.New([]float64{1, 2, 3, 4, 5, 6}, 2, 3), time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
	if err := keep.Write(dir, "a table", "0123456789abcdef01", want, time.Second); err != nil {
		t.Fatal(err)
	}
	got, info, err := keep.Read[table](dir, "a table", "0123456789abcdef01")
	if err != nil {
		t.Fatal(err)
	}
	if math.Float32bits(got.Rows[0][0]) != 0x7fc12345 || math.Float32bits(got.Rows[0][2]) != 0x80000000 || got.By["zero"] == nil || got.Rows[2] != nil || got.Rows[1] == nil {
		t.Errorf("got %+v", got)
	}
	if got.Name != want.Name || !reflect.DeepEqual(got.Images, want.Images) || !got.At.Equal(want.At) || info.Seconds != 1 {
		t.Errorf("got %+v of %+v", got, info)
	}
	if _, _, err := keep.Read[table](dir, "a table", "0123456789abcdef02"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another key with the same file: %v", err)
	}
	path := keep.Path(dir, "a table", "0123456789abcdef01")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) { // a byte that a disk has changed
		damaged := []byte(string(text))
		at := rapid.IntRange(0, len(damaged)-1).Draw(t, "at")
		damaged[at] ^= byte(1 << rapid.IntRange(0, 7).Draw(t, "bit"))
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		again, _, err := keep.Read[table](dir, "a table", "0123456789abcdef01")
		if err == nil && (again.Name != want.Name || !reflect.DeepEqual(again.Images, want.Images)) {
			t.Fatalf("bit of byte %d: read as %+v", at, again)
		}
	})
}

func TestValuesThatCannotBeStored(t *testing.T) {
	type hidden struct{ Shown, hidden int }
	type chain struct{ Next *chain }
	_ = hidden{}.hidden
	for want, value := range map[string]any{
		"hidden is not exported": hidden{}, "a func": func() {}, "[] is a interface": []any{1}, "Next[] is part of itself": chain{}, "key is a": map[[2]int]int{}, "a complex128": 1i,
	} {
		err := keep.CheckType(reflect.TypeOf(value))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: error %v, want %q", value, err, want)
		}
	}
	type left struct {
		Kept    int
		Dropped int `cbor:"-"`
	}
	if err := keep.Write(t.TempDir(), "x", "0123456789abcdef", left{1, 2}, 0); err == nil || !strings.Contains(err.Error(), ".Dropped would be read back as another value") {
		t.Errorf("a field that is not written: %v", err)
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{"tuning": true, "Größe 2": true, "": false, "../x": false, "a/b": false, ".": false, "a.b": false, strings.Repeat("x", 101): false} {
		if err := keep.CheckName(name); (err == nil) != ok {
			t.Errorf("name %q: %v", name, err)
		}
	}
}

// The newest values of a name stay; others of a similar name are not touched.
func TestOldValuesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	for i := range 12 {
		if err := keep.Write(dir, "x", strings.Repeat(string(rune('a'+i)), 16), i, 0); err != nil {
			t.Fatal(err)
		}
		if err := keep.Write(dir, "x y", strings.Repeat("a", 16), i, 0); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i-100) * time.Minute)
		if err := os.Chtimes(keep.Path(dir, "x", strings.Repeat(string(rune('a'+i)), 16)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := keep.Read[int](dir, "x", strings.Repeat("l", 16)); err != nil {
		t.Error(err)
	}
	if n, err := keep.Remove(dir, "x"); n != 8 || err != nil {
		t.Errorf("%d values of x, %v; want 8", n, err)
	}
	if got, _, err := keep.Read[int](dir, "x y", strings.Repeat("a", 16)); got != 11 || err != nil {
		t.Errorf("x y: %d, %v", got, err)
	}
}

func TestKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.txt")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	key := func(inputs ...any) string {
		k, err := keep.Key(reflect.TypeFor[int](), "source", inputs, "around")
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	seen := map[string]string{}
	for _, inputs := range [][]any{nil, {1}, {int32(1)}, {1.0}, {float32(1)}, {"1"}, {1, 2}, {[]int{1, 2}}, {[]int{1}, 2}, {map[string]int{"a": 1}}, {struct{ A int }{1}}, {struct{ B int }{1}},
		{keep.Fingerprint("1")}, {[]keep.Fingerprint{"1", "2"}}, {[]keep.Fingerprint{"12"}}, {nil}, {keep.File(file)}, {true}, {math.Copysign(0, -1)}, {0.0}} {
		k, text := key(inputs...), strings.TrimSpace(strings.Join([]string{reflect.ValueOf(inputs).String(), t.Name()}, " "))
		if other, there := seen[k]; there {
			t.Errorf("%v has the key of %v", inputs, other)
		}
		seen[k] = text
		if key(inputs...) != k {
			t.Errorf("%v has two keys", inputs)
		}
	}
	before := key(keep.File(file))
	write("two")
	if key(keep.File(file)) == before {
		t.Error("a file with another content has the same key")
	}
	if _, err := keep.Key(reflect.TypeFor[int](), "", []any{1, func() {}}, ""); err == nil || !strings.Contains(err.Error(), "input 2: ") {
		t.Errorf("a function as an input: %v", err)
	}
	if _, err := keep.Key(reflect.TypeFor[int](), "", []any{keep.File("none")}, ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// The surroundings change with parameters, and with the code.
func TestSurroundings(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "cmd/a.svg", "datasets/a.go", "kernels/a.go", "notebooks/a.go", "v1model/a.go"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte("a"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	around := func() string {
		s, err := keep.Surroundings(root)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := around()
	t.Setenv("V1LAB_PARAM_STEPS", "20")
	if second := around(); second == first {
		t.Error("a parameter changed nothing")
	}
	os.Unsetenv("V1LAB_PARAM_STEPS")                                       //nolint:errcheck // t.Setenv restores it
	for _, name := range []string{"v1model/a.go", "go.sum", "cmd/a.svg"} { // code, and a file that is embedded
		before := around()
		if err := os.WriteFile(filepath.Join(root, name), []byte("b"), 0o666); err != nil {
			t.Fatal(err)
		}
		if around() == before {
			t.Errorf("another %s changed nothing", name)
		}
	}
}
