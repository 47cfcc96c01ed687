package array_test

import (
	"archive/zip"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/mutate"
)

// npy returns a file of a format version with this header and eight bytes of values.
func npy(version byte, header string) []byte {
	content := append([]byte("\x93NUMPY"), version, 0)
	if version == 1 {
		content = binary.LittleEndian.AppendUint16(content, uint16(len(header)))
	} else {
		content = binary.LittleEndian.AppendUint32(content, uint32(len(header)))
	}
	return append(append(content, header...), 0, 1, 2, 3, 4, 5, 6, 7)
}

// Headers as programs write them. NumPy reads all that are not errors here.
func TestHeaders(t *testing.T) {
	const usual = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4), }"
	for name, c := range map[string]struct {
		version byte
		header  string
		want    string // the shape, or part of an error
	}{
		"usual":                   {1, usual + "     \n", "[2, 4]"},
		"no padding":              {1, usual, "[2, 4]"},
		"version 2":               {2, usual + "\n", "[2, 4]"},
		"version 3":               {3, usual + "\n", "[2, 4]"},
		"Python 2, Windows":       {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 4L), }\n", "[2, 4]"},
		"Python 2, one axis":      {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (8L,), }\n", "[8]"},
		"Python 2, Unicode":       {1, "{u'descr': u'|u1', u'fortran_order': False, u'shape': (8,)}\n", "[8]"},
		"other order":             {1, "{'shape': (2, 4), 'fortran_order': False, 'descr': '|u1'}\n", "[2, 4]"},
		"double quotes":           {1, `{"descr": "|u1", "fortran_order": False, "shape": (2, 4)}`, "[2, 4]"},
		"both quotes":             {1, `{"descr": '|u1', 'fortran_order': False, "shape": (2, 4)}`, "[2, 4]"},
		"no blanks":               {1, "{'descr':'|u1','fortran_order':False,'shape':(2,4)}", "[2, 4]"},
		"blanks everywhere":       {1, "  { 'descr' : '|u1' ,\n 'fortran_order' : False ,\t'shape' : ( 2 , 4 , ) , }  ", "[2, 4]"},
		"zeros behind":            {1, usual + "\x00\x00", "[2, 4]"},
		"no axes":                 {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", "[]"},
		"first index fastest":     {1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 4), }", "[2, 4]"},
		"type without order":      {1, "{'descr': 'u1', 'fortran_order': False, 'shape': (8,), }", "[8]"},
		"version 4":               {4, usual, "a .npy file of version 4.0, accepted are 1.0, 2.0 and 3.0"},
		"no shape":                {1, "{'descr': '|u1', 'fortran_order': False}", "malformed header: no key shape"},
		"another key":             {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (8,), 'offset': 3}", "key offset, want descr, fortran_order and shape"},
		"twice":                   {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (8,), 'shape': (4,)}", "key shape twice"},
		"a number for a shape":    {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (8)}", "shape (8), want (8,)"},
		"a list for a shape":      {1, "{'descr': '|u1', 'fortran_order': False, 'shape': [8]}", "[8]}, want a shape in parentheses"},
		"broken length":           {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (8.0,)}", "want , or )"},
		"length too large":        {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}", "want a length"},
		"order as a number":       {1, "{'descr': '|u1', 'fortran_order': 0, 'shape': (8,)}", "0, 'shape': (8,)}, want True or False"},
		"ends early":              {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (8,)", "ends early, want , or }"},
		"open quote":              {1, "{'descr': '|u1", "want a type in quotes"},
		"something behind":        {1, usual + "import os", "import os, want the end"},
		"objects":                 {1, "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "dtype |O holds pickled Python objects, accepted are"},
		"structured":              {1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "a structured array, want one array for each field, accepted are"},
		"arrays as values":        {1, "{'descr': ('<f4', (2,)), 'fortran_order': False, 'shape': (1,), }", "a structured array, want one array for each field"},
		"dates":                   {1, "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,), }", "dtype <M8[ns], accepted are"},
		"not UTF-8, version 3":    {3, "{'descr': '|\xff1', 'fortran_order': False, 'shape': (8,), }", "malformed header: not UTF-8"},
		"more values than stated": {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }", "damaged: 4 bytes follow the values"},
	} {
		path := filepath.Join(t.TempDir(), "a.npy")
		if err := os.WriteFile(path, npy(c.version, c.header), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := array.ReadNPY(path)
		switch {
		case err != nil && (strings.HasPrefix(c.want, "[") && !strings.Contains(c.want, "want") || !strings.Contains(err.Error(), "a.npy: ") || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %s", name, err, c.want)
		case err == nil && array.FormatShape(a.Shape) != c.want:
			t.Errorf("%s: shape %v, want %s", name, a.Shape, c.want)
		}
		if err == nil && name == "first index fastest" && !slices.Equal(a.Data.([]uint8), []uint8{0, 2, 4, 6, 1, 3, 5, 7}) {
			t.Errorf("%s: %v", name, a.Data)
		}
	}
}

func TestDamagedHeaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := os.WriteFile(path, npy(2, `{"shape": (2L, 4L), 'descr': u'|u1', 'fortran_order': False, }`), 0o600); err != nil {
		t.Fatal(err)
	}
	mutate.CheckOpen(t, path, 500, 1<<20, func() error {
		_, err := array.ReadNPY(path)
		return err
	})
}

// What was appended to an archive replaces what it had, as for NumPy and unzip.
func TestMemberTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	for _, m := range []struct {
		name  string
		value float64
	}{{"a", 1}, {"b", 2}, {"a", 3}, {"a", 4}} {
		w, err := archive.Create(m.name + ".npy")
		if err == nil {
			err = array.Encode(w, array.New([]float64{m.value}))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	file.Close()
	arrays, err := array.ReadNPZ(path)
	if err != nil || arrays["a"].Data.([]float64)[0] != 4 || arrays["b"].Data.([]float64)[0] != 2 {
		t.Errorf("%v, %v", arrays, err)
	}
	if twice, err := array.RepeatedNPZ(path); err != nil || !slices.Equal(twice, []string{"a"}) {
		t.Errorf("%v, %v", twice, err)
	}
	if twice, err := array.RepeatedNPZ("testdata/numpy.npz"); err != nil || len(twice) != 0 {
		t.Errorf("%v, %v", twice, err)
	}
}
