package mat_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/internal/mutate"
	"v1lab/datasets/mat"
	"v1lab/datasets/npz"
)

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return mat.Open(spec)
}

const (
	inStruct = "?train_images=rec.stimuli.train&val_images=rec.stimuli.val&test_images=rec/stimuli/test" +
		"&train_responses=rec.rates.train&val_responses=rec.rates.val&test_responses=rec.rates.test"
	valInStruct = "?val_images=rec/val_images&val_responses=rec.val_responses"
)

// Every file holds what the archive does, however MATLAB or SciPy laid it out.
func TestReadsOtherPrograms(t *testing.T) {
	for name, want := range map[string]string{
		"v5.mat": "expected", "v7.mat": "expected", "big.mat": "expected", "struct.mat" + inStruct: "expected", "cells5.mat": "expected",
		"v73.mat" + valInStruct: "expected", "cells73.mat": "expected", "one5.mat": "one", "one73.mat": "one",
	} {
		expected, err := npz.Open(datasets.Spec{Scheme: "npz", Path: "testdata/" + want + ".npz"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := open(t, "mat:testdata/"+name)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(expected, got, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(datasets.Dataset{}, "Layout")); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	place := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return "mat:" + path
	}
	read := func(name string) string {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	v5, v7, v73 := read("v5.mat"), read("v7.mat"), read("v73.mat")
	level4 := "\x00\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00x\x00"
	for spec, want := range map[string]string{
		"mat:":                                      "mat: no file, want mat:FILE",
		"mat:" + dir + "/gone.mat":                  "gone.mat: no such file",
		"mat:" + dir:                                "is a directory",
		"mat:testdata/make.py":                      "make.py: not an HDF5 file",
		place("v4.mat", level4):                     "v4.mat: a MATLAB level 4 file, want level 5 or HDF5: in MATLAB, load it and save it again",
		place("short.mat", v5[:len(v5)-9]):          "short.mat: cut short: variable of",
		place("short7.mat", v7[:len(v7)-9]):         "short7.mat: cut short: variable of",
		place("tail.mat", v5+"\x0e\x00"):            "tail.mat: cut short: variable at byte 1952",
		place("short73.mat", v73[:len(v73)-90]):     "short73.mat: cut short",
		place("head.mat", v5[:60]):                  "head.mat: not a MATLAB level 5 file: it starts with \"MATLAB 5.0\"",
		place("version.mat", v5[:124]+"\x00\x03IM"): "version.mat: MATLAB file of version 0x300, want 0x100",
		place("none.mat", v5[:128]):                 `none.mat: no variable "train_images" and no option train_images=NAME, found no variables`,
		"mat:x.mat?axes=file":                       `unknown option "axes"`,
		"mat:x.mat?train_image=a":                   `unknown option "train_image", did you mean "train_images"?`,
		"mat:testdata/struct.mat":                   `struct.mat: no variable "train_images" and no option train_images=NAME, found neuron_ids, neuron_positions, rec.note, rec.rates.test, rec.rates.train`,
		"mat:testdata/v73.mat?images=rec.images":    `v73.mat: rec/images: not in the file (option images=rec.images; found names, neuron_ids, neuron_positions, nothing, rec.val_images, rec.val_responses, structs.a`,
		"mat:testdata/v5.mat?images=rec.images":     "v5.mat: rec: not in the file (option images=rec.images; found neuron_ids, neuron_positions, test_images",
		"mat:testdata/struct.mat" + strings.Replace(inStruct, "rates.val", "rates.vel", 1):     "struct.mat: rec.rates: no field vel, found train, val, test",
		"mat:testdata/struct.mat" + strings.Replace(inStruct, "rec.rates.val", "rec.rates", 1): "struct.mat: rec.rates: a struct, want one of its fields: train, val, test",
		"mat:testdata/struct.mat" + strings.Replace(inStruct, "rec.rates.val", "x.y", 1):       "struct.mat: x: a double, want a struct",
		"mat:testdata/struct.mat" + strings.Replace(inStruct, "rec.rates.val", "rec.note", 1):  "struct.mat: rec.note: dtype str, want numbers",
		"mat:testdata/kinds.mat?images=cube&responses=complex":                                 "kinds.mat: complex: complex numbers, want real ones",
		"mat:testdata/kinds.mat?images=cube&responses=empty":                                   "kinds.mat: empty: an empty variable, want values",
		"mat:testdata/kinds.mat?images=unequal&responses=double":                               "kinds.mat: unequal: cell 2 of 2: shape [2, 3] of float64, want what the first has: shape [2, 2] of float64",
		"mat:testdata/kinds.mat?images=mixed&responses=double":                                 "kinds.mat: mixed: cell 2 of 2: shape [1] of str, want what the first has: shape [2, 2]",
		"mat:testdata/kinds.mat?images=nested&responses=double":                                "kinds.mat: nested: cell 1 of 1: MATLAB class cell, want numbers or text",
		"mat:testdata/kinds.mat?images=square&responses=double":                                "kinds.mat: square: a cell array of shape [2, 2, 1], want one row or one column",
		"mat:testdata/kinds.mat?images=holes&responses=double":                                 "kinds.mat: holes: cell 1 of 1: empty, want values",
		"mat:testdata/kinds.mat?images=structs.a&responses=double":                             "kinds.mat: structs: an array of 2 structs, want one",
		"mat:testdata/v73.mat?val_images=rec/val_images":                                       "v73.mat: val_responses: missing",
		"mat:testdata/v73.mat" + valInStruct + "&neuron_sessions=names":                        "v73.mat: names: cell 1 of 1: a char matrix of 6 rows, want one",
		"mat:testdata/v73.mat" + valInStruct + "&neuron_sessions=structs.a":                    "v73.mat: structs/a: a field of an array of structs, want one struct",
		"mat:testdata/v73.mat" + valInStruct + "&neuron_layers=nothing":                        "v73.mat: nothing: an empty variable, want values",
		"mat:testdata/v73.mat" + valInStruct + "&neuron_layers=table":                          "v73.mat: table: MATLAB class table, want numbers, or for text a char matrix as char(...) makes it",
		"mat:testdata/v73.mat?val_images=rec/val_images&val_responses=neuron_ids":              "v73.mat: neuron_ids: dtype str, want numbers",
		"mat:testdata/cells73.mat?val_images=unequal":                                          "cells73.mat: unequal: cell 2 of 2: shape [2, 3], that of the first is [2, 2]",
		"mat:testdata/cells73.mat?test_responses=matrices":                                     "cells73.mat: matrices: a cell array of matrices, want one array: [images, neurons], or [repeats, images, neurons] for tests",
	} {
		_, err := open(t, spec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
}

// 500 damaged copies of each kind of file: a dataset or an error of one line that names the file, no panic, no more memory than was promised.
func TestDamagedFiles(t *testing.T) {
	for name, options := range map[string]string{"v5.mat": "", "v7.mat": "", "big.mat": "", "struct.mat": inStruct, "cells5.mat": "", "v73.mat": valInStruct, "cells73.mat": ""} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		mutate.CheckOpen(t, path, 500, 32<<20, func() error {
			d, err := open(t, "mat:"+path+options)
			if err == nil && d.Validate() == nil {
				datasets.Check(d)
			}
			return err
		})
	}
}

func FuzzOpen(f *testing.F) {
	names, err := filepath.Glob("testdata/*.mat")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	keys := slices.Sorted(maps.Keys(map[string]bool{inStruct: true, valInStruct: true, "": true}))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "fuzz.mat")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, options := range keys {
			if _, err := open(t, "mat:"+path+options); err != nil {
				mutate.CheckError(t, err, path)
			}
		}
	})
}
