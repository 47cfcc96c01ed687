// Package torchfiletest writes PyTorch checkpoints for tests.
//
// In go tensors and names of modules; out come the bytes of a zip file, a legacy file or a safetensors file as torch.save and safetensors write
// them. Pickle gives a pickle piece by piece, for files that no PyTorch would write.
package torchfiletest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"testing"

	"v1lab/datasets/array"
)

// State is a state dict.
type State struct {
	Tensors []Tensor
	Modules []string // of _metadata; none if nil
	Inside  string   // if not empty, the state dict is the value of this key of a dictionary
}

// Tensor is one entry of a state dict: []float32, []float64, []int64, []int32 or []bool.
type Tensor struct {
	Name  string
	Array array.Array
}

// Add appends a tensor of numbers that count up from 0 in steps of a hundredth, or of the values given.
func (s *State) Add(name string, values []float32, shape ...int) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if values == nil {
		values = make([]float32, n)
		for i := range values {
			values[i] = float32(i%17) / 100
		}
	}
	s.Tensors = append(s.Tensors, Tensor{name, array.Array{Shape: shape, Data: values}})
}

var kinds = map[string]struct{ storage, safe string }{
	"float32": {"FloatStorage", "F32"}, "float64": {"DoubleStorage", "F64"}, "int64": {"LongStorage", "I64"}, "int32": {"IntStorage", "I32"}, "bool": {"BoolStorage", "BOOL"},
}

// Pickle is the text of a pickle of protocol 2, written piece by piece.
type Pickle struct{ bytes.Buffer }

// Op writes instructions as they are.
func (p *Pickle) Op(code string) *Pickle { p.WriteString(code); return p }

// Name writes GLOBAL.
func (p *Pickle) Name(module, name string) *Pickle { return p.Op("c" + module + "\n" + name + "\n") }

// Text writes BINUNICODE.
func (p *Pickle) Text(s string) *Pickle {
	p.Op("X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))))
	return p.Op(s)
}

// Number writes BININT.
func (p *Pickle) Number(n int) *Pickle {
	return p.Op("J" + string(binary.LittleEndian.AppendUint32(nil, uint32(int32(n)))))
}

// Numbers writes a tuple.
func (p *Pickle) Numbers(list []int) *Pickle {
	p.Op("(")
	for _, n := range list {
		p.Number(n)
	}
	return p.Op("t")
}

// Tensor writes a row-major tensor in storage key.
func (p *Pickle) Tensor(a array.Array, key string, legacy bool) *Pickle {
	return p.View(a, key, legacy, 0, a.Shape, strides(a.Shape))
}

// View writes a tensor that is a view of a storage with the elements of a.
func (p *Pickle) View(a array.Array, key string, legacy bool, offset int, shape, strides []int) *Pickle {
	p.Name("torch._utils", "_rebuild_tensor_v2").Op("(").Op("(").Text("storage").Name("torch", kinds[a.Type()].storage).Text(key).Text("cpu").Number(a.Len())
	if legacy {
		p.Op("N")
	}
	return p.Op("tQ").Number(offset).Numbers(shape).Numbers(strides).Op("\x89").Name("collections", "OrderedDict").Op(")R").Op("tR")
}

// State writes a state dict, whose tensors lie in the storages 0, 1, and so on.
func (p *Pickle) State(s State, legacy bool) *Pickle {
	if s.Inside != "" {
		p.Op("}").Text("epoch").Number(3).Op("s").Text(s.Inside)
	}
	p.Name("collections", "OrderedDict").Op(")R(")
	for i, t := range s.Tensors {
		p.Text(t.Name).Tensor(t.Array, fmt.Sprint(i), legacy)
	}
	p.Op("u")
	if s.Modules != nil {
		p.Op("}").Text("_metadata").Name("collections", "OrderedDict").Op(")R(")
		for _, m := range s.Modules {
			p.Text(m).Op("}").Text("version").Number(1).Op("s")
		}
		p.Op("usb")
	}
	if s.Inside != "" {
		p.Op("s")
	}
	return p
}

func strides(shape []int) []int {
	out, stride := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		out[i], stride = stride, stride*shape[i]
	}
	return out
}

func raw(a array.Array) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, a.Data) // a buffer takes everything
	return b.Bytes()
}

// Zip is the zip format.
func Zip(t testing.TB, s State) []byte {
	var p Pickle
	p.Op("\x80\x02").State(s, false).Op(".")
	var storages [][]byte
	for _, tensor := range s.Tensors {
		storages = append(storages, raw(tensor.Array))
	}
	return ZipOf(t, zip.Store, p.Bytes(), storages...)
}

// ZipOf is a zip file of a pickle and storages.
func ZipOf(t testing.TB, method uint16, pickle []byte, storages ...[]byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, content []byte) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: "twin/" + name, Method: method})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("data.pkl", pickle)
	for i, s := range storages {
		add(fmt.Sprintf("data/%d", i), s)
	}
	add("version", []byte("3\n"))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Legacy is the format before PyTorch 1.6.
func Legacy(s State) []byte {
	var p Pickle
	p.Op("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.").Op("\x80\x02").Op("M\xe9\x03.").Op("\x80\x02}").Text("little_endian").Op("\x88s.")
	p.Op("\x80\x02").State(s, true).Op(".").Op("\x80\x02](")
	for i := range s.Tensors {
		p.Text(fmt.Sprint(i))
	}
	p.Op("e.")
	for _, t := range s.Tensors {
		p.Write(binary.LittleEndian.AppendUint64(nil, uint64(t.Array.Len())))
		p.Write(raw(t.Array))
	}
	return p.Bytes()
}

// Safetensors is the format of that name, without Modules.
func Safetensors(t testing.TB, s State) []byte {
	t.Helper()
	header, data := map[string]any{"__metadata__": map[string]string{"format": "pt"}}, []byte(nil)
	for _, tensor := range s.Tensors {
		from := len(data)
		data = append(data, raw(tensor.Array)...)
		header[tensor.Name] = map[string]any{"dtype": kinds[tensor.Array.Type()].safe, "shape": append([]int{}, tensor.Array.Shape...), "data_offsets": []int{from, len(data)}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), data...)
}
