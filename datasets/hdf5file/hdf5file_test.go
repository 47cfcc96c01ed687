package hdf5file_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/scigolib/hdf5"

	"v1lab/datasets/array"
	"v1lab/datasets/hdf5file"
)

// The four files hold the same in the formats of HDF5 1.0, 1.8, 1.10 and 2.0: superblocks, headers, groups and chunk indexes differ.
var versions = []string{"earliest", "v108", "v110", "latest"}

func open(t testing.TB, path string) *hdf5file.File {
	t.Helper()
	f, err := hdf5file.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestReadsWhatH5pyWrites(t *testing.T) {
	expected, err := array.ReadNPZ("testdata/expected.npz")
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range versions {
		f := open(t, "testdata/"+version+".h5")
		names, err := f.Names()
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range expected {
			if name == "implicit" && (version == "earliest" || version == "v108") {
				continue
			}
			if !slices.Contains(names, name) {
				t.Errorf("%s: %s is not among %q", version, name, names)
				continue
			}
			got, err := f.Read(name)
			if err != nil {
				t.Error(err)
				continue
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: %s:\n%s", version, name, diff)
			}
			if turned, err := f.ReadReversed(name); name == "types/pairs" {
				if err == nil || !strings.Contains(err.Error(), "types/pairs: an array type, whose axes cannot be reversed") {
					t.Errorf("%s: %v", version, err)
				}
			} else if err != nil || fmt.Sprint(reversed(got)) != fmt.Sprint(turned) { // NaN is equal to itself in print
				t.Errorf("%s: %s reversed: %v\n%v, want\n%v", version, name, err, turned, reversed(got))
			}
			info, err := f.Info("/" + name)
			if err != nil || info.Type != got.Type() || !cmp.Equal(info.Shape, got.Shape, cmpopts.EquateEmpty()) {
				t.Errorf("%s: %s: info %+v (%v), want %v of %s", version, name, info, err, got.Shape, got.Type())
			}
		}
	}
}

// reversed is the slow way to turn the axes of a round.
func reversed(a array.Array) array.Array {
	n := len(a.Shape)
	out := array.Array{Shape: slices.Clone(a.Shape)}
	slices.Reverse(out.Shape)
	from := reflect.ValueOf(a.Data)
	to := reflect.MakeSlice(from.Type(), from.Len(), from.Len())
	for i := range from.Len() {
		at, rest, step := 0, i, 1
		index := make([]int, n)
		for axis := n - 1; axis >= 0; axis-- {
			index[axis] = rest % a.Shape[axis]
			rest /= a.Shape[axis]
		}
		for axis := range n { // the first axis is the last now
			at += index[axis] * step
			step *= a.Shape[axis]
		}
		to.Index(at).Set(from.Index(i))
	}
	out.Data = to.Interface()
	return out
}

func TestAttributesAndLinks(t *testing.T) {
	for _, version := range versions {
		f := open(t, "testdata/"+version+".h5")
		for _, test := range []struct {
			object, name string
			want         array.Array
		}{
			{"chunks/gzip", "unit", array.Scalar("spikes per second")},
			{"/chunks/gzip", "fixed", array.Scalar("fixed")},
			{"chunks/gzip", "scale", array.New([]float32{1.5, 2.5})},
			{"/", "version", array.Scalar(7)},
			{"many", "attribute 029", array.Scalar(29)}, // so many attributes that they are in a heap
		} {
			got, ok, err := f.Attribute(test.object, test.name)
			if err != nil || !ok {
				t.Errorf("%s: %s@%s: %v %v", version, test.object, test.name, ok, err)
			} else if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: %s@%s:\n%s", version, test.object, test.name, diff)
			}
		}
		if _, ok, err := f.Attribute("chunks/gzip", "absent"); ok || err != nil {
			t.Errorf("%s: absent attribute: %v %v", version, ok, err)
		}
		names, err := f.Names()
		if err != nil {
			t.Fatal(err)
		}
		var under []string
		for _, name := range names {
			if strings.HasPrefix(name, "a/") || strings.HasPrefix(name, "soft") || strings.HasPrefix(name, "types/null") {
				under = append(under, name)
			}
		}
		if diff := cmp.Diff([]string{"a/b/c/deep", "a/soft_deep", "types/null"}, under); diff != "" {
			t.Errorf("%s: names:\n%s", version, diff)
		}
		for _, name := range []string{"soft/deep", "/a/soft_deep", "a/b/up/b/up/b/c/deep", "a/./b//c/deep"} {
			if a, err := f.Read(name); err != nil || a.Len() != 3 {
				t.Errorf("%s: %s: %v, %v", version, name, a, err)
			}
		}
		if a, err := f.Read("types/null"); err != nil || a.Len() != 0 {
			t.Errorf("%s: null: %v, %v", version, a, err)
		}
	}
}

func TestUserBlock(t *testing.T) {
	a, err := open(t, "testdata/user.h5").Read("a")
	if diff := cmp.Diff(array.New([]float64{0, 1, 2, 3, 4, 5}), a); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// Our own files are written by another library.
func TestReadsScigolib(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.h5")
	w, err := hdf5.CreateForWrite(path, hdf5.CreateTruncate)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		d, err := w.CreateDataset(fmt.Sprintf("/dataset %02d", i), hdf5.Float32, []uint64{2, 3})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Write([]float32{1, 2, 3, 4, 5, float32(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f := open(t, path)
	names, err := f.Names()
	if err != nil || len(names) != 30 {
		t.Fatalf("%q %v", names, err)
	}
	for i, name := range names {
		a, err := f.Read(name)
		if diff := cmp.Diff(array.New([]float32{1, 2, 3, 4, 5, float32(i)}, 2, 3), a); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestRefuses(t *testing.T) {
	f := open(t, "testdata/refused.h5")
	for name, want := range map[string]string{
		"compound":    "refused.h5: compound: dtype compound, accepted are numbers, booleans and text",
		"complex":     "complex: dtype co",
		"reference":   "reference: dtype reference, accepted",
		"sequences":   "sequences: dtype sequences of variable length, accepted",
		"opaque":      "opaque: dtype opaque, accepted",
		"long double": "long double: dtype float of an unusual layout, accepted",
		"scaleoffset": "scaleoffset: filter 6 (scale-offset), accepted are deflate (gzip), shuffle, fletcher32, LZF, bzip2, Blosc, LZ4 and Zstandard: write it again with gzip",
		"external":    "external: values in another file (external storage) are not supported",
		"virtual":     "virtual: virtual dataset, whose values are in other files, is not supported",
		"link":        "link: an external link to /x in other.h5, which is not followed: read that file, or copy the dataset into this one",
		"round":       "round: soft links that lead to each other",
		"group":       "group: not a dataset",
		"group/x":     "group/x: not in the file",
		"compound/x":  "compound/x: not in the file",
		"absent":      "absent: shape [1073741824, 1048576] of float32 needs 4503599627370496 bytes, 0 are in the file and at most 16777216 accepted",
	} {
		_, err := f.Read(name)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	if links, err := f.DeadLinks(); err != nil || !slices.Equal(links, []string{"link", "round"}) {
		t.Errorf("dead links %q, %v", links, err)
	}
	dir := t.TempDir()
	place := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "gone.h5"): "gone.h5: no such file or directory",
		dir:                           "is a directory",
		place("empty.h5", ""):         "empty.h5: not an HDF5 file: 0 bytes",
		place("classic.nc", "CDF\x01"+strings.Repeat(" ", 100)):           "classic.nc: a netCDF file of the classic format, want netCDF-4, which is HDF5",
		place("text.h5", strings.Repeat("text ", 20)):                     `text.h5: not an HDF5 file: it starts with "text tex"`,
		place("old.mat", "MATLAB 5.0 MAT-file"+strings.Repeat(" ", 2000)): `old.mat: not an HDF5 file: it starts with "MATLAB 5"`,
	} {
		_, err := hdf5file.Open(path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}
