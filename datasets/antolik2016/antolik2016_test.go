package antolik2016_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/antolik2016"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/mutate"
)

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return antolik2016.Open(spec)
}

const (
	images, tests, neurons, repeats, side = 20, 6, 4, 3, 5
)

// ramp is n values that all differ.
func ramp(n, start int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(start + i)
	}
	return values
}

// arrays is a region of the published layout. The average of repeats r, r+1, ... of a ramp is the middle one.
func arrays() map[string]array.Array {
	return map[string]array.Array{
		"training_inputs":    array.New(ramp(images*side*side, 1000), images, side*side),
		"training_set":       array.New(ramp(images*neurons, 0), images, neurons),
		"validation_inputs":  array.New(ramp(tests*side*side, 9000), tests, side*side),
		"raw_validation_set": array.New(ramp(repeats*tests*neurons, 0), repeats, tests, neurons),
		"validation_set":     array.New(ramp(tests*neurons, tests*neurons), tests, neurons),
	}
}

func region(t testing.TB, change func(a map[string]array.Array)) string {
	t.Helper()
	folder := t.TempDir()
	all := arrays()
	change(all)
	for name, a := range all {
		if err := array.WriteNPY(filepath.Join(folder, name+".npy"), a); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestWholeRegion(t *testing.T) {
	d, err := open(t, "antolik2016:"+region(t, func(map[string]array.Array) {})+"?seed=4")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	if d.Train.Images.N != 18 || d.Val.Images.N != 2 || d.Split.Seed != 4 || d.Train.Images.Height != side || d.Train.Images.Width != side {
		t.Errorf("split %d/%d by seed %d, images of %v", d.Train.Images.N, d.Val.Images.N, d.Split.Seed, d.Train.Images.Shape())
	}
	for k, i := range d.Split.TrainIndex {
		if got, want := d.Train.Images.At(k)[side+1], float32(1000+i*side*side+side+1); got != want {
			t.Errorf("image %d: pixel in the second row %v, want %v", i, got, want)
		}
		if got, want := d.Train.Responses.At(k)[2], float32(i*neurons+2); got != want {
			t.Errorf("image %d: response %v, want %v", i, got, want)
		}
	}
	if got := d.Test.Responses.At(2, 5)[3]; got != repeats*tests*neurons-1 {
		t.Errorf("last repeat of the last image %v", got)
	}
	for _, f := range datasets.Check(d) {
		if f.Code == "not-averages" {
			t.Errorf("averages of the repeats are refused: %s", f.Message)
		}
	}
}

func TestWrongAveragesAreFound(t *testing.T) {
	swapped := region(t, func(a map[string]array.Array) {
		a["validation_set"] = array.New(ramp(tests*neurons, 0), tests, neurons)
	})
	d, err := open(t, "antolik2016:"+swapped)
	if err != nil {
		t.Fatal(err)
	}
	found := ""
	for _, f := range datasets.Check(d) {
		if f.Code == "not-averages" {
			found = f.Message
		}
	}
	if want := "reported test averages: 24 of 24 are not the average of their repeats (correlation 1.00); 6 of 6 are single trials"; found != want {
		t.Errorf("found %q, want %q", found, want)
	}
}

// The images of the training part are missing from some copies: the repeats are still there to look at.
func TestWithoutTrainingImages(t *testing.T) {
	d, err := open(t, "antolik2016:"+region(t, func(a map[string]array.Array) { delete(a, "training_inputs") }))
	if err != nil {
		t.Fatal(err)
	}
	if !d.ImagesMissing() || d.NumNeurons() != neurons || d.Train.Responses.N != images || d.Test.Images.N != tests {
		t.Errorf("missing %v, %d neurons, %d responses, %d test images", d.ImagesMissing(), d.NumNeurons(), d.Train.Responses.N, d.Test.Images.N)
	}
	err = d.Validate()
	if want := "train_images: the training images are missing, there are responses to 20; accepted for ceilings, not for a fit"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestWithoutRepeats(t *testing.T) {
	d, err := open(t, "antolik2016:"+region(t, func(a map[string]array.Array) { delete(a, "raw_validation_set") }))
	if err != nil {
		t.Fatal(err)
	}
	if d.Test.Responses.Repeats != 1 || len(d.Test.Reported.Values) != 0 || d.Test.Responses.At(0, 0)[0] != tests*neurons {
		t.Errorf("%d repeats, reported %v", d.Test.Responses.Repeats, d.Test.Reported)
	}
}

func TestErrors(t *testing.T) {
	with := func(name string, a array.Array) string {
		return "antolik2016:" + region(t, func(all map[string]array.Array) { all[name] = a })
	}
	without := func(names ...string) string {
		return "antolik2016:" + region(t, func(all map[string]array.Array) {
			for _, name := range names {
				delete(all, name)
			}
		})
	}
	for spec, want := range map[string]string{
		"antolik2016:":                                                "antolik2016: no folder, want antolik2016:FOLDER",
		"antolik2016:/not/there":                                      "/not/there: no such file or directory",
		"antolik2016:doc.go":                                          "doc.go: not a directory",
		"antolik2016:.?sed=1":                                         `unknown option "sed", did you mean "seed"?`,
		"antolik2016:.":                                               ".: no training_set.npy, found no .npy file",
		without("training_set"):                                       "no training_set.npy, found raw_validation_set.npy, training_inputs.npy, validation_inputs.npy, validation_set.npy",
		without("raw_validation_set", "validation_set"):               "no validation_set.npy, found training_inputs.npy",
		with("training_inputs", array.New(ramp(60, 0), 20, 3)):        "training_inputs.npy: 3 values for each image, want the square of a side or [images, height, width]",
		with("training_inputs", array.New(ramp(180, 0), 20, 9)):       "training_inputs.npy: 9 values for each image, want 25 as in validation_inputs.npy",
		with("training_inputs", array.New(ramp(75, 0), 3, 25)):        "training_inputs.npy: 3 images, want 20 as in training_set.npy",
		with("training_set", array.New(ramp(60, 0), 20, 3)):           "training_set.npy: 3 neurons, want 4 as in raw_validation_set.npy",
		with("training_set", array.New([]float64{}, 1<<40, 0)):        "training_set.npy: shape [1099511627776, 0], want every length above 0",
		with("validation_inputs", array.New(ramp(25, 0), 1, 25)):      "raw_validation_set.npy: 6 images, want 1 as in validation_inputs.npy",
		with("validation_inputs", array.New(ramp(6, 0), 6)):           "validation_inputs.npy: shape [6], want [images, height*width] of squares",
		with("validation_set", array.New(ramp(12, 0), 6, 2)):          "validation_set.npy: 2 neurons, want 4 as in raw_validation_set.npy",
		with("validation_set", array.New(ramp(12, 0), 3, 4)):          "validation_set.npy: 3 images, want 6 as in raw_validation_set.npy",
		with("raw_validation_set", array.New(ramp(24, 0), 6, 4)):      "raw_validation_set.npy: shape [6, 4], want [repeats, images, neurons]",
		with("raw_validation_set", array.New([]string{"a"}, 1, 1, 1)): "raw_validation_set.npy: dtype str, want numbers",
	} {
		_, err := open(t, spec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
}

func TestDamagedFiles(t *testing.T) {
	folder := region(t, func(map[string]array.Array) {})
	for name := range arrays() {
		mutate.CheckOpen(t, filepath.Join(folder, name+".npy"), 100, 4<<20, func() error {
			_, err := open(t, "antolik2016:"+folder)
			return err
		})
	}
}

func FuzzOpen(f *testing.F) {
	folder := region(f, func(map[string]array.Array) {})
	content, err := os.ReadFile(filepath.Join(folder, "raw_validation_set.npy"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		folder := region(t, func(map[string]array.Array) {})
		path := filepath.Join(folder, "raw_validation_set.npy")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if d, err := open(t, "antolik2016:"+folder); err != nil {
			mutate.CheckError(t, err, path)
		} else {
			_ = d.Validate()
		}
	})
}

// recordings is where real recordings are, if this checkout has them beside it.
const recordings = "../../../shared/data/antolik2016"

func TestRealRegions(t *testing.T) {
	if _, err := os.Stat(recordings); os.IsNotExist(err) {
		t.Skip("no recordings beside this checkout")
	}
	for region, want := range map[string]struct{ train, neurons, repeats int }{
		"region1": {1800, 103, 10}, "region2": {1260, 55, 8}, "region3": {1800, 102, 12},
	} {
		d, err := open(t, "antolik2016:"+filepath.Join(recordings, region))
		if err != nil {
			t.Fatal(err)
		}
		r := d.Test.Responses
		if d.Train.Responses.N != want.train || d.NumNeurons() != want.neurons || r.Repeats != want.repeats || r.N != 50 || d.Test.Images.Height != 31 {
			t.Errorf("%s: %d training responses, %d neurons, %d repeats of %d images of %v", region, d.Train.Responses.N, d.NumNeurons(), r.Repeats, r.N, d.Test.Images.Shape())
		}
		// The published averages are those of the repeats, and the repeats agree: nothing is to be found but the missing images.
		for _, f := range datasets.Check(d) {
			if f.Code != "missing-images" {
				t.Errorf("%s: %s: %s", region, f.Code, f.Message)
			}
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	folder := b.TempDir()
	for name, a := range map[string]array.Array{
		"training_inputs":    array.New(ramp(1800*961, 0), 1800, 961),
		"training_set":       array.New(ramp(1800*103, 0), 1800, 103),
		"validation_inputs":  array.New(ramp(50*961, 0), 50, 961),
		"raw_validation_set": array.New(ramp(10*50*103, 0), 10, 50, 103),
	} {
		if err := array.WriteNPY(filepath.Join(folder, name+".npy"), a); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(8 * (1800*961 + 1800*103 + 50*961 + 10*50*103))
	for b.Loop() {
		if _, err := open(b, "antolik2016:"+folder); err != nil {
			b.Fatal(err)
		}
	}
}

func Example() {
	folder, err := os.MkdirTemp("", "region")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	for name, a := range arrays() {
		if name == "training_inputs" {
			continue // as in copies without the training images
		}
		if err := array.WriteNPY(filepath.Join(folder, name+".npy"), a); err != nil {
			fmt.Println(err)
			return
		}
	}
	d, err := antolik2016.Open(datasets.Spec{Scheme: "antolik2016", Path: folder})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.NumNeurons(), "neurons,", d.Test.Responses.Repeats, "repeats of", d.Test.Images.N, "images; training images missing:", d.ImagesMissing())
	// Output:
	// 4 neurons, 3 repeats of 6 images; training images missing: true
}
