package formats_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
	"v1lab/datasets/npz"
)

const small = "simulated:?neurons=6&images=60&val=20&test=10&repeats=3&height=16&width=17"

func TestOpenNormalises(t *testing.T) {
	d, err := formats.Open(small)
	if err != nil {
		t.Fatal(err)
	}
	if d.Spec != small || d.Normalisation == nil {
		t.Errorf("spec %q, normalisation %v", d.Spec, d.Normalisation)
	}
	raw, err := formats.Open(small + "&normalise=none")
	if err != nil {
		t.Fatal(err)
	}
	if raw.Normalisation != nil || raw.Train.Images.Pixels[0] < 0 {
		t.Errorf("raw values were normalised: %v", raw.Normalisation)
	}
	want := (float64(raw.Train.Images.Pixels[5]) - d.Normalisation.ImageMean) / d.Normalisation.ImageSD
	if got := float64(d.Train.Images.Pixels[5]); math.Abs(got-want) > 1e-6 {
		t.Errorf("pixel %v, want %v", got, want)
	}

	// The authors' files hold normalised values only, which stay as they are.
	for _, option := range []string{"", "?normalise=none"} {
		kept, err := formats.Open("iclr2019:../iclr2019/testdata/data_p4.pkl" + option)
		if err != nil {
			t.Fatal(err)
		}
		if n := kept.Normalisation; n == nil || n.ImageMean != 0 || n.ImageSD != 1 || kept.NumNeurons() != 7 || kept.Test.Responses.Repeats != 10 {
			t.Errorf("normalisation %+v, %d neurons, %d repeats", n, kept.NumNeurons(), kept.Test.Responses.Repeats)
		}
	}

	// A file of normalised values is not normalised again.
	path := filepath.Join(t.TempDir(), "r.npz")
	if err := npz.Write(path, d); err != nil {
		t.Fatal(err)
	}
	again, err := formats.Open("npz:" + path)
	if err != nil {
		t.Fatal(err)
	}
	if datasets.Fingerprint(again) != datasets.Fingerprint(d) {
		t.Error("normalised values changed on the way through a file")
	}
}

func TestOpenErrors(t *testing.T) {
	raw, err := formats.OpenRaw(small)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := func(name string, change func(d *datasets.Dataset)) string {
		path := filepath.Join(dir, name)
		if err := npz.Write(path, raw); err != nil {
			t.Fatal(err)
		}
		arrays, err := array.ReadNPZ(path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := formats.OpenRaw(small)
		if err != nil {
			t.Fatal(err)
		}
		change(d)
		im := d.Train.Images
		arrays["train_images"] = array.New(im.Pixels, im.N, im.Height, im.Width)
		arrays["train_responses"] = array.New(d.Train.Responses.Values, d.Train.Responses.N, d.Train.Responses.Neurons)
		if err := array.WriteNPZ(path, arrays); err != nil {
			t.Fatal(err)
		}
		return "npz:" + path
	}
	for spec, want := range map[string]string{
		"recording.npz":                 "no scheme",
		"zip:recording":                 `data "zip:recording": unknown scheme "zip", want allen, antolik2016, cadena2019, csv, hdf5, iclr2019, mat, npy, npz, nwb, sensorium, simulated, zarr`,
		"npz:a.npz?normalise=yes":       `option normalise="yes", want reference or none or pixel or signed`,
		"npz:a.npz?normalize=none":      `unknown option "normalize", did you mean "normalise"?`,
		"simulated:?height=10":          `option height="10", want a whole number of at least 15`,
		"simulated:?types=simple,bogus": `option types="simple,bogus", want a list, each at most once, of simple,complex,centre-surround,corner,cross-suppressed`,
		"simulated:here":                `path "here", the simulator reads no file`,
		file("nan.npz", func(d *datasets.Dataset) { d.Train.Images.Pixels[16*17*4] = float32(math.NaN()) }):  "nan.npz: train_images: 1 values are not finite, the first (NaN) at image 4",
		file("inf.npz", func(d *datasets.Dataset) { d.Train.Responses.Values[7] = float32(math.Inf(1)) }):    "inf.npz: train_responses: 1 values are not finite, the first (+Inf) at image 1",
		file("flat.npz", func(d *datasets.Dataset) { clear(d.Train.Images.Pixels) }):                         "flat.npz: normalisation: the standard deviation of the training images is 0",
		file("size.npz", func(d *datasets.Dataset) { d.Train.Images.Height, d.Train.Images.Width = 17, 16 }): "size.npz: val_images: size [16, 17, 1], want that of train_images, [17, 16, 1]",
		file("one.npz", func(d *datasets.Dataset) {
			d.Train.Images.N, d.Train.Images.Pixels = 1, d.Train.Images.Pixels[:16*17]
			d.Train.Responses.N, d.Train.Responses.Values = 1, d.Train.Responses.Values[:6]
		}): "one.npz: train_images: 1 image, want at least 2",
	} {
		_, err := formats.Open(spec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
	// A neuron that never responds is no obstacle; Check tells.
	dead := file("dead.npz", func(d *datasets.Dataset) {
		for i := range d.Train.Responses.N {
			d.Train.Responses.At(i)[2] = 0
		}
	})
	if _, err := formats.Open(dead); err != nil {
		t.Error(err)
	}
	d, err := formats.OpenRaw(dead)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range datasets.Check(d) {
		found = found || f.Code == "dead-neurons" && f.Message == "1 of 6 neurons never respond in training (2 id sim0002)"
	}
	if !found {
		t.Errorf("no dead neuron among %+v", datasets.Check(d))
	}
}

// recordings is where real recordings are, if this checkout has them beside it.
const recordings = "../../../shared/data"

func TestMacaqueRecording(t *testing.T) {
	folder := filepath.Join(recordings, "tang2018")
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		t.Skip("no recordings beside this checkout")
	}
	d, err := formats.Open("npy:" + folder + "?normalise=none")
	if err != nil {
		t.Fatal(err)
	}
	total := d.Train.Images.N + d.Val.Images.N + d.Test.Images.N
	if total != 9500 || d.Train.Images.Height != 20 || d.Train.Images.Width != 20 || d.NumNeurons() != 2 || d.Neurons[1].ID != "255" {
		t.Errorf("%d images of %dx%d, %d neurons %+v", total, d.Train.Images.Height, d.Train.Images.Width, d.NumNeurons(), d.Neurons)
	}
	if d.Test.Images.N < 950 || d.Test.Images.N > 955 {
		t.Errorf("%d test images", d.Test.Images.N)
	}
	codes := map[string]bool{}
	for _, f := range datasets.Check(d) {
		t.Log(f.Severity, f.Code+":", f.Message)
		codes[f.Code] = true
		if f.Severity == datasets.SeverityError {
			t.Errorf("%s: %s", f.Code, f.Message)
		}
	}
	// 101 of the 9500 images show a pattern that another one shows; the split keeps them together.
	if !codes["repeated-images"] || codes["shared-images"] || !codes["negative-responses"] {
		t.Errorf("findings %v", codes)
	}
}

// The source calls these test responses averages over 50 repeats; their spread says otherwise.
func TestMouseRecordingIsFlagged(t *testing.T) {
	folder := filepath.Join(recordings, "allen_natural_scenes")
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		t.Skip("no recordings beside this checkout")
	}
	arrays := map[string]array.Array{}
	for key, file := range map[string]string{
		"train_images": "Allen_train_input", "train_responses": "Allen_train_output",
		"test_images": "Allen_test_input", "test_responses": "Allen_test_output",
	} {
		a, err := array.ReadNPY(filepath.Join(folder, file+".npy"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(key, "images") {
			a.Shape = []int{a.Shape[0], 31, 31}
		}
		arrays[key] = a
	}
	path := filepath.Join(t.TempDir(), "allen.npz")
	if err := array.WriteNPZ(path, arrays); err != nil {
		t.Fatal(err)
	}
	d, err := formats.OpenRaw("npz:" + path)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range datasets.Check(d) {
		t.Log(f.Severity, f.Code+":", f.Message)
		found = found || f.Code == "not-averages"
	}
	if !found {
		t.Error("test responses with the spread of single trials were not flagged")
	}
}
