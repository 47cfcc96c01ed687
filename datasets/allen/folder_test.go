package allen_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/allen"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/mutate"
)

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return allen.Open(spec)
}

const scenes, neurons, repeats = 6, 3, 4

func ramp(n, start int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(start + i)
	}
	return values
}

// arrays is a folder of the circulating layout; its trials are listed scene by scene.
func arrays() map[string]array.Array {
	averages := make([]float64, scenes*neurons)
	for i := range averages {
		averages[i] = float64(i/neurons*repeats*neurons+i%neurons) + float64((repeats-1)*neurons)/2
	}
	return map[string]array.Array{
		"Allen_train_input":     array.New(ramp(20*9, 500), 20, 9),
		"Allen_train_output":    array.New(ramp(20*neurons, -20), 20, neurons),
		"Allen_test_input":      array.New(ramp(scenes*9, 0), scenes, 9),
		"Allen_test_output":     array.New(averages, scenes, neurons),
		"Allen_test_output_big": array.New(ramp(scenes*repeats*neurons, 0), scenes*repeats, neurons),
		"all_input_scenes":      array.New(ramp(26*9, 0), 26, 9),
	}
}

func folder(t testing.TB, change func(a map[string]array.Array)) string {
	t.Helper()
	path := t.TempDir()
	all := arrays()
	change(all)
	for name, a := range all {
		if err := array.WriteNPY(filepath.Join(path, name+".npy"), a); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func finding(d *datasets.Dataset, code string) *datasets.Finding {
	for _, f := range datasets.Check(d) {
		if f.Code == code {
			return &f
		}
	}
	return nil
}

func TestRowsAreGrouped(t *testing.T) {
	path := folder(t, func(map[string]array.Array) {})
	for rows, want := range map[string]struct {
		repeats int
		value   float32 // of repeat 1 of scene 2
	}{
		"":              {repeats, (2*repeats + 1) * neurons},
		"?rows=scenes":  {repeats, (2*repeats + 1) * neurons},
		"?rows=repeats": {repeats, (1*scenes + 2) * neurons},
		"?rows=none":    {1, 0},
	} {
		d, err := open(t, "allen:"+path+rows)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Validate(); err != nil {
			t.Error(err)
		}
		r := d.Test.Responses
		if r.Repeats != want.repeats || r.N != scenes || d.Train.Images.N != 18 || d.Val.Images.N != 2 || d.Train.Images.Height != 3 {
			t.Errorf("%q: %d repeats of %d scenes, %d and %d images of %v", rows, r.Repeats, r.N, d.Train.Images.N, d.Val.Images.N, d.Train.Images.Shape())
		}
		if r.Repeats > 1 && r.At(1, 2)[0] != want.value {
			t.Errorf("%q: repeat 1 of scene 2 is %v, want %v", rows, r.At(1, 2)[0], want.value)
		}
	}

	// The averages tell which order is right.
	right, err := open(t, "allen:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if f := finding(right, "not-averages"); f != nil {
		t.Errorf("right order: %s", f.Message)
	}
	wrong, err := open(t, "allen:"+path+"?rows=repeats")
	if err != nil {
		t.Fatal(err)
	}
	if f := finding(wrong, "not-averages"); f == nil || !strings.HasPrefix(f.Advice, "the trials are in the other order") {
		t.Errorf("wrong order: %+v", f)
	}
}

func TestFolderErrors(t *testing.T) {
	with := func(name string, a array.Array) string {
		return "allen:" + folder(t, func(all map[string]array.Array) { all[name] = a })
	}
	for spec, want := range map[string]string{
		"allen:":           "allen: no folder, want allen:FOLDER",
		"allen:/not/there": "/not/there: no such file or directory",
		"allen:.?rows=big": `option rows="big", want scenes or repeats or none`,
		"allen:.":          ".: no Allen_train_input.npy, found no .npy file",
		with("Allen_test_output_big", array.New(ramp(23*3, 0), 23, 3)): "Allen_test_output_big.npy: 23 trials, want the same number for each of the 6 images in Allen_test_input.npy",
		with("Allen_test_output_big", array.New(ramp(24, 0), 6, 4)):    "Allen_test_output_big.npy: 4 neurons, want 3 as in Allen_train_output.npy",
		with("Allen_test_output", array.New(ramp(12, 0), 4, 3)):        "Allen_test_output.npy: 4 images, want 6 as in Allen_test_input.npy",
		with("Allen_test_output", array.New(ramp(12, 0), 6, 2)):        "Allen_test_output.npy: 2 neurons, want 3 as in Allen_train_output.npy",
		with("Allen_test_input", array.New(ramp(24, 0), 6, 4)):         "Allen_test_input.npy: 4 values for each image, want 9 as in Allen_train_input.npy",
		with("Allen_train_output", array.New(ramp(27, 0), 9, 3)):       "Allen_train_output.npy: 9 images, want 20 as in Allen_train_input.npy",
		with("Allen_train_input", array.New(ramp(9, 0), 1, 9)):         "Allen_train_output.npy: 20 images, want 1 as in Allen_train_input.npy",
		with("Allen_train_input", array.New([]float64{}, 0, 9)):        "Allen_train_input.npy: shape [0, 9], want every length above 0",
	} {
		_, err := open(t, spec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
}

func TestDamagedFolder(t *testing.T) {
	path := folder(t, func(map[string]array.Array) {})
	for name := range arrays() {
		if name == "all_input_scenes" {
			continue // not read
		}
		mutate.CheckOpen(t, filepath.Join(path, name+".npy"), 100, 4<<20, func() error {
			_, err := open(t, "allen:"+path)
			return err
		})
	}
}

func FuzzFolder(f *testing.F) {
	content, err := os.ReadFile(filepath.Join(folder(f, func(map[string]array.Array) {}), "Allen_test_output_big.npy"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		path := folder(t, func(map[string]array.Array) {})
		file := filepath.Join(path, "Allen_test_output_big.npy")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if d, err := open(t, "allen:"+path); err != nil {
			mutate.CheckError(t, err, file)
		} else {
			_ = d.Validate()
		}
	})
}

// recordings is where real recordings are, if this checkout has them beside it.
const recordings = "../../../shared/data/allen_natural_scenes"

// What the files promise they do not keep, and Check says so whatever order of rows is asked for.
func TestRealFolderIsFlagged(t *testing.T) {
	if _, err := os.Stat(recordings); os.IsNotExist(err) {
		t.Skip("no recordings beside this checkout")
	}
	for rows, want := range map[string][]string{
		"scenes":  {"shared-trials", "not-averages", "repeats-disagree", "negative-responses", "few-images"},
		"repeats": {"shared-trials", "not-averages", "repeats-disagree", "negative-responses", "few-images"},
		"none":    {"not-averages", "negative-responses", "few-images"},
	} {
		d, err := open(t, "allen:"+recordings+"?rows="+rows)
		if err != nil {
			t.Fatal(err)
		}
		if d.Train.Images.N != 90 || d.Val.Images.N != 10 || d.Test.Images.N != 18 || d.NumNeurons() != 212 || d.Train.Images.Height != 31 {
			t.Errorf("%s: %d/%d/%d images of %v, %d neurons", rows, d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, d.Train.Images.Shape(), d.NumNeurons())
		}
		if rows != "none" && d.Test.Responses.Repeats != 50 {
			t.Errorf("%s: %d repeats", rows, d.Test.Responses.Repeats)
		}
		for _, code := range want {
			if finding(d, code) == nil {
				t.Errorf("%s: no finding %s", rows, code)
			}
		}
		if f := finding(d, "not-averages"); rows != "none" && !strings.Contains(f.Message, "2 of 18 are single trials") {
			t.Errorf("%s: %s", rows, f.Message)
		}
	}
}

func BenchmarkFolder(b *testing.B) {
	path := b.TempDir()
	for name, a := range map[string]array.Array{
		"Allen_train_input":     array.New(ramp(100*961, 0), 100, 961),
		"Allen_train_output":    array.New(ramp(100*212, 0), 100, 212),
		"Allen_test_input":      array.New(ramp(18*961, 0), 18, 961),
		"Allen_test_output":     array.New(ramp(18*212, 0), 18, 212),
		"Allen_test_output_big": array.New(ramp(900*212, 0), 900, 212),
	} {
		if err := array.WriteNPY(filepath.Join(path, name+".npy"), a); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(8 * (118*961 + 118*212 + 900*212))
	for b.Loop() {
		if _, err := open(b, "allen:"+path); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleOpen_folder() {
	path, err := os.MkdirTemp("", "allen")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(path)
	for name, a := range arrays() {
		if err := array.WriteNPY(filepath.Join(path, name+".npy"), a); err != nil {
			fmt.Println(err)
			return
		}
	}
	d, err := allen.Open(datasets.Spec{Scheme: "allen", Path: path})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Test.Responses.Repeats, "repeats of", d.Test.Images.N, "scenes")
	// Output: 4 repeats of 6 scenes
}
