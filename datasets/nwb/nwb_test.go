package nwb_test

import (
	"archive/zip"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/nwb"
)

// unpacked is a folder with what testdata/make.py wrote, made once. With V1LAB_TEST_PYNWB=1 the script writes it anew, in a Python environment
// of its own with the versions in testdata/requirements.txt.
var unpacked = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "nwb")
	if err != nil {
		return "", err
	}
	file := "testdata/nwb.zip"
	if os.Getenv("V1LAB_TEST_PYNWB") != "" {
		if file, err = written(dir); err != nil {
			return dir, err
		}
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		return dir, err
	}
	defer z.Close()
	for _, member := range z.File {
		r, err := member.Open()
		if err != nil {
			return dir, err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return dir, err
		}
		if err := os.WriteFile(filepath.Join(dir, member.Name), content, 0o600); err != nil {
			return dir, err
		}
	}
	return dir, nil
})

// written runs testdata/make.py in a new environment and returns the path of the archive.
func written(dir string) (string, error) {
	script, err := filepath.Abs("testdata/make.py")
	if err != nil {
		return "", err
	}
	env := filepath.Join(dir, "env", "bin")
	for _, command := range [][]string{
		{"python3", "-m", "venv", filepath.Dir(env)},
		{filepath.Join(env, "pip"), "install", "-q", "-r", filepath.Join(filepath.Dir(script), "requirements.txt")},
		{filepath.Join(env, "python"), "-W", "ignore", script},
	} {
		c := exec.Command(command[0], command[1:]...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%v: %w: %s", command, err, out)
		}
	}
	return filepath.Join(dir, "nwb.zip"), nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := unpacked(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func folder(t testing.TB) string {
	t.Helper()
	dir, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return nwb.Open(spec)
}

// expected is what NumPy computes: images, the image of each presentation (-1 is a blank), responses and covariates.
type expected struct {
	images            array.Array
	shown             []int
	values, behaviour []float64
	neurons, names    int
}

func read(t *testing.T, name string) (e expected) {
	t.Helper()
	all, err := array.ReadNPZ(filepath.Join(folder(t), name+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	e.images = all["images"]
	e.shown, _ = all["shown"].Ints()
	e.values, _ = all["responses"].Float64s()
	e.neurons = all["responses"].Shape[1]
	if c, ok := all["covariates"]; ok {
		e.behaviour, _ = c.Float64s()
		e.names = c.Shape[1]
	}
	return e
}

func near(a float32, b float64) bool {
	return a != a && math.IsNaN(b) || math.Abs(float64(a)-b) < 1e-5*(1+math.Abs(b))
}

// check compares a dataset with what is expected of every image, wherever the split put it.
func (e expected) check(t *testing.T, d *datasets.Dataset) {
	t.Helper()
	if d.NumNeurons() != e.neurons || len(d.Train.Covariates.Names) != e.names {
		t.Fatalf("%d neurons, covariates %q, want %d and %d", d.NumNeurons(), d.Train.Covariates.Names, e.neurons, e.names)
	}
	pixels, _ := e.images.Float32s()
	size := len(pixels) / e.images.Shape[0]
	of := map[int][]int{} // rows of each image
	for row, image := range e.shown {
		if image >= 0 {
			of[image] = append(of[image], row)
		}
	}
	var seen []int // images that were shown, in order
	for image := range e.images.Shape[0] {
		if len(of[image]) > 0 {
			seen = append(seen, image)
		}
	}
	mean := func(table []float64, width, c int, rows []int) float64 {
		sum, n := 0.0, 0.0
		for _, row := range rows {
			if v := table[row*width+c]; v == v {
				sum, n = sum+v, n+1
			}
		}
		return sum / n
	}
	picture := func(im datasets.Images, i, image int) {
		if !slices.Equal(im.At(i), pixels[image*size:(image+1)*size]) {
			t.Errorf("a picture is not image %d", image)
		}
	}
	for _, p := range []struct {
		part  datasets.Part
		index []int
	}{{d.Train, d.Split.TrainIndex}, {d.Val, d.Split.ValIndex}} {
		for i, k := range p.index {
			picture(p.part.Images, i, seen[k])
			for c, got := range p.part.Responses.At(i) {
				if want := mean(e.values, e.neurons, c, of[seen[k]]); !near(got, want) {
					t.Errorf("image %d, neuron %d: %v, want %v", seen[k], c, got, want)
				}
			}
			for c, got := range p.part.Covariates.Values[i*e.names : (i+1)*e.names] {
				if want := mean(e.behaviour, e.names, c, of[seen[k]]); !near(got, want) {
					t.Errorf("image %d, covariate %d: %v, want %v", seen[k], c, got, want)
				}
			}
		}
	}
	for i, k := range d.Split.TestIndex {
		picture(d.Test.Images, i, seen[k])
		for r := range d.Test.Responses.Repeats {
			row := -1
			if r < len(of[seen[k]]) {
				row = of[seen[k]][r]
			}
			for c, got := range d.Test.Responses.At(r, i) {
				want := math.NaN()
				if row >= 0 {
					want = e.values[row*e.neurons+c]
				}
				if !near(got, want) {
					t.Errorf("test image %d, repeat %d, neuron %d: %v, want %v", seen[k], r, c, got, want)
				}
			}
		}
	}
	if n := d.Train.Images.N + d.Val.Images.N + d.Test.Images.N; n != len(seen) {
		t.Errorf("%d images in all parts, %d were shown", n, len(seen))
	}
}

// Files by pynwb of many kinds: every picture and every response is that which NumPy computes, or the error names what is odd and what to type.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		name, options string
		want          string // of the error, if one is wanted
		as            string // the .npz file, if it has another name
	}{
		{"scenes", "", "", ""}, // the structure of Dandiset 000728
		{"scenes", "?window=0.1,0.5&covariates=none", "", "scenes-late"},
		{"scenes", "?image=x", "scenes.nwb: stimulus/presentation/natural_scenes_stimulus: options image, images and split are for tables, this is an IndexSeries", ""},
		{"scenes", "?responses=Neuropil,DfOverF/DfOverF&covariates=running", `scenes.nwb: no TimeSeries "running" (option covariates), found processing/behavior/BehavioralTimeSeries/running_speed`, ""},
		{"scenes", "?responses=Demixed", `scenes.nwb: no RoiResponseSeries or Units "Demixed" (option responses), found processing/ophys/DfOverF/DfOverF, processing/ophys/Fluorescence/Corrected`, ""},
		{"scenes", "?window=0.5", `option window="0.5", want FROM,TO in seconds after the onset, as in 0.05,0.5, FROM below TO`, ""},
		{"scenes", "?window=0.001,0.002", "no sample in any window of 0.001 s: samples are 0.0333333 s apart; accepted: option window for a longer one", ""},
		{"scenes", "?first=1", "indices 0 to 11 of 12 images in stimulus/templates/natural_scenes_template; accepted: 1 to 12, and -1 for a blank", ""},
		{"scenes", "?test=11", "11 images for testing of 12, want option test to leave at least 2", ""},
		{"scenes", "?runs=merge", "option runs=merge has no effect", ""},
		{"units", "", "", ""}, // names of pictures, colour, intervals in which a unit was observed
		{"units", "?window=0.05,0.2", "", "units-window"},
		{"units", "?image=correct", "units.nwb: intervals/trials/correct: dtype bool, want texts, indices or references", ""},
		{"units", "?image=picture", `units.nwb: intervals/trials: no column "picture" (option image), found correct, image_name`, ""},
		{"planes", "", "planes.nwb: several responses: processing/ophys/Fluorescence/lower (lower_plane), processing/ophys/Fluorescence/upper (upper_plane); accepted: one or, joined by commas, several planes by option responses", ""},
		{"planes", "?responses=upper,lower", "", ""}, // one of them stored [cells, samples]
		{"planes", "?responses=upper,upper", "each once", ""},
		{"regions", "", "processing/stimuli/stimuli/picture: indices 1 to 9 of 9 images in stimulus/templates/set; accepted: 0 to 8, or option first=1, which counts from 1", ""},
		{"regions", "?first=1", "", ""}, // rows of a table that has the index
		{"references", "", "", ""},      // references to pictures; those shown once are not for testing
		{"frames", "", "", ""},          // an ImageSeries that is the presentation
		{"neuropixels", "", "", ""},     // the tables of Visual Coding by Neuropixels
		{"divided", "", "", ""},         // a column that divides, MATLAB's second dimension, a single cell
		{"divided", "?split=none&test=3", "", ""},
		{"divided", "?test=3", "option test has no effect: column split divides the images; accepted: option split=none beside it", ""},
		{"divided", "?split=image_id", "divided.nwb: intervals/trials/image_id: shape [20, 1] of int64, want a word for each of 20 presentations; accepted: option split=none", ""},
		{"units", "?split=image_name", `.png" in row 0, want train, validation or test; accepted: option split=none, which draws the parts`, ""},
		{"screen", "", "have the image of the entry before, as if entries were frames of the screen; accepted: option runs=merge, or runs=each", ""},
		{"screen", "?runs=merge", "", ""},
		{"external", "", "movie: its images are in another file, movie.avi (external_file), which is not read", ""},
		{"external", "?stimulus=movie_shown", "movie: its images are in another file, movie.avi (external_file), which is not read", ""},
		{"both", "", "both.nwb: several responses: processing/ophys/DfOverF/dff (cells_plane), units; accepted: one", ""},
		{"unordered", "", "no order_of_images tells which image has which index, and the names (a, b, c) are not numbered one after another; accepted: option order=names", ""},
		{"unordered", "?order=names", "", ""},
		{"twice", "", "twice.nwb: several stimuli: intervals/other, stimulus/presentation/shown; accepted: one of them by option stimulus", ""},
		{"same", "", "", ""}, // two objects that say the same
		{"vague", "", "photo_number: indices 1 to 8 of 8 images in stimulus/templates/set; accepted: 0 to 7, or option first=1", ""},
		{"vague", "?image=image_after", "", ""},
		{"vague", "?image=photo_number&first=1", "", ""},
		{"gratings", "", "gratings.nwb: intervals/trials: no column tells which image was shown: columns none, images stimulus/templates/set (8); accepted: option image names the column", ""},
		{"clocks", "", "do both have the same clock?", ""},
		{"sizes", "", "sizes.nwb: stimulus/templates/set/002: shape [7, 5], want [5, 7] as 000 has", ""},
		{"opaque", "", "", ""}, // a fourth channel that is opaque
		{"transparent", "", "transparent.nwb: stimulus/templates/set/000: transparent pixels; accepted: images without transparency", ""},
		{"back", "", "back.nwb: processing/ophys/DfOverF/dff/timestamps: times go back at position 1", ""},
		{"rate", "", "rate.nwb: stimulus/presentation/shown/starting_time: starts at NaN s with a rate of NaN Hz", ""},
		{"elsewhere", "", "an external link to /dff in traces.nwb, which is not followed", ""},
		{"future", "", `future.nwb: nwb_version "3.0.0", accepted are 1 and 2`, ""},
		{"nameless", "", "nameless.nwb: no nwb_version, so no NWB file", ""},
		{"many", "", "many.nwb: stimulus/presentation/shown/data: indices 3 to 10 of 8 images", ""},
		{"behaviour", "", "running_speed: 7 timestamps for data of shape [20], want one for each sample (accepted: option covariates=none, or the series to use)", ""},
		{"behaviour", "?covariates=none", "", "simple"},
	} {
		spec := "nwb:" + filepath.Join(folder(t), c.name+".nwb") + c.options
		d, err := open(t, spec)
		switch {
		case c.want != "":
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s%s: got %v, want %q", c.name, c.options, err, c.want)
			}
		case err != nil:
			t.Errorf("%s%s: %v", c.name, c.options, err)
		default:
			t.Run(c.name+c.options, func(t *testing.T) {
				if err := d.Validate(); err != nil {
					t.Error(err)
				}
				if c.as == "simple" {
					return
				}
				name := c.as
				if name == "" {
					name = c.name
				}
				read(t, name).check(t, d)
			})
		}
	}
}

// The file's own division is that of the dataset, and recorded.
func TestDivided(t *testing.T) {
	d, err := open(t, "nwb:"+filepath.Join(folder(t), "divided.nwb"))
	if err != nil {
		t.Fatal(err)
	}
	s := d.Split
	if s.From != "split" || !slices.Equal(s.TrainIndex, []int{0, 1, 2, 3, 4, 5}) || !slices.Equal(s.ValIndex, []int{6, 7}) || !slices.Equal(s.TestIndex, []int{8, 9, 10, 11}) || d.Test.Responses.Repeats != 3 {
		t.Errorf("split %+v, %d repeats", s, d.Test.Responses.Repeats)
	}
	// Without such a column, images that were shown more than once are for testing if they are the minority.
	if d, err = open(t, "nwb:"+filepath.Join(folder(t), "references.nwb")); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Split.TestIndex, []int{2, 5, 11}) || d.Test.Responses.Repeats != 5 || d.Val.Images.N != 1 {
		t.Errorf("split %+v, %d repeats", d.Split, d.Test.Responses.Repeats)
	}
}

// DANDI has NWB in Zarr, too.
func TestZarr(t *testing.T) {
	dir := t.TempDir()
	if _, err := open(t, "nwb:"+dir); err == nil || !strings.HasSuffix(err.Error(), ": is a directory") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".zgroup"), []byte(`{"zarr_format": 2}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, "nwb:"+dir); err == nil || !strings.HasSuffix(err.Error(), ": a folder of NWB in Zarr, which is not read: export it to one file, as pynwb's NWBHDF5IO.export does") {
		t.Errorf("got %v", err)
	}
}
