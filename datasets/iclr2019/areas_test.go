package iclr2019_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/scigolib/hdf5"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

func floats(t testing.TB, a array.Array) []float32 {
	t.Helper()
	values, err := a.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// trials of one image as a sorted list of rows: the reference's order of repeats is arbitrary.
func trials(r datasets.Repeats, image int) []string {
	var rows []string
	for repeat := range r.Repeats {
		rows = append(rows, fmt.Sprint(r.At(repeat, image)))
	}
	slices.Sort(rows)
	return rows
}

// Each area as the reference's loader returns it, to the digit.
func TestReferenceAreas(t *testing.T) {
	all := expected(t, "")
	for area, ids := range map[string][]string{"area_a": {"100", "101", "102", "103"}, "area_b": {"100", "101", "102"}} {
		d, err := open(t, "iclr2019:testdata/hdf5?areas="+area)
		if err != nil {
			t.Fatal(err)
		}
		for key, got := range map[string][]float32{
			"images_train": d.Train.Images.Pixels, "images_val": d.Val.Images.Pixels, "images_test": d.Test.Images.Pixels,
			"responses_train": d.Train.Responses.Values, "responses_val": d.Val.Responses.Values,
		} {
			if diff := cmp.Diff(floats(t, all[area+".loaded."+key]), got); diff != "" {
				t.Errorf("%s %s:\n%s", area, key, diff)
			}
		}
		got := d.Test.Responses
		a := all[area+".loaded.responses_test"]
		want := datasets.Repeats{Repeats: a.Shape[0], N: a.Shape[1], Neurons: a.Shape[2], Values: floats(t, a)}
		if got.Repeats != 10 || got.N != 5 || got.Neurons != len(ids) {
			t.Fatalf("%s: test responses [%d, %d, %d]", area, got.Repeats, got.N, got.Neurons)
		}
		for i := range got.N {
			if diff := cmp.Diff(trials(want, i), trials(got, i)); diff != "" {
				t.Errorf("%s: trials of image %d:\n%s", area, i, diff)
			}
		}
		// Ours are in the order of the file.
		rows := all[area+".test.responses"]
		imageIDs, err := all[area+".test.image_ids"].Ints()
		if err != nil {
			t.Fatal(err)
		}
		repeat := 0
		for row, id := range imageIDs {
			if id == 2 { // the first image
				n := got.Neurons
				if diff := cmp.Diff(floats(t, rows)[row*n:(row+1)*n], got.At(repeat, 0)); diff != "" {
					t.Errorf("%s: repeat %d:\n%s", area, repeat, diff)
				}
				repeat++
			}
		}
		for i, n := range d.Neurons {
			if n.ID != ids[i] || n.Session != area || !math.IsNaN(n.X) {
				t.Errorf("%s: neuron %+v", area, n)
			}
		}
	}
}

// Both areas, normalised, are what the reference pickled.
func TestReferenceAreasJoined(t *testing.T) {
	want := expected(t, "dataset.")
	d, err := open(t, "iclr2019:testdata/hdf5")
	if err != nil {
		t.Fatal(err)
	}
	if d.Normalisation != nil || d.NumNeurons() != 7 || d.Neurons[4].ID != "100" || d.Neurons[4].Session != "area_b" {
		t.Errorf("normalisation %v, neurons %+v", d.Normalisation, d.Neurons)
	}
	if err := datasets.Normalise(d); err != nil {
		t.Fatal(err)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	near := cmpopts.EquateApprox(1e-6, 1e-6) // the reference computes in float32
	for key, got := range map[string][]float32{
		"images_train": d.Train.Images.Pixels, "images_val": d.Val.Images.Pixels, "images_test": d.Test.Images.Pixels,
		"responses_train": d.Train.Responses.Values, "responses_val": d.Val.Responses.Values,
	} {
		if diff := cmp.Diff(floats(t, want[key]), got, near); diff != "" {
			t.Errorf("%s:\n%s", key, diff)
		}
	}
	// Repeats in another order have the same mean.
	mean := func(r []float32, i int) (sum float32) {
		for repeat := range 10 {
			sum += r[repeat*5*7+i] / 10
		}
		return sum
	}
	for i := range 5 * 7 {
		a, b := mean(floats(t, want["responses_test"]), i), mean(d.Test.Responses.Values, i)
		if math.Abs(float64(a-b)) > 1e-6 {
			t.Errorf("mean %d: %v, want %v", i, b, a)
		}
	}
	turned, err := open(t, "iclr2019:testdata/hdf5?areas=area_b,area_a")
	if err != nil || turned.Neurons[0].Session != "area_b" || turned.Neurons[3].Session != "area_a" {
		t.Errorf("areas in another order: %v", err)
	}
}

// area writes the three files of one area: 4 training, 2 validation images and 5 trials of 2 test images with ids 9, 3, 9, 9, 3.
func area(t *testing.T, folder, name string, change func(file string, arrays map[string]array.Array)) {
	t.Helper()
	for part, n := range map[string]int{"train": 4, "val": 2, "test": 5} {
		inputs, responses := make([]float32, n*6), make([]float64, n*2)
		for i := range inputs {
			inputs[i] = float32(i)
		}
		for i := range responses {
			responses[i] = float64(i)
		}
		arrays := map[string]array.Array{"inputs": array.New(inputs, n, 1, 2, 3), "responses": array.New(responses, n, 2)}
		if part == "test" {
			ids := []int{9, 3, 9, 9, 3}
			for i, id := range ids {
				for j := range 6 {
					inputs[6*i+j] = float32(10*id + j)
				}
			}
			arrays["image_ids"] = array.New(ids)
			arrays["info/unit_ids"] = array.New([]int{7, 8})
		}
		if change != nil {
			change(part, arrays)
		}
		w, err := hdf5.CreateForWrite(filepath.Join(folder, name+"_"+part+".h5"), hdf5.CreateTruncate)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.CreateGroup("/info"); err != nil {
			t.Fatal(err)
		}
		for key, a := range arrays {
			kind := map[string]hdf5.Datatype{"float32": hdf5.Float32, "float64": hdf5.Float64, "int64": hdf5.Int64}[a.Type()]
			dims := make([]uint64, len(a.Shape))
			for i, d := range a.Shape {
				dims[i] = uint64(d)
			}
			d, err := w.CreateDataset("/"+key, kind, dims)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Write(a.Data); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRaggedRepeats(t *testing.T) {
	folder := t.TempDir()
	area(t, folder, "v1", nil)
	area(t, folder, "v2", func(_ string, arrays map[string]array.Array) {
		if _, ok := arrays["image_ids"]; ok { // one trial fewer of image 9
			arrays["image_ids"] = array.New([]int{9, 3, 9, 3})
			arrays["inputs"] = array.New(append(slices.Clone(arrays["inputs"].Data.([]float32)[:18]), arrays["inputs"].Data.([]float32)[24:]...), 4, 1, 2, 3)
			arrays["responses"] = array.New([]float64{0, 10, 20, 30, 40, 50, 60, 70}, 4, 2)
		}
	})
	d, err := open(t, "iclr2019:"+folder)
	if err != nil {
		t.Fatal(err)
	}
	nan := float32(math.NaN())
	want := datasets.Repeats{Repeats: 3, N: 2, Neurons: 4, Values: []float32{
		2, 3, 20, 30 /* image 3 */, 0, 1, 0, 10, /* image 9 */
		8, 9, 60, 70, 4, 5, 40, 50,
		nan, nan, nan, nan, 6, 7, nan, nan,
	}}
	if diff := cmp.Diff(want, d.Test.Responses, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float32{30, 31, 32, 33, 34, 35, 90, 91, 92, 93, 94, 95}, d.Test.Images.Pixels); diff != "" {
		t.Error(diff)
	}
}

func TestBadAreas(t *testing.T) {
	set := func(part, key string, a array.Array) func(string, map[string]array.Array) {
		return func(file string, arrays map[string]array.Array) {
			if file == part {
				arrays[key] = a
				if a.Data == nil {
					delete(arrays, key)
				}
			}
		}
	}
	for name, test := range map[string]struct {
		change func(string, map[string]array.Array)
		want   string
	}{
		"no inputs":     {set("train", "inputs", array.Array{}), "v2_train.h5: inputs: not in the file"},
		"colour":        {set("val", "inputs", array.New(make([]float32, 36), 2, 3, 2, 3)), "v2_val.h5: inputs: shape [2, 3, 2, 3], want [images, 1, height, width]"},
		"vector":        {set("val", "responses", array.New(make([]float64, 4))), "v2_val.h5: responses: shape [4], want [images, neurons]"},
		"rows":          {set("train", "responses", array.New(make([]float64, 6), 3, 2)), "v2_train.h5: responses: 3 rows for 4 inputs"},
		"other images":  {set("train", "inputs", array.New(make([]float32, 24), 4, 1, 2, 3)), "v2_train.h5: inputs: image 0 is not that of the first area; the areas must have seen the same"},
		"other size":    {set("train", "inputs", array.New(make([]float32, 24), 4, 1, 3, 2)), "v2_train.h5: inputs: 4 images of 3 x 2, want 4 of 2 x 3 as in the first area"},
		"neurons":       {set("test", "responses", array.New(make([]float64, 15), 5, 3)), "v2_test.h5: responses: 3 neurons, want 2 as in training"},
		"ids":           {set("test", "image_ids", array.New([]int{1, 2})), "v2_test.h5: image_ids: 2 values of int64 for 5 inputs and 5 responses, want a whole number for each"},
		"fractions":     {set("test", "image_ids", array.New([]float64{1, 1, 1.5, 2, 2})), "v2_test.h5: image_ids: 5 values of float64 for 5 inputs"},
		"two pictures":  {set("test", "image_ids", array.New([]int{9, 9, 9, 9, 3})), "v2_test.h5: image_ids: image 9 is another picture in row 1 than in row 0"},
		"no units":      {set("test", "info/unit_ids", array.Array{}), "v2_test.h5: info/unit_ids: not in the file"},
		"units":         {set("test", "info/unit_ids", array.New([]int{1, 2, 3})), "v2_test.h5: info/unit_ids: 3 values of int64, want a whole number for each of 2 neurons"},
		"fewer trained": {set("train", "responses", array.New(make([]float64, 4), 4, 1)), "v2_val.h5: responses: 2 neurons, want 1 as in training"},
	} {
		folder := t.TempDir()
		area(t, folder, "v1", nil)
		area(t, folder, "v2", test.change)
		_, err := open(t, "iclr2019:"+folder)
		oneLine(t, name, err, test.want)
	}
	folder := t.TempDir()
	area(t, folder, "v1", nil)
	if err := os.Remove(filepath.Join(folder, "v1_val.h5")); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"iclr2019:" + folder:                     "v1_val.h5: no such file or directory",
		"iclr2019:" + folder + "?areas=v1,v4":    `option areas="v1,v4", want a list, each at most once, of v1`,
		"iclr2019:" + folder + "?areas=v1,v1":    `option areas="v1,v1", want a list`,
		"iclr2019:" + folder + "?area=v1":        `unknown option "area", did you mean "areas"?`,
		"iclr2019:" + t.TempDir():                "no AREA_train.h5, want a folder of AREA_train.h5, AREA_val.h5 and AREA_test.h5, or a pickle",
		"iclr2019:testdata/data_p4.pkl?areas=v1": `unknown option "areas"`,
		"iclr2019:testdata/hdf5/area_a_train.h5": "not a pickle of protocol 2 to 4",
	} {
		_, err := open(t, text)
		oneLine(t, text, err, want)
	}
}

// 500 folders of which one file is damaged: a dataset or an error that names a file, no panic.
func TestDamagedAreas(t *testing.T) {
	folder := t.TempDir()
	area(t, folder, "v1", nil)
	area(t, folder, "v2", nil)
	rng := rand.New(rand.NewPCG(4, 4))
	for i := range 500 {
		path := filepath.Join(folder, []string{"v1_train.h5", "v1_test.h5", "v2_val.h5"}[i%3])
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b := slices.Clone(content)
		switch at := rng.IntN(len(b) - 8); rng.IntN(3) {
		case 0:
			b = b[:at]
		case 1:
			b[at] ^= 1 << rng.IntN(8)
		case 2:
			binary.LittleEndian.PutUint64(b[at:], []uint64{1<<64 - 1, 1 << 40, 0, 3}[rng.IntN(4)])
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := open(t, "iclr2019:"+folder)
		if err == nil {
			_ = d.Validate()
		} else {
			oneLine(t, "damaged", err, folder)
			oneLine(t, "damaged", err, ".h5: ")
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
