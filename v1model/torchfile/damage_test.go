package torchfile_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets/array"
	"v1lab/v1model/torchfile"
	"v1lab/v1model/torchfile/torchfiletest"
)

// pickleOf is a pickle of protocol 2 with these instructions before its end.
func pickleOf(write func(p *torchfiletest.Pickle)) []byte {
	var p torchfiletest.Pickle
	p.Op("\x80\x02")
	write(&p)
	return p.Op(".").Bytes()
}

// What could run code, or claims more than there is, is refused in one line that says what.
func TestRefused(t *testing.T) {
	two := array.New([]float32{1, 2})
	view := func(offset int, shape, strides []int) []byte {
		return pickleOf(func(p *torchfiletest.Pickle) {
			p.Op("}").Text("w").View(two, "0", false, offset, shape, strides).Op("s")
		})
	}
	for name, c := range map[string]struct {
		pickle []byte
		want   string
	}{
		"system":        {pickleOf(func(p *torchfiletest.Pickle) { p.Name("os", "system").Text("true").Op("\x85R") }), "refused: the pickle names os.system, which could run code, and nothing was run; accepted: a state dict"},
		"stack global":  {[]byte("\x80\x04\x8c\x08builtins\x8c\x04eval\x93."), "names builtins.eval"},
		"whole model":   {pickleOf(func(p *torchfiletest.Pickle) { p.Name("neuralpredictors.layers.encoders", "FiringRateEncoder") }), "names neuralpredictors.layers.encoders.FiringRateEncoder"},
		"longer name":   {pickleOf(func(p *torchfiletest.Pickle) { p.Name("torch", "FloatStorage.from_file") }), "names torch.FloatStorage.from_file"},
		"instance":      {[]byte("\x80\x02(iposix\nsystem\n."), "instruction 0x69, which no state dict needs"},
		"extension":     {[]byte("\x80\x02\x82\x01."), "instruction 0x82"},
		"old protocol":  {[]byte("(dp0\n."), "damaged: no pickle where one should be"},
		"protocol 9":    {[]byte("\x80\x09N."), "pickle protocol 9, accepted are 2 to 5"},
		"no end":        {[]byte("\x80\x02}"), "cut short: the pickle does not end"},
		"huge text":     {[]byte("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc"), "cut short: the pickle does not end"},
		"empty stack":   {[]byte("\x80\x02\x87."), "it takes more values than there are"},
		"no mark":       {[]byte("\x80\x02}u."), "no mark"},
		"beyond a mark": {[]byte("\x80\x02N(0."), "it takes more values than there are"},
		"memo":          {[]byte("\x80\x02h\x05."), "refers to value 5"},
		"number":        {[]byte("\x80\x02K\x01."), "holds a number, want a state dict"},
		"no tensors":    {pickleOf(func(p *torchfiletest.Pickle) { p.Op("}").Text("epoch").Number(3).Op("s") }), "no tensors: holds a dictionary with epoch"},
		"two dicts": {pickleOf(func(p *torchfiletest.Pickle) {
			p.Op("}").Text("a").Op("}").Text("w").Tensor(two, "0", false).Op("ss").Text("b").Op("}").Text("w").Tensor(two, "0", false).Op("ss")
		}), "several state dicts, a, b"},
		"expanded":       {view(0, []int{1 << 30, 1 << 30, 1 << 30}, []int{0, 0, 0}), "a tensor of size [1073741824, 1073741824, 1073741824] and stride [0, 0, 0] from element 0 on, in a storage of 2 elements"},
		"beyond the end": {view(1, []int{2}, []int{1}), "in a storage of 2 elements"},
		"far stride":     {view(0, []int{2}, []int{1 << 30}), "in a storage of 2 elements"},
		"negative":       {view(0, []int{-1}, []int{1}), "size and stride are not numbers from 0"},
		"strides":        {view(0, []int{2}, []int{1, 1}), "equally many"},
		"storage":        {pickleOf(func(p *torchfiletest.Pickle) { p.Op("}").Text("w").Tensor(two, "9", false).Op("s") }), "no member twin/data/9"},
		"length": {pickleOf(func(p *torchfiletest.Pickle) {
			p.Op("}").Text("w").Tensor(array.New(make([]float32, 3)), "0", false).Op("s")
		}), "member twin/data/0 has 8 bytes, and the storage 3 elements of float32"},
		"not a storage": {pickleOf(func(p *torchfiletest.Pickle) { p.Op("}").Text("w").Text("x").Op("Q") }), "outside of the pickle that is no storage"},
		"attributes":    {pickleOf(func(p *torchfiletest.Pickle) { p.Number(1).Op("}b") }), "attributes of a number"},
	} {
		path := place(t, torchfiletest.ZipOf(t, zip.Store, c.pickle, make([]byte, 8)))
		_, err := readAll(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", name, err, c.want)
		}
	}
}

// Files that are not checkpoints of this kind, or are cut, say so.
func TestOtherFiles(t *testing.T) {
	s := state()
	whole := formats(t, s)
	safe := func(header string, data int) []byte {
		return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, data)...)
	}
	script := func() []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range []string{"m/data.pkl", "m/constants.pkl"} {
			if _, err := z.Create(name); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for want, content := range map[string][]byte{
		"not a PyTorch checkpoint: it starts with 89 48 44 46": []byte("\x89HDF\r\n\x1a\n"),
		"it starts with ;":                          nil,
		"not a zip archive":                         whole[torchfile.Zip][:500],
		"cut short: the pickle does not end":        whole[torchfile.Legacy][:200],
		"cut short: storage 4":                      whole[torchfile.Legacy][:len(whole[torchfile.Legacy])-1],
		"cut short, or damaged":                     whole[torchfile.Safetensors][:len(whole[torchfile.Safetensors])-1],
		"a TorchScript archive, which holds code":   script(),
		"but not of torch.save; found":              zipOfNothing(t),
		"overlaps another":                          safe(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`, 8),
		"two tensors a":                             safe(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8),
		"shape [4294967296, 4294967296] of float32": safe(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}`, 8),
		`dtype "F8_E4M3"; accepted: F64`:            safe(`{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,4]}}`, 8),
		"damaged header":                            safe(`{"a":7}`, 8),
		"tar format":                                append(append(make([]byte, 257), "ustar"...), 0, 0, 0, 0),
		"a header of 9223372036854775807 bytes":     []byte("\xff\xff\xff\xff\xff\xff\xff\x7f{}"),
	} {
		path := place(t, content)
		if _, err := readAll(path); err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, want)
		}
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "nowhere.pth"), os.DevNull} {
		if _, err := torchfile.Open(path); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: error %v", path, err)
		}
	}
}

func zipOfNothing(t *testing.T) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("weights.npy"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Bits are flipped and ends cut off: there is an error of one line, or what is there; never much memory. The zip format has checksums, so values
// cannot change unnoticed.
func TestDamaged(t *testing.T) {
	s := state()
	for format, content := range formats(t, s) {
		want, err := readAll(place(t, content))
		if err != nil {
			t.Fatal(err)
		}
		path, step := place(t, nil), 1
		if testing.Short() {
			step = 13
		}
		for i := 0; i < 2*len(content); i += step {
			b := bytes.Clone(content)
			if i < len(b) {
				b[i] ^= 1 << (i % 8)
			} else {
				b = b[:i-len(b)]
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, err := readAll(path)
			runtime.ReadMemStats(&after)
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 4<<20 {
				t.Errorf("%s, damage %d: %d bytes of memory", format, i, spent)
			}
			switch {
			case err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), path) || len(err.Error()) > 700+len(path)):
				t.Errorf("%s, damage %d: error %q", format, i, err)
			case err == nil && i >= len(content):
				t.Errorf("%s, cut to %d bytes: no error", format, i-len(content))
			case err == nil && format == torchfile.Zip:
				for name, a := range got {
					if w, ok := want[name]; ok && !cmp.Equal(w.Data, a.Data) {
						t.Errorf("zip, damage %d: other values of %s without an error", i, name)
					}
				}
			}
		}
	}
}

// Whatever the bytes, there is an error of one line or arrays that hold together.
func FuzzOpen(f *testing.F) {
	s := state()
	for _, content := range formats(f, s) {
		f.Add(content)
		f.Add(content[:len(content)/2])
	}
	for _, pickle := range []string{"\x80\x02}.", "\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00}\x94.", "\x80\x02(K\x01M\x02\x03\x8a\x01\xffG\x00\x00\x00\x00\x00\x00\x00\x00te."} {
		f.Add(torchfiletest.ZipOf(f, zip.Deflate, []byte(pickle), make([]byte, 8)))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		// As it is, and as the pickle of an archive whose checksums are right.
		for _, content := range [][]byte{content, torchfiletest.ZipOf(t, zip.Store, content, make([]byte, 24), make([]byte, 8))} {
			path := place(t, content)
			all, err := readAll(path)
			if err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), path)) {
				t.Errorf("error %q", err)
			}
			for name, a := range all {
				if floats, err := a.Float64s(); err != nil || len(floats) != a.Len() {
					t.Errorf("%q: shape %v for %d values (%v)", name, a.Shape, len(floats), err)
				}
			}
		}
	})
}
