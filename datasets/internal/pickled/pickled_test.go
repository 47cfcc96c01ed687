package pickled_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/pickled"
)

// What Python writes, instruction by instruction, in protocol 3.

func text(s string) string { return "X" + counted(s) }
func raw(s string) string  { return "B" + counted(s) }
func number(n byte) string { return "K" + string([]byte{n}) }
func counted(s string) string {
	return string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
}
func tuple(items ...string) string { return "(" + strings.Join(items, "") + "t" }

// dtype is an element's type, with its byte order.
func dtype(code, order string) string {
	return "cnumpy\ndtype\n" + tuple(text(code), "\x89", "\x88") + "R" + tuple(number(3), text(order), "N", "N", "N", "J\xff\xff\xff\xff", "J\xff\xff\xff\xff", number(0)) + "b"
}

const empty = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR"

// ndarray is an array with the given state.
func ndarray(shape, kind, fortran, content string) string {
	return empty + tuple(number(1), shape, kind, fortran, content) + "b"
}

// dictionary is a pickle of one entry.
func dictionary(value string) string { return "\x80\x03}" + text("x") + value + "s." }

func read(t *testing.T, pickle string, class pickled.Class, names ...string) (map[string]array.Array, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.pkl")
	if err := os.WriteFile(path, []byte(pickle), 0o600); err != nil {
		t.Fatal(err)
	}
	arrays, err := pickled.Arrays(path, class, names...)
	if err != nil && !strings.HasPrefix(err.Error(), path+": ") {
		t.Errorf("%v does not name the file", err)
	}
	return arrays, err
}

// Values come out as they are, whatever their type and order.
func TestValues(t *testing.T) {
	shape := tuple(number(2), number(3))
	for name, c := range map[string]struct {
		value string
		want  string
	}{
		"booleans":      {ndarray("K\x02\x85", dtype("b1", "|"), "\x89", raw("\x01\x00")), "bool [2] [true false]"},
		"bytes":         {ndarray(shape, dtype("u1", "|"), "\x89", raw("\x01\x02\x03\x04\x05\x06")), "uint8 [2 3] [1 2 3 4 5 6]"},
		"Fortran order": {ndarray(shape, dtype("i1", "|"), "\x88", raw("\x01\x02\x03\x04\x05\xff")), "int8 [2 3] [1 3 5 2 4 -1]"},
		"big-endian":    {ndarray("K\x01\x85", dtype("i2", ">"), "\x89", raw("\x01\x02")), "int16 [1] [258]"},
		"little-endian": {ndarray("K\x01\x85", dtype("i4", "<"), "\x89", raw("\x02\x01\x00\x00")), "int32 [1] [258]"},
		"int64":         {ndarray("K\x01\x85", dtype("i8", "<"), "\x89", raw("\x02\x00\x00\x00\x00\x00\x00\x00")), "int64 [1] [2]"},
		"uint16":        {ndarray("K\x01\x85", dtype("u2", "<"), "\x89", raw("\x02\x01")), "uint16 [1] [258]"},
		"uint32":        {ndarray("K\x01\x85", dtype("u4", ">"), "\x89", raw("\x00\x00\x00\x07")), "uint32 [1] [7]"},
		"uint64":        {ndarray("K\x01\x85", dtype("u8", ">"), "\x89", raw("\x00\x00\x00\x00\x00\x00\x00\x07")), "uint64 [1] [7]"},
		"float32":       {ndarray("K\x01\x85", dtype("f4", "<"), "\x89", raw("\x00\x00\xc0\x3f")), "float32 [1] [1.5]"},
		"float64":       {ndarray("K\x01\x85", dtype("f8", ">"), "\x89", raw("\x3f\xf8\x00\x00\x00\x00\x00\x00")), "float64 [1] [1.5]"},
		"text":          {ndarray("K\x02\x85", dtype("U2", "<"), "\x89", raw("a\x00\x00\x00b\x00\x00\x00\xe9\x00\x00\x00\x00\x00\x00\x00")), "str [2] [ab é]"},
		"a scalar":      {"cnumpy.core.multiarray\nscalar\n" + tuple(dtype("i2", "<"), raw("\x03\x00")) + "R", "int16 [] [3]"},
		"objects":       {ndarray("K\x02\x85", dtype("O8", "|"), "\x89", "]("+text("a")+number(7)+"e"), "str [2] [a 7]"},
		"arrays inside": {ndarray("K\x01\x85", dtype("O8", "|"), "\x89", "]("+ndarray("K\x01\x85", dtype("U1", "<"), "\x89", raw("z\x00\x00\x00"))+"e"), "str [1] [z]"},
		"Latin-1 bytes": {ndarray("K\x02\x85", dtype("u1", "|"), "\x89", "c_codecs\nencode\n"+tuple(text("\u00ff\x01"), text("latin1"))+"R"), "uint8 [2] [255 1]"},
		"no bytes":      {ndarray("K\x00\x85", dtype("u1", "|"), "\x89", "c__builtin__\nbytes\n)R"), "uint8 [0] []"},
	} {
		arrays, err := read(t, dictionary(c.value), pickled.Dictionary)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		a := arrays["x"]
		if got := fmt.Sprint(a.Type(), " ", a.Shape, " ", a.Data); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// An object's attributes are arrays by name; others are left out, and so are names that nobody asks for.
func TestObject(t *testing.T) {
	one := ndarray("K\x01\x85", dtype("u1", "|"), "\x89", raw("\x07"))
	object := "\x80\x03clab\nRecording\n)\x81}(" + text("images") + one + text("rates") + one + text("lab") + text("ours") + "ub."
	for want, names := range map[string][]string{"images, rates": nil, "rates": {"rates", "times"}, "none": {"lab"}} {
		arrays, err := read(t, object, "lab.Recording", names...)
		if err != nil || pickled.List(arrays) != want {
			t.Errorf("%v: %s, %v", names, pickled.List(arrays), err)
		}
	}
	_, err := read(t, object, "lab.Other")
	if err == nil || !strings.Contains(err.Error(), "pickle of lab.Recording, accepted are lab.Other and NumPy's arrays") {
		t.Error(err)
	}
	// The same array under two names counts once.
	shared := "\x80\x03}(" + text("a") + one + "q\x01" + text("b") + "h\x01" + "u."
	arrays, err := read(t, shared, pickled.Dictionary)
	if err != nil || !slices.Equal(arrays["a"].Data.([]uint8), arrays["b"].Data.([]uint8)) {
		t.Errorf("%v, %v", arrays, err)
	}
}

// Whatever is wrong is one line that says so.
func TestDamage(t *testing.T) {
	u1, content := dtype("u1", "|"), raw("\x01\x02")
	two := "K\x02\x85"
	dims := strings.Repeat(number(1), 65)
	for name, c := range map[string]struct{ value, want string }{
		"too few bytes":       {ndarray("K\x03\x85", u1, "\x89", content), "x: 2 bytes of values for shape [3] of u1"},
		"overflow":            {ndarray(tuple(strings.Repeat("J\xff\xff\xff\x7f", 4)), u1, "\x89", content), "2 bytes of values for shape"},
		"negative":            {ndarray("J\xff\xff\xff\xff\x85", u1, "\x89", content), "dimension 0 of an array is not a size"},
		"dimension is text":   {ndarray(tuple(text("a")), u1, "\x89", content), "dimension 0 of an array is not a size"},
		"dimensions":          {ndarray(tuple(dims), u1, "\x89", content), "array of 65 dimensions"},
		"shape":               {ndarray(number(2), u1, "\x89", content), "shape of an array is a int, want a tuple"},
		"type":                {ndarray(two, "N", "\x89", content), "type of an array is a None"},
		"order":               {ndarray(two, u1, number(1), content), "order of an array is a int"},
		"content":             {ndarray(two, u1, "\x89", number(1)), "array of dtype u1: its content is a int, want bytes"},
		"state":               {empty + number(1) + "\x85b", "state of an array is a tuple, want a tuple of at least 5"},
		"no state":            {empty, "x: array without content"},
		"complex":             {ndarray(two, dtype("c16", "<"), "\x89", content), "x: dtype c16, accepted are b1, i1-i8, u1-u8, f4 and f8"},
		"long text":           {ndarray(two, dtype("U99999", "<"), "\x89", content), "x: dtype U99999, want text of 1 to 65536 characters"},
		"text cut":            {ndarray(two, dtype("U2", "<"), "\x89", content), "x: 2 bytes of text for shape [2] of U2"},
		"middle-endian":       {ndarray(two, dtype("u1", "!"), "\x89", content), "byte order of a dtype"},
		"record":              {ndarray(two, "cnumpy\ndtype\n"+tuple(text("V8"))+"R"+tuple(number(3), text("|"), "N", tuple(text("a")))+"b", "\x89", content), "dtype V8 is a record"},
		"dtype's state":       {ndarray(two, "cnumpy\ndtype\n"+tuple(text("u1"))+"R"+"K\x03\x85b", "\x89", content), "state of a dtype is a tuple, want a tuple of at least 2"},
		"dtype without name":  {"cnumpy\ndtype\n)R", "dtype without a name"},
		"dtype of number":     {"cnumpy\ndtype\n" + tuple(number(1)) + "R", "dtype int, want the name"},
		"scalar alone":        {"cnumpy.core.multiarray\nscalar\n" + tuple(u1) + "R", "scalar with 1 arguments"},
		"scalar of text":      {"cnumpy.core.multiarray\nscalar\n" + tuple(text("u1"), content) + "R", "want a dtype"},
		"scalar's content":    {"cnumpy.core.multiarray\nscalar\n" + tuple(u1, "N") + "R", "its content is a None, want bytes"},
		"reconstruct":         {"cnumpy.core.multiarray\n_reconstruct\n)R", "_reconstruct, want it of numpy.ndarray"},
		"array made anew":     {"cnumpy\nndarray\n)\x81", "an object of class numpy.ndarray without its constructor"},
		"objects missing":     {ndarray("K\x03\x85", dtype("O8", "|"), "\x89", "]("+text("a")+"e"), "x: 1 objects for shape [3] of O8"},
		"object is None":      {ndarray("K\x01\x85", dtype("O8", "|"), "\x89", "](Ne"), "x: object 0 is a None, want text"},
		"object is two":       {ndarray("K\x01\x85", dtype("O8", "|"), "\x89", "]("+ndarray(two, u1, "\x89", content)+"e"), "x: object 0 is a NumPy array, want text"},
		"object is damaged":   {ndarray("K\x01\x85", dtype("O8", "|"), "\x89", "]("+ndarray("K\x03\x85", u1, "\x89", content)+"e"), "x: object 0: 2 bytes of values"},
		"encode, arguments":   {"c_codecs\nencode\n)R", "_codecs.encode with 0 arguments"},
		"encode, encoding":    {"c_codecs\nencode\n" + tuple(text("a"), text("utf8")) + "R", "_codecs.encode, want text and latin1"},
		"encode, characters":  {"c_codecs\nencode\n" + tuple(text("\u20ac"), text("latin-1")) + "R", `bytes written as text with the character '€'`},
		"encode, for ever":    {"(" + text(strings.Repeat("a", 400)) + "q\x010" + strings.Repeat("c_codecs\nencode\n"+tuple("h\x01", text("latin1"))+"R", 40) + "t", "the same text is encoded again and again"},
		"bytes of a number":   {"c__builtin__\nbytes\nK\x01\x85R", "bytes with 1 arguments"},
		"class that acts":     {"cos\nsystem\n", "pickle of os.system, accepted are NumPy's arrays; nothing was run"},
		"unknown instruction": {"\x82\x01", "damaged pickle, or not plain data: instruction 0x82 at byte"},
		"empty stack":         {"000000", "damaged pickle: "},
	} {
		if _, err := read(t, dictionary(c.value), pickled.Dictionary); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	for pickle, want := range map[string]string{
		"":                                       "not a pickle: 0 bytes",
		"\x80":                                   "not a pickle: 1 bytes",
		"text":                                   "not a pickle of protocol 2 to 4: it starts with 0x74 0x65",
		"\x80\x05N.":                             "pickle protocol 5, accepted are 2, 3 and 4",
		"\x80\x03":                               "cut short: the pickle does not end in 2 bytes",
		"\x80\x03cnumpy\n":                       "cut short: name of a class at byte 2",
		"\x80\x03J\x00":                          "cut short: instruction 0x4a at byte 2",
		"\x80\x03X\x09\x00\x00\x00abc.":          "cut short: 9 bytes wanted at byte 2",
		"\x80\x03N.":                             "holds a None, want a dictionary of arrays",
		"\x80\x03cnumpy\nndarray\n.":             "holds a class numpy.ndarray, want a dictionary of arrays",
		"\x80\x03" + text("collections"):         "pickle of collections.*",
		"\x80\x03" + strings.Repeat("N0", 1<<18): "more than 524288 instructions",
	} {
		if _, err := read(t, pickle, pickled.Dictionary); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", pickle, err, want)
		}
	}
	if _, err := pickled.Arrays("/nowhere.pkl", pickled.Dictionary); err == nil || err.Error() != "/nowhere.pkl: no such file or directory" {
		t.Error(err)
	}
	// Two arrays that share their bytes would grow beyond the file.
	var entries strings.Builder
	for i := range 200 {
		key := fmt.Sprintf("a%d", i)
		entries.WriteString(text(key) + empty + tuple(number(1), "M\x00\x08\x85", "h\x01", "\x89", "h\x02") + "b")
	}
	bomb := "\x80\x03" + u1 + "q\x010" + raw(strings.Repeat("z", 2048)) + "q\x020}(" + entries.String() + "u."
	if _, err := read(t, bomb, pickled.Dictionary); err == nil || !strings.Contains(err.Error(), "arrays of more bytes than the file has") {
		t.Error(err)
	}
}

func TestList(t *testing.T) {
	arrays := map[string]array.Array{}
	for i := range 25 {
		arrays[fmt.Sprintf("a%02d", i)] = array.New([]uint8{1})
	}
	if got := pickled.List(arrays); !strings.HasPrefix(got, "a00, a01, ") || !strings.HasSuffix(got, "a19, ...") {
		t.Error(got)
	}
	long := map[string]array.Array{strings.Repeat("x", 200): {}, "a\nb": {}}
	if got := pickled.List(long); len(got) > 140 || strings.Contains(got, "\n") {
		t.Error(got)
	}
}
