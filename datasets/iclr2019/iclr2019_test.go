package iclr2019_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/iclr2019"
)

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return iclr2019.Open(spec)
}

// files are the reference's pickles and where the expected arrays of each are.
var files = map[string]string{
	"data_p2.pkl": "dataset.", "data_p3.pkl": "dataset.", "data_p4.pkl": "dataset.", "data_p4_np2.pkl": "dataset.", "data_p3_f64.pkl": "dataset_f64.",
}

// expected returns the reference's arrays of one file by attribute.
func expected(t testing.TB, prefix string) map[string]array.Array {
	t.Helper()
	all, err := array.ReadNPZ("testdata/expected.npz")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]array.Array{}
	for key, a := range all {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			want[name] = a
		}
	}
	return want
}

// Every array in its stored type to the digit: protocols 2 to 4, both names of NumPy's module, float64, Fortran order.
func TestReferencePickles(t *testing.T) {
	for name, prefix := range files {
		want := expected(t, prefix)
		got, err := iclr2019.Arrays("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}

		d, err := open(t, "iclr2019:testdata/"+name)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		im, r := d.Test.Images, d.Test.Responses
		for key, a := range map[string]array.Array{
			"images_train":    array.New(d.Train.Images.Pixels, d.Train.Images.N, d.Train.Images.Height, d.Train.Images.Width, 1),
			"images_val":      array.New(d.Val.Images.Pixels, d.Val.Images.N, d.Val.Images.Height, d.Val.Images.Width, 1),
			"images_test":     array.New(im.Pixels, im.N, im.Height, im.Width, im.Channels),
			"responses_train": array.New(d.Train.Responses.Values, d.Train.Responses.N, d.NumNeurons()),
			"responses_val":   array.New(d.Val.Responses.Values, d.Val.Responses.N, d.NumNeurons()),
			"responses_test":  array.New(r.Values, r.Repeats, r.N, r.Neurons),
		} {
			floats, err := want[key].Float32s()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(array.New(floats, want[key].Shape...), a); diff != "" {
				t.Errorf("%s: %s:\n%s", name, key, diff)
			}
		}
		n := d.Normalisation
		if n == nil || n.Method != iclr2019.Method || n.ImageMean != 0 || n.ImageSD != 1 || len(n.ResponseSD) != 7 || n.ResponseSD[6] != 1 {
			t.Errorf("%s: normalisation %+v", name, n)
		}
	}
}

// place writes a pickle and returns its path.
func place(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.pkl")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func oneLine(t testing.TB, name string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 600 {
		t.Errorf("%s: error %q, want %q in one short line", name, fmt.Sprint(err), want)
	}
}

// What a pickle would run in Python is named and refused.
func TestRunsNothing(t *testing.T) {
	ran := filepath.Join(t.TempDir(), "ran")
	command := "touch " + ran
	text := func(s string) string { return "\x8c" + string(rune(len(s))) + s }
	for name, test := range map[string]struct{ pickle, want string }{
		"posix.system":         {"\x80\x02cposix\nsystem\nX" + counted(command) + "\x85R.", "pickle of posix.system, accepted are data.Dataset and NumPy's arrays; nothing was run"},
		"os.system":            {"\x80\x03cos\nsystem\nX" + counted(command) + "\x85R.", "pickle of os.system"},
		"eval":                 {"\x80\x04" + text("builtins") + text("eval") + "\x93" + text("open('x')") + "\x85R.", "pickle of builtins.eval"},
		"after a memo":         {"\x80\x04" + text("posix") + "\x94" + text("system") + "\x940h\x00h\x01\x93" + text(command) + "\x85R.", "pickle of posix.system"},
		"inside an attribute":  {"\x80\x02cdata\nDataset\n)\x81}X" + counted("images_train") + "csubprocess\nPopen\nX" + counted(command) + "\x85Rsb.", "pickle of subprocess.Popen"},
		"another dataset":      {"\x80\x02cother\nDataset\n)\x81.", "pickle of other.Dataset"},
		"library's own class":  {"\x80\x04" + text("array") + text("_array_reconstructor") + "\x93.", "pickle of array.*"},
		"library's own, text":  {"\x80\x02ccollections\nOrderedDict\n)R.", "pickle of collections.OrderedDict"},
		"old style":            {"\x80\x02(iposix\nsystem\n.", "damaged pickle, or not plain data: instruction 0x69"},
		"a code that is known": {"\x80\x02\x82\x01.", "damaged pickle, or not plain data: instruction 0x82"},
		"persistent":           {"\x80\x02Pid\n.", "instruction 0x50"},
		"constructor":          {"\x80\x02cnumpy\nndarray\n)\x81.", "an object of class numpy.ndarray without its constructor"},
		"long name":            {"\x80\x02c" + strings.Repeat("very\tlong", 100) + "\nname\n.", `pickle of "very\tlong`},
	} {
		path := place(t, []byte(test.pickle))
		_, err := open(t, "iclr2019:"+path)
		oneLine(t, name, err, "data.pkl: ")
		oneLine(t, name, err, test.want)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a pickle ran a command")
	}
}

// counted is text with its length in four bytes.
func counted(s string) string {
	return string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
}

func TestBadFiles(t *testing.T) {
	good, err := os.ReadFile("testdata/data_p3.pkl")
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, with string) string {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("no %q in the pickle", old)
		}
		return string(bytes.Replace(good, []byte(old), []byte(with), 1))
	}
	for name, test := range map[string]struct{ pickle, want string }{
		"empty":          {"", "data.pkl: not a pickle: 0 bytes"},
		"foreign":        {"PK\x03\x04 an archive", "data.pkl: not a pickle of protocol 2 to 4: it starts with 0x50 0x4b"},
		"protocol 0":     {"(dp0\n.", "not a pickle of protocol 2 to 4"},
		"protocol 5":     {"\x80\x05.", "pickle protocol 5, accepted are 2, 3 and 4"},
		"no end":         {"\x80\x02N", "cut short: the pickle does not end in 3 bytes"},
		"nothing":        {"\x80\x02.", "damaged pickle: the stack is empty"},
		"None":           {"\x80\x02N.", "holds a None, want an object of class data.Dataset"},
		"list":           {"\x80\x02].", "holds a list, want"},
		"class":          {"\x80\x02cdata\nDataset\n.", "holds a class data.Dataset, want an object"},
		"no attributes":  {"\x80\x02cdata\nDataset\n)\x81.", "found none"},
		"renamed":        {edit("images_val", "images_vel"), `no array "images_val", found images_test, images_train, images_vel, responses_test, responses_train, responses_val`},
		"not an array":   {"\x80\x02cdata\nDataset\n)\x81}X" + counted("images_train") + "Nsb.", `found none`},
		"huge text":      {"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc", "cut short: 9223372036854775807 bytes wanted at byte 2 of 14"},
		"huge bytes":     {"\x80\x03B\xff\xff\xff\xffabc", "cut short: 4294967295 bytes wanted at byte 2 of 10"},
		"huge frame":     {"\x80\x04\x95\x00\x00\x00\x00\x00\x01\x00\x00abc", "cut short: 1099511627776 bytes wanted"},
		"many":           {"\x80\x02" + strings.Repeat("(", 1<<20), "more than 524288 instructions"},
		"shape":          {edit("(K\x28K\x12K\x20K\x01t", "(K\x29K\x12K\x20K\x01t"), "images_train: 92160 bytes of values for shape [41, 18, 32, 1] of f4"},
		"overflow":       {edit("(K\x28K\x12K\x20K\x01t", "(\x8a\x07\x00\x00\x00\x00\x00\x00\x01\x8a\x07\x00\x00\x00\x00\x00\x00\x01t"), "images_train: 92160 bytes of values for shape [281474976710656, 281474976710656] of f4"},
		"negative":       {edit("(K\x28K\x12K\x20K\x01t", "(J\xff\xff\xff\xffK\x12K\x20K\x01t"), "dimension 0 of an array is not a size"},
		"dtype":          {edit("X\x02\x00\x00\x00f4", "X\x02\x00\x00\x00c8"), "dtype c8, accepted are b1, i1-i8, u1-u8, f4 and f8"},
		"byte order":     {edit("X\x01\x00\x00\x00<", "X\x01\x00\x00\x00?"), "byte order of a dtype, want <, > or |"},
		"many encodings": {"\x80\x02c_codecs\nencode\nq\x00X" + counted(strings.Repeat("x", 1000)) + "q\x01X" + counted("latin1") + "q\x02" + strings.Repeat("h\x00h\x01h\x02\x86R", 100) + ".", "the same text is encoded again and again"},
		"not latin1":     {"\x80\x02c_codecs\nencode\nX" + counted("ā") + "X" + counted("latin1") + "\x86R.", "with the character 'ā', want those up to 0xff"},
	} {
		_, err := open(t, "iclr2019:"+place(t, []byte(test.pickle)))
		oneLine(t, name, err, test.want)
	}
	for text, want := range map[string]string{
		"iclr2019:":                            "iclr2019: no file, want iclr2019:FILE or iclr2019:FOLDER",
		"iclr2019:absent.pkl":                  "absent.pkl: no such file",
		"iclr2019:testdata":                    "testdata: no AREA_train.h5, want a folder of AREA_train.h5, AREA_val.h5 and AREA_test.h5, or a pickle",
		"iclr2019:testdata/data_p4.pkl?seed=1": `unknown option "seed"`,
	} {
		_, err := open(t, text)
		oneLine(t, text, err, want)
	}
}

func TestTruncated(t *testing.T) {
	for name := range files {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		path := place(t, nil)
		for n := 0; n < len(content); n += 1 + n/20 {
			if err := os.WriteFile(path, content[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := iclr2019.Arrays(path)
			want := "cut short: "
			if n < 2 {
				want = "not a pickle"
			}
			oneLine(t, name, err, want)
		}
	}
}

// A pickle has no checksums: a flipped bit gives an error or arrays whose shapes and values agree.
func TestFlippedBits(t *testing.T) {
	for name := range files {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		path := place(t, nil)
		for i := 0; i < len(content); i += 1 + i/25 {
			content[i] ^= 1 << (i % 8)
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			content[i] ^= 1 << (i % 8)
			consistent(t, path)
		}
	}
}

// consistent fails unless a pickle gives an error of one line or arrays that hold together.
func consistent(t testing.TB, path string) {
	t.Helper()
	arrays, err := iclr2019.Arrays(path)
	if err != nil {
		oneLine(t, "error", err, filepath.Base(path)+": ")
	}
	for key, a := range arrays {
		if values, err := a.Float64s(); err != nil || len(values) != a.Len() {
			t.Errorf("%q: shape %v for %d values (%v)", key, a.Shape, len(values), err)
		}
	}
	d, err := open(t, "iclr2019:"+path)
	if err == nil {
		_ = d.Validate()
	} else {
		oneLine(t, "error", err, filepath.Base(path)+": ")
	}
}

func FuzzOpen(f *testing.F) {
	for name := range files {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
		f.Add(content[:len(content)/2])
	}
	f.Add([]byte("\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R."))
	f.Add([]byte("\x80\x02cdata\nDataset\n)\x81}X\x01\x00\x00\x00acnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R" +
		"(K\x01K\x02\x85cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x080000\x00\x00\x00\x00tbsb."))
	f.Fuzz(func(t *testing.T, content []byte) { consistent(t, place(t, content)) })
}
