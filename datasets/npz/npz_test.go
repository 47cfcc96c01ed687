package npz_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/npz"
)

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return npz.Open(spec)
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.npz")
	rapid.Check(t, func(rt *rapid.T) {
		size := func(name string) int { return rapid.IntRange(1, 4).Draw(rt, name) }
		h, w, c, neurons := size("height"), size("width"), size("channels"), size("neurons")
		values := func(n int) []float32 {
			return rapid.SliceOfN(rapid.Float32Range(-1e6, 1e6), n, n).Draw(rt, "values")
		}
		images := func(n int) datasets.Images {
			return datasets.Images{N: n, Height: h, Width: w, Channels: c, Pixels: values(n * h * w * c)}
		}
		part := func(n int) datasets.Part {
			return datasets.Part{Images: images(n), Responses: datasets.Responses{N: n, Neurons: neurons, Values: values(n * neurons)}}
		}
		n, repeats := size("test"), size("repeats")
		d := &datasets.Dataset{
			Train: part(1 + size("train")), Val: part(size("val")),
			Test: datasets.TestPart{Images: images(n), Responses: datasets.Repeats{Repeats: repeats, N: n, Neurons: neurons, Values: values(repeats * n * neurons)}},
		}
		nan := float32(math.NaN())
		d.Test.Responses.Values[0] = nan
		if rapid.Bool().Draw(rt, "gaps") {
			d.Val.Responses.Values[0] = nan
			for j := range neurons { // the last training image is that of another session
				d.Train.Responses.At(d.Train.Images.N - 1)[j] = nan
			}
		}
		if rapid.Bool().Draw(rt, "covariates") {
			names := []string{"speed", "pupil ü"}
			d.Train.Covariates = datasets.Covariates{Names: names, Values: values(2 * d.Train.Images.N)}
			d.Val.Covariates = datasets.Covariates{Names: names, Values: values(2 * d.Val.Images.N)}
			d.Test.Covariates = datasets.Covariates{Names: names, Values: values(2 * repeats * n)}
			d.Test.Covariates.Values[1] = nan
		}
		if rapid.Bool().Draw(rt, "prepared") {
			d.Preparation = datasets.Preparation{
				{Choice: &datasets.Choice{Neurons: "0-1,id:7", Session: "a,b", MinEV: 0.1, Kept: []int{1, 0}, Of: 9}},
				{Crop: &datasets.Crop{From: datasets.Size{Height: 9, Width: 8, Channels: 3}, Top: 1, Left: 2, Height: 3, Width: 4}},
				{Grey: &datasets.Grey{From: datasets.Size{Height: 3, Width: 4, Channels: 3}, Weights: []float64{0.299, 0.587, 0.114}}},
				{Resize: &datasets.Resize{From: datasets.Size{Height: 3, Width: 4, Channels: 1}, Height: h, Width: w, Kernel: "catmull-rom"}},
			}
		}
		if rapid.Bool().Draw(rt, "neurons known") {
			for range neurons {
				d.Neurons = append(d.Neurons, datasets.Neuron{ID: rapid.StringMatching(`[a-z0-9 ü]*[a-z]`).Draw(rt, "id"), Session: "s", X: 1.5, Y: math.NaN(), Z: -3})
			}
		}
		if rapid.Bool().Draw(rt, "truth known") {
			d.Truth = &datasets.Truth{TypeNames: []string{"simple", "centre-surround"}}
			for i := range neurons {
				d.Truth.Type = append(d.Truth.Type, i%2)
				d.Truth.Orientation = append(d.Truth.Orientation, []float64{0.25, math.NaN()}[i%2])
				d.Truth.X = append(d.Truth.X, float64(i)/3)
				d.Truth.Y = append(d.Truth.Y, -float64(i))
			}
			if rapid.Bool().Draw(rt, "behaviour known") {
				d.Truth.Train = &datasets.TrialTruth{Gain: make([]float64, d.Train.Images.N), Shift: slices.Repeat([]float64{0.25, -1}, d.Train.Images.N)}
				d.Truth.Test = &datasets.TrialTruth{Gain: slices.Repeat([]float64{1.5}, repeats*n)}
			}
		}
		if rapid.Bool().Draw(rt, "normalised") {
			d.Normalisation = &datasets.Normalisation{Method: "reference", ImageMean: 0.1, ImageSD: 2, ResponseSD: make([]float64, neurons)}
			if rapid.Bool().Draw(rt, "by pixel") {
				d.Normalisation.Method = datasets.Pixel
				d.Normalisation.PixelMean, d.Normalisation.PixelSD = make([]float64, h*w*c), slices.Repeat([]float64{1. / 3}, h*w*c)
			}
			d.Split = &datasets.Split{Seed: 1 << 63, ValShare: 0.1, TrainIndex: []int{0, 2}, ValIndex: []int{1}}
		}
		if err := npz.Write(path, d); err != nil {
			rt.Fatal(err)
		}
		got, err := open(t, "npz:"+path)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(d, got, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(datasets.Dataset{}, "Layout")); diff != "" {
			rt.Fatal(diff)
		}
		if datasets.Fingerprint(got) != datasets.Fingerprint(d) {
			rt.Fatal("the fingerprint changed")
		}
	})
}

// arrays is a small recording: 20 training, 4 test images of 2x3 pixels, 5 neurons, test responses without repeats.
func arrays() map[string]array.Array {
	ramp := func(shape ...int) array.Array {
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]uint8, n)
		for i := range values {
			values[i] = uint8(i * 7)
		}
		return array.New(values, shape...)
	}
	return map[string]array.Array{
		"train_images": ramp(20, 2, 3), "train_responses": ramp(20, 5),
		"test_images": ramp(4, 2, 3), "test_responses": ramp(4, 5),
		"comment": array.Scalar("made for a test"),
	}
}

func TestSplitsOffValidation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.npz")
	if err := array.WriteNPZ(path, arrays()); err != nil {
		t.Fatal(err)
	}
	d, err := open(t, "npz:"+path+"?seed=5")
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Images.N != 18 || d.Val.Images.N != 2 || d.Test.Responses.Repeats != 1 || d.Split == nil || d.Split.Seed != 5 {
		t.Errorf("got %d training and %d validation images, %d repeats, split %+v", d.Train.Images.N, d.Val.Images.N, d.Test.Responses.Repeats, d.Split)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	if d.Train.Images.Channels != 1 || d.Train.Images.At(0)[1] != 7 {
		t.Errorf("uint8 pixels were read as %v", d.Train.Images.At(0))
	}
}

// Covariates that some parts lack are unknown there; they go with the images that a split moves.
func TestCovariatesOfOnePart(t *testing.T) {
	a := arrays()
	speed := make([]float32, 20)
	for i := range speed {
		speed[i] = float32(i)
	}
	a["train_covariates"], a["covariate_names"] = array.New(speed, 20, 1), array.New([]string{"speed"})
	path := filepath.Join(t.TempDir(), "r.npz")
	if err := array.WriteNPZ(path, a); err != nil {
		t.Fatal(err)
	}
	d, err := open(t, "npz:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	for i, from := range d.Split.ValIndex {
		if d.Val.Covariates.Values[i] != float32(from) {
			t.Errorf("speed %v at validation image %d, want %d", d.Val.Covariates.Values[i], i, from)
		}
	}
	if c := d.Test.Covariates; len(c.Values) != 4 || c.Values[3] == c.Values[3] || len(d.Train.Covariates.Values) != 18 {
		t.Errorf("test %+v, train %+v", c, d.Train.Covariates)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, change func(a map[string]array.Array)) string {
		a := arrays()
		change(a)
		path := filepath.Join(dir, name)
		if err := array.WriteNPZ(path, a); err != nil {
			t.Fatal(err)
		}
		return "npz:" + path
	}
	short := file("short.npz", func(map[string]array.Array) {})
	content, err := os.ReadFile(strings.TrimPrefix(short, "npz:"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "short.npz"), content[:len(content)-30], 0o600); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{
		"npz:":                     "no file, want npz:FILE",
		"npz:" + dir + "/gone.npz": "gone.npz: no such file",
		short:                      "short.npz: not an .npz archive, or cut short",
		short + "?seeds=1":         `unknown option "seeds", did you mean "seed"?`,
		file("key.npz", func(a map[string]array.Array) { delete(a, "train_images") }):                                          `key.npz: no array "train_images" and no option train_images=NAME, found comment, test_images`,
		file("flat.npz", func(a map[string]array.Array) { a["train_images"] = array.New(make([]int, 120), 20, 6) }):            "flat.npz: train_images: shape [20, 6], want [images, height, width]",
		file("text.npz", func(a map[string]array.Array) { a["test_images"] = array.New([]string{"a"}, 1, 1, 1) }):              "text.npz: test_images: dtype str, want numbers",
		file("vector.npz", func(a map[string]array.Array) { a["train_responses"] = array.New(make([]float64, 20)) }):           "vector.npz: train_responses: shape [20], want [images, neurons]",
		file("four.npz", func(a map[string]array.Array) { a["test_responses"] = array.New(make([]bool, 20), 1, 4, 5, 1) }):     "four.npz: test_responses: shape [1, 4, 5, 1], want [images, neurons] or [repeats, images, neurons]",
		file("half.npz", func(a map[string]array.Array) { a["val_images"] = a["test_images"] }):                                "half.npz: val_responses: missing",
		file("count.npz", func(a map[string]array.Array) { a["train_responses"] = array.New(make([]int8, 15), 3, 5) }):         "count.npz: train_images: split: 20 training images and responses to 3",
		file("truth.npz", func(a map[string]array.Array) { a["truth_type"] = array.New(make([]int, 5)) }):                      "truth.npz: truth_orientation: missing, want it together with truth_type",
		file("layers.npz", func(a map[string]array.Array) { a["neuron_layers"] = array.New([]string{"4"}) }):                   "layers.npz: neuron_layers: 1 entries, want one for each of 5 neurons",
		file("json.npz", func(a map[string]array.Array) { a["normalisation"] = array.Scalar("{") }):                            "json.npz: normalisation: unexpected end of JSON input",
		file("positions.npz", func(a map[string]array.Array) { a["neuron_positions"] = array.New(make([]float64, 10), 5, 2) }): "positions.npz: neuron_positions: shape [5, 2] of float64, want numbers of shape [5, 3]",
		file("names.npz", func(a map[string]array.Array) { a["train_covariates"] = array.New(make([]float64, 40), 20, 2) }):    "names.npz: covariate_names: missing, want it together with covariates",
		file("speed.npz", func(a map[string]array.Array) {
			a["train_covariates"], a["covariate_names"] = array.New(make([]float64, 40), 20, 2), array.New([]string{"speed"})
		}): "speed.npz: train_covariates: shape [1, 20, 2], want [1, 20, 1] (repeats, images, covariate_names)",
		file("nothing.npz", func(a map[string]array.Array) {
			a["test_covariates"], a["covariate_names"] = array.New(make([]float64, 0), 4, 0), array.New([]string{})
		}): "nothing.npz: covariate_names: shape [0], want one name for each covariate",
		file("steps.npz", func(a map[string]array.Array) { a["preparation"] = array.Scalar(`{"crop":1}`) }): "steps.npz: preparation: json: cannot unmarshal object",
	} {
		_, err := open(t, spec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}

	bad := &datasets.Dataset{}
	path := filepath.Join(dir, "new.npz")
	if err := npz.Write(path, bad); err == nil || !strings.Contains(err.Error(), "new.npz: not written: train_images: shape [0, 0, 0, 0]") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("an invalid dataset was written")
	}
}

// Of an array without values the header can claim any number of images.
func TestEmptyArraysAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.npz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(f)
	for name, shape := range map[string]string{"images.npy": "(1099511627776, 0, 4)", "responses.npy": "(1099511627776, 0)"} {
		w, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		header := fmt.Sprintf("%-117s\n", "{'descr': '<f4', 'fortran_order': False, 'shape': "+shape+", }")
		if _, err := fmt.Fprintf(w, "\x93NUMPY\x01\x00%c\x00%s", len(header), header); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = npz.Open(datasets.Spec{Scheme: "npz", Path: path})
	if err == nil || !strings.Contains(err.Error(), "want every length above 0") {
		t.Errorf("error %v", err)
	}
}
