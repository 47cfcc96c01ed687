package torchfile_test

import (
	"archive/zip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets/array"
	"v1lab/v1model/torchfile"
	"v1lab/v1model/torchfile/torchfiletest"
)

func state() torchfiletest.State {
	s := torchfiletest.State{Modules: []string{"", "core", "core.nonlin"}}
	s.Add("core.weight", []float32{1, -2, 3, 4.5, float32(math.Inf(1)), 6}, 2, 3)
	for _, a := range []array.Array{array.Scalar(int64(-7)), array.New([]float64{1e300, 2}), array.New([]bool{true, false}), array.New([]int32{-1}, 1, 1)} {
		s.Tensors = append(s.Tensors, torchfiletest.Tensor{Name: "x." + a.Type(), Array: a})
	}
	return s
}

func place(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "twin.pth")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll opens a file and reads every tensor.
func readAll(path string) (map[string]array.Array, error) {
	f, err := torchfile.Open(path)
	if err != nil {
		return nil, err
	}
	all := map[string]array.Array{}
	for _, name := range f.Names() {
		if all[name], err = f.Read(name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func formats(t testing.TB, s torchfiletest.State) map[string][]byte {
	return map[string][]byte{torchfile.Zip: torchfiletest.Zip(t, s), torchfile.Legacy: torchfiletest.Legacy(s), torchfile.Safetensors: torchfiletest.Safetensors(t, s)}
}

// Every format gives the same tensors, in their stored types.
func TestFormats(t *testing.T) {
	s := state()
	for format, content := range formats(t, s) {
		f, err := torchfile.Open(place(t, content))
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if f.Format() != format || len(f.Names()) != len(s.Tensors) || len(f.Others()) > 0 {
			t.Errorf("%s: format %s, tensors %v, others %v", format, f.Format(), f.Names(), f.Others())
		}
		for _, want := range s.Tensors {
			got, err := f.Read(want.Name)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want.Array.Data, got.Data); d != "" || !slices.Equal(want.Array.Shape, got.Shape) || !slices.Equal(want.Array.Shape, f.Shape(want.Name)) {
				t.Errorf("%s: %s %v, want %v: %s", format, want.Name, got.Shape, want.Array.Shape, d)
			}
		}
		modules, known := f.Modules()
		if known != (format != torchfile.Safetensors) || known && !slices.Equal(modules, s.Modules) {
			t.Errorf("%s: modules %v, %v", format, modules, known)
		}
		if _, err := f.Read("core.bias"); err == nil || !strings.Contains(err.Error(), `no tensor "core.bias", found core.weight`) && format != torchfile.Safetensors {
			t.Errorf("%s: error %v", format, err)
		}
	}
}

// A state dict inside of a training script's dictionary, and names with the prefix of DataParallel, are as if they were not.
func TestWrapped(t *testing.T) {
	s := state()
	for i := range s.Tensors {
		s.Tensors[i].Name = "module." + s.Tensors[i].Name
	}
	s.Modules = []string{"", "module", "module.core"}
	s.Inside = "model_state"
	f, err := torchfile.Open(place(t, torchfiletest.Zip(t, s)))
	if err != nil {
		t.Fatal(err)
	}
	modules, _ := f.Modules()
	if names := f.Names(); names[0] != "core.weight" || len(names) != len(s.Tensors) || !slices.Contains(modules, "core") {
		t.Errorf("%v, modules %v", f.Names(), modules)
	}
}

// Views with an offset and strides are read as PyTorch reads them; deflated members and parameters too.
func TestViews(t *testing.T) {
	all := array.New([]float32{0, 1, 2, 3, 4, 5, 6, 7})
	raw := torchfiletest.Safetensors(t, torchfiletest.State{Tensors: []torchfiletest.Tensor{{Name: "a", Array: all}}})
	var p torchfiletest.Pickle
	p.Op("\x80\x02").Name("collections", "OrderedDict").Op(")R(")
	p.Text("transposed").View(all, "0", false, 1, []int{2, 3}, []int{1, 2})
	p.Text("parameter").Name("torch._utils", "_rebuild_parameter").Op("(").View(all, "0", false, 7, []int{1, 1}, []int{0, 0}).Op("\x88").Name("collections", "OrderedDict").Op(")RtR")
	p.Text("empty").View(all, "0", false, 8, []int{0, 4}, []int{4, 1})
	p.Op("u.")
	got, err := readAll(place(t, torchfiletest.ZipOf(t, zip.Deflate, p.Bytes(), raw[len(raw)-32:])))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]array.Array{"transposed": array.New([]float32{1, 3, 5, 2, 4, 6}, 2, 3), "parameter": array.New([]float32{7}, 1, 1), "empty": array.New([]float32{}, 0, 4)}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Half precision becomes float32.
func TestHalfPrecision(t *testing.T) {
	for kind, raw := range map[string]string{"HalfStorage": "\x00\x3c\x00\xc1", "BFloat16Storage": "\x80\x3f\x20\xc0"} {
		var p torchfiletest.Pickle
		p.Op("\x80\x02}").Text("w").Name("torch._utils", "_rebuild_tensor_v2").Op("((").Text("storage").Name("torch", kind).Text("0").Text("cuda:0").Number(2).Op("tQ")
		p.Number(0).Numbers([]int{2}).Numbers([]int{1}).Op("\x89").Name("collections", "OrderedDict").Op(")RtRs.")
		got, err := readAll(place(t, torchfiletest.ZipOf(t, zip.Store, p.Bytes(), []byte(raw))))
		if err != nil || !slices.Equal(got["w"].Data.([]float32), []float32{1, -2.5}) {
			t.Errorf("%s: %v, %v", kind, got, err)
		}
	}
}

func Example() {
	path := filepath.Join(os.TempDir(), "v1lab-example.pth")
	defer os.Remove(path)
	pickle := "\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R."
	_ = os.WriteFile(path, torchfiletest.ZipOf(nil, zip.Store, []byte(pickle)), 0o600)
	_, err := torchfile.Open(path)
	text := err.Error()[len(path)+2:]
	fmt.Println(text[:strings.Index(text, ";")])
	// Output:
	// refused: the pickle names posix.system, which could run code, and nothing was run
}
