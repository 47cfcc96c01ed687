package array_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"v1lab/datasets/array"
)

// testdata/numpy.npz was written by NumPy 2.4: 0..23 as [2, 3, 4] in every type, byte order and memory order.
func TestReadsWhatNumPyWrites(t *testing.T) {
	arrays, err := array.ReadNPZ("testdata/numpy.npz")
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, 24)
	for i := range want {
		want[i] = float32(i)
	}
	checked := 0
	for key, a := range arrays {
		if !strings.HasPrefix(key, "c_") && !strings.HasPrefix(key, "fortran_") {
			continue
		}
		got, err := a.Float32s()
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		if diff := cmp.Diff(want, got); diff != "" || !cmp.Equal(a.Shape, []int{2, 3, 4}) {
			t.Errorf("%s: shape %v, values differ:\n%s", key, a.Shape, diff)
		}
		checked++
	}
	if checked != 36 {
		t.Errorf("checked %d arrays, want 36", checked)
	}
	if diff := cmp.Diff(arrays["half_special_as_float32"].Data, arrays["half_special"].Data, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("half precision:\n%s", diff)
	}
	if got := arrays["config"]; len(got.Shape) != 0 || got.Strings()[0] != `{"a": 1}` {
		t.Errorf("config: %+v", got)
	}
	if diff := cmp.Diff([]string{"simple", "Größe", ""}, arrays["text"].Strings()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"ab", "", "c"}, arrays["bytes"].Strings()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]bool{true, false, false, true}, arrays["bool"].Data); diff != "" {
		t.Error(diff)
	}
	if got := arrays["empty"]; got.Len() != 0 || !cmp.Equal(got.Shape, []int{0, 3}) {
		t.Errorf("empty: %+v", got)
	}
	if _, ok := arrays["object"]; ok {
		t.Error("a pickled object was read")
	}
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npy")
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 4).Draw(t, "shape")
		n := 1
		for _, d := range shape {
			n *= d
		}
		var a array.Array
		switch rapid.IntRange(0, 6).Draw(t, "type") {
		case 0:
			a = array.New(rapid.SliceOfN(rapid.Float32(), n, n).Draw(t, "values"), shape...)
		case 1:
			a = array.New(rapid.SliceOfN(rapid.Float64(), n, n).Draw(t, "values"), shape...)
		case 2:
			a = array.New(rapid.SliceOfN(rapid.Int64(), n, n).Draw(t, "values"), shape...)
		case 3:
			a = array.New(rapid.SliceOfN(rapid.Uint8(), n, n).Draw(t, "values"), shape...)
		case 4:
			a = array.New(rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "values"), shape...)
		case 5:
			a = array.New(rapid.SliceOfN(rapid.Int16(), n, n).Draw(t, "values"), shape...)
		case 6:
			a = array.New(rapid.SliceOfN(rapid.StringMatching(`[a-zäß ]{0,5}[a-z]`), n, n).Draw(t, "values"), shape...)
		}
		if err := array.WriteNPY(path, a); err != nil {
			t.Fatal(err)
		}
		got, err := array.ReadNPY(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestWriteNPZIsReproducibleAndReplacesWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	arrays := map[string]array.Array{"b": array.New([]float32{1, 2}, 2, 1), "a": array.Scalar("x"), "c": array.New([]int{7})}
	var contents [2][]byte
	for i := range contents {
		if err := array.WriteNPZ(path, arrays); err != nil {
			t.Fatal(err)
		}
		contents[i], _ = os.ReadFile(path)
	}
	if !cmp.Equal(contents[0], contents[1]) {
		t.Error("the same arrays gave different bytes")
	}
	got, err := array.ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(arrays, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if err := array.WriteNPZ(path, map[string]array.Array{"bad": {Shape: []int{1}, Data: []complex64{1}}}); err == nil {
		t.Error("complex numbers were written")
	}
	if after, _ := os.ReadFile(path); !cmp.Equal(after, contents[0]) {
		t.Error("a failed write changed the file")
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("temporary files were left: %v", entries)
	}
}

func TestErrorsNameFileAndKey(t *testing.T) {
	dir := t.TempDir()
	at := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if content != nil {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	good := at("good.npy", nil)
	if err := array.WriteNPY(good, array.New([]float32{1, 2, 3, 4, 5, 6}, 2, 3)); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, new string) []byte { return []byte(strings.Replace(string(content), old, new, 1)) }
	archive, err := os.ReadFile("testdata/numpy.npz")
	if err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte{}, archive...)
	for i := 60; i < 120; i++ {
		damaged[i] ^= 0x55
	}

	npy := func(path string) error { _, err := array.ReadNPY(path); return err }
	npz := func(path string, keys ...string) error { _, err := array.ReadNPZ(path, keys...); return err }
	for name, test := range map[string]struct {
		err  error
		want []string
	}{
		"missing":        {npy(at("absent.npy", nil)), []string{"absent.npy: no such file"}},
		"folder":         {npy(dir), []string{"is a directory"}},
		"empty":          {npy(at("empty.npy", []byte{})), []string{"empty.npy: not a .npy file"}},
		"other":          {npy(at("other.npy", []byte("hello, this is not an array"))), []string{"other.npy: not a .npy file"}},
		"no header end":  {npy(at("end.npy", []byte("\x93NUMPY\x01\x00\x04\x00abcd"))), []string{"end.npy: not a .npy file: malformed header"}},
		"truncated":      {npy(at("short.npy", content[:len(content)-1])), []string{"short.npy: cut short: 23 bytes of values, shape [2, 3] of <f4 needs 24"}},
		"header only":    {npy(at("head.npy", content[:128])), []string{"head.npy: cut short: 0 bytes"}},
		"huge":           {npy(at("huge.npy", edit("(2, 3), }      ", "(99999999999,)}"))), []string{"huge.npy"}},
		"negative":       {npy(at("negative.npy", edit("(2, 3), } ", "(2, -3), }"))), []string{"negative.npy: impossible shape [2, -3]"}},
		"pickle":         {npy(at("pickle.npy", edit("<f4", "|O8"))), []string{"pickle.npy: dtype |O8 holds pickled Python objects, accepted are bool"}},
		"npz missing":    {npz(at("absent.npz", nil)), []string{"absent.npz: no such file"}},
		"npz other":      {npz(at("other.npz", []byte("hello"))), []string{"other.npz: not an .npz archive"}},
		"npz truncated":  {npz(at("short.npz", archive[:len(archive)/2])), []string{"short.npz: not an .npz archive, or cut short"}},
		"npz damaged":    {npz(at("damaged.npz", damaged)), []string{"damaged.npz: c_i1: damaged archive"}},
		"no such key":    {npz("testdata/numpy.npz", "nothing"), []string{`numpy.npz: no array "nothing", found bool, bytes, c_`}},
		"refused type":   {npz("testdata/numpy.npz", "complex"), []string{"numpy.npz: complex: dtype <c16, accepted are"}},
		"refused object": {npz("testdata/numpy.npz", "object"), []string{"numpy.npz: object: dtype |O holds pickled Python objects, accepted are"}},
		"no folder":      {array.WriteNPY(filepath.Join(dir, "no", "a.npy"), array.Scalar(1)), []string{"a.npy: no such file"}},
	} {
		if test.err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(test.err.Error(), want) {
				t.Errorf("%s: got %q, want %q in it", name, test.err, want)
			}
		}
		if strings.Contains(test.err.Error(), "\n") {
			t.Errorf("%s: %q is more than one line", name, test.err)
		}
	}
}

func TestConversions(t *testing.T) {
	if _, err := array.New([]float64{1, 2.5}).Ints(); err == nil || !strings.Contains(err.Error(), "value 2.5 at position 1") {
		t.Errorf("got %v", err)
	}
	if _, err := array.New([]float64{math.NaN()}).Ints(); err == nil {
		t.Error("NaN became an int")
	}
	if _, err := array.New([]string{"a"}).Float32s(); err == nil || !strings.Contains(err.Error(), "dtype str") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"17", "18"}, array.New([]int{17, 18}).Strings()); diff != "" {
		t.Error(diff)
	}
}

// What follows the values that the header names is not left out without a word.
func TestFileLongerThanItsHeaderSays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := array.WriteNPY(path, array.New([]float32{1, 2}, 2)); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("more"); err != nil {
		t.Fatal(err)
	}
	file.Close()
	if _, err := array.ReadNPY(path); err == nil || !strings.Contains(err.Error(), "a.npy: damaged: 4 bytes follow the values, shape [2] of <f4") {
		t.Error(err)
	}
}
