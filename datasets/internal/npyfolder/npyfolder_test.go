package npyfolder_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/npyfolder"
)

// folder has files with arrays of these shapes.
func folder(t *testing.T, shapes map[string][]int) (npyfolder.Folder, string) {
	t.Helper()
	path := t.TempDir()
	for name, shape := range shapes {
		n := 1
		for _, d := range shape {
			n *= d
		}
		if err := array.WriteNPY(filepath.Join(path, name+".npy"), array.New(make([]float32, n), shape...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(path, "sub.npy"), 0o755); err != nil { // no file
		t.Fatal(err)
	}
	f, err := npyfolder.Open("lab", path)
	if err != nil {
		t.Fatal(err)
	}
	return f, path
}

func TestShapes(t *testing.T) {
	f, path := folder(t, map[string][]int{"flat": {2, 9}, "oblong": {2, 8}, "grey": {2, 3, 4}, "colour": {2, 3, 4, 3}, "line": {4}, "empty": {0, 9}})
	if got := f.Names(); !slices.Equal(got, []string{"colour", "empty", "flat", "grey", "line", "oblong"}) || f.Has("sub") {
		t.Errorf("files %v", got)
	}
	for name, want := range map[string][4]int{"flat": {2, 3, 3, 1}, "grey": {2, 3, 4, 1}, "colour": {2, 3, 4, 3}} {
		im, err := f.Images(name)
		if got := [4]int{im.N, im.Height, im.Width, im.Channels}; got != want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if r, err := f.Responses("oblong"); r.N != 2 || r.Neurons != 8 || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := f.Repeats("grey"); r.Repeats != 2 || r.N != 3 || r.Neurons != 4 || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	for want, call := range map[string]func() error{
		"oblong.npy: 8 values for each image, want the square of a side": func() error { _, err := f.Images("oblong"); return err },
		"line.npy: shape [4], want [images, height*width] of squares":    func() error { _, err := f.Images("line"); return err },
		"empty.npy: shape [0, 9], want every length above 0":             func() error { _, err := f.Images("empty"); return err },
		"grey.npy: shape [2, 3, 4], want [images, neurons]":              func() error { _, err := f.Responses("grey"); return err },
		"flat.npy: shape [2, 9], want [repeats, images, neurons]":        func() error { _, err := f.Repeats("flat"); return err },
		"none.npy: no such file or directory":                            func() error { _, err := f.Responses("none"); return err },
		"nine.npy: no such file or directory":                            func() error { _, err := f.Repeats("nine"); return err },
		"flat.npy: 9 neurons, want 8 as in oblong.npy":                   func() error { return f.Agree("flat", "neurons", 9, 8, "oblong") },
	} {
		if err := call(); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(path, want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := f.Agree("flat", "neurons", 9, 9, "oblong"); err != nil {
		t.Error(err)
	}
	if err := array.WriteNPY(f.File("line"), array.New([]string{"a", "b"})); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Responses("line"); err == nil || !strings.HasPrefix(err.Error(), f.File("line")+": ") {
		t.Errorf("text: %v", err)
	}
}

func TestNeed(t *testing.T) {
	f, path := folder(t, map[string][]int{"a": {1}, "b": {1}})
	if err := f.Need("a", "b"); err != nil {
		t.Error(err)
	}
	if err := f.Need("a", "c"); err == nil || err.Error() != path+": no c.npy, found a.npy, b.npy" {
		t.Error(err)
	}
	f, path = folder(t, nil)
	if err := f.Need("a"); err == nil || err.Error() != path+": no a.npy, found no .npy file" {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	_, path := folder(t, map[string][]int{"a": {1}})
	for name, want := range map[string]string{
		"":                           "lab: no folder, want lab:FOLDER",
		filepath.Join(path, "none"):  "none: no such file or directory",
		filepath.Join(path, "a.npy"): "a.npy: not a directory",
	} {
		if _, err := npyfolder.Open("lab", name); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}
