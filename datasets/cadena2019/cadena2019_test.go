package cadena2019_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/cadena2019"
	"v1lab/datasets/internal/mutate"
)

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return cadena2019.Open(spec)
}

// The archive holds the values as NumPy wrote them; what is expected is computed from it.
func TestValues(t *testing.T) {
	all, err := array.ReadNPZ("testdata/data.npz")
	if err != nil {
		t.Fatal(err)
	}
	pixels, _ := all["images"].Float32s()
	responses, _ := all["responses"].Float32s()
	at := func(r, i, j int) float32 { return responses[(r*30+i)*5+j] }

	var first *datasets.Dataset
	for _, file := range []string{"data.npz", "data_p2.pkl", "data_p3.pkl", "data_p4.pkl", "clean.pkl"} {
		d, err := open(t, "cadena2019:testdata/"+file)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if first == nil {
			first = d
		} else if diff := cmp.Diff(first, d, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s differs from data.npz:\n%s", file, diff)
		}
	}
	d := first
	if d.Train.Images.N != 19 || d.Val.Images.N != 5 || d.Test.Images.N != 6 || d.Train.Images.Height != 7 || d.Train.Images.Width != 6 {
		t.Fatalf("split %d/%d/%d of %v", d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, d.Train.Images.Shape())
	}
	for k, i := range d.Split.TrainIndex {
		if diff := cmp.Diff(pixels[i*42:(i+1)*42], d.Train.Images.At(k)); diff != "" {
			t.Fatalf("image %d:\n%s", i, diff)
		}
		for j, got := range d.Train.Responses.At(k) {
			sum, count := float32(0), float32(0)
			for r := range 4 {
				if v := at(r, i, j); v == v {
					sum, count = sum+v, count+1
				}
			}
			if want := sum / count; got != want && (got == got || want == want) {
				t.Errorf("image %d, neuron %d: response %v, want %v", i, j, got, want)
			}
		}
	}
	for r := range 4 {
		for i := range 6 {
			for j, got := range d.Test.Responses.At(r, i) {
				if want := at(r, 24+i, j); got != want && (got == got || want == want) {
					t.Errorf("repeat %d, image %d, neuron %d: response %v, want %v", r, i, j, got, want)
				}
			}
		}
	}
	if d.Neurons[1].Session != "3" || d.Neurons[2].Session != "34" {
		t.Errorf("neurons %+v", d.Neurons)
	}
}

func TestOptions(t *testing.T) {
	d, err := open(t, "cadena2019:testdata/data_p4.pkl?types=original,conv2&seed=3")
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Images.N+d.Val.Images.N != 10 || d.Test.Images.N != 2 || d.Split.Seed != 3 {
		t.Errorf("split %d/%d/%d by seed %d", d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, d.Split.Seed)
	}
	d, err = open(t, "cadena2019:testdata/data_p3.pkl?incomplete=drop")
	if err != nil {
		t.Fatal(err)
	}
	if d.NumNeurons() != 4 || d.Test.Responses.Neurons != 4 || len(d.Neurons) != 4 || d.Neurons[1].Session != "34" {
		t.Errorf("%d neurons %+v", d.NumNeurons(), d.Neurons)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	sound, err := array.ReadNPZ("testdata/data.npz")
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, change func(a map[string]array.Array)) string {
		arrays := map[string]array.Array{}
		for key, a := range sound {
			arrays[key] = a
		}
		change(arrays)
		path := filepath.Join(dir, name)
		if err := array.WriteNPZ(path, arrays); err != nil {
			t.Fatal(err)
		}
		return "cadena2019:" + path
	}
	if err := os.WriteFile(filepath.Join(dir, "run.pkl"), []byte("\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R."), 0o600); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{
		"cadena2019:":                                                          "cadena2019: no file, want cadena2019:FILE.pkl or FILE.npz",
		"cadena2019:absent.pkl":                                                "absent.pkl: no such file",
		"cadena2019:testdata":                                                  "testdata: is a directory",
		"cadena2019:testdata/make.py":                                          "make.py: not a pickle of protocol 2 to 4",
		"cadena2019:testdata/data.npz?types=v1":                                `option types="v1", want a list, each at most once, of original,conv1`,
		"cadena2019:testdata/data.npz?incomplete=no":                           `option incomplete="no", want keep or drop`,
		"cadena2019:" + dir + "/run.pkl":                                       "run.pkl: pickle of posix.system, accepted are NumPy's arrays; nothing was run",
		"cadena2019:../iclr2019/testdata/data_p4.pkl":                          "data_p4.pkl: pickle of data.Dataset",
		"cadena2019:testdata/data.npz?normalise=none&x=3":                      `unknown option "x"`,
		file("no.npz", func(a map[string]array.Array) { delete(a, "images") }): `no.npz: no array "images", want images and responses`,
		file("flat.npz", func(a map[string]array.Array) { a["images"] = array.New(make([]uint8, 30), 30) }):                     "flat.npz: images: shape [30], want [images, height, width]",
		file("none.npz", func(a map[string]array.Array) { a["images"] = array.New([]uint8{}, 30, 0, 4) }):                       "none.npz: images: shape [30, 0, 4], want every length above 0",
		file("text.npz", func(a map[string]array.Array) { a["responses"] = a["image_types"] }):                                  "text.npz: responses: dtype str, want numbers",
		file("count.npz", func(a map[string]array.Array) { a["responses"] = array.New(make([]float64, 40), 2, 4, 5) }):          "count.npz: responses: shape [2, 4, 5], want [repeats, 30, neurons] to 30 images",
		file("reps.npz", func(a map[string]array.Array) { a["repetitions"] = array.New([]int{2}) }):                             "reps.npz: repetitions: shape [1], want one for each of 5 neurons",
		file("mask.npz", func(a map[string]array.Array) { a["is_realresponse"] = array.New([]bool{true}) }):                     "mask.npz: is_realresponse: shape [1], want [4, 30, 5] as responses",
		file("types.npz", func(a map[string]array.Array) { delete(a, "image_types") }) + "?types=conv1":                         "types.npz: image_types: want a text for each of 30 images",
		file("kinds.npz", func(a map[string]array.Array) { a["image_types"] = array.New(make([]string, 30)) }) + "?types=conv1": "kinds.npz: image_types: 0 of conv1 for training and 0 for testing",
		file("few.npz", func(a map[string]array.Array) {
			a["images"] = array.New(make([]uint8, 2), 2, 1, 1)
			a["responses"] = array.New(make([]int, 2), 1, 2, 1)
			delete(a, "repetitions")
		}): "few.npz: images: 2, want at least 3",
	} {
		_, err := open(t, spec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
}

func TestDamagedFiles(t *testing.T) {
	for _, name := range []string{"data_p3.pkl", "data_p4.pkl", "data.npz"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		mutate.CheckOpen(t, path, 500, 4<<20, func() error {
			_, err := open(t, "cadena2019:"+path+"?types=original,conv1")
			return err
		})
	}
}

func FuzzOpen(f *testing.F) {
	for _, name := range []string{"data_p2.pkl", "data_p3.pkl", "data_p4.pkl", "clean.pkl", "data.npz"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "data.pkl")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := open(t, "cadena2019:"+path+"?types=original,conv1")
		if err != nil {
			mutate.CheckError(t, err, path)
			return
		}
		_ = d.Validate()
	})
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	const n, side, neurons = 1000, 70, 166
	path := filepath.Join(dir, "data.npz")
	images, responses := make([]uint8, n*side*side), make([]float64, 4*n*neurons)
	for i := range images {
		images[i] = uint8(i * 31 >> 3)
	}
	for i := range responses {
		responses[i] = float64(i % 7)
	}
	if err := array.WriteNPZ(path, map[string]array.Array{"images": array.New(images, n, side, side), "responses": array.New(responses, 4, n, neurons)}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(images) + 8*len(responses)))
	for b.Loop() {
		if _, err := open(b, "cadena2019:"+path); err != nil {
			b.Fatal(err)
		}
	}
}
