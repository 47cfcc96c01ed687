package datasets_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"v1lab/datasets"
)

// The reference rounds to float32 at every step in one of the files and not at all in the other; we round once, at the end.
func TestNormaliseEqualsReference(t *testing.T) {
	for _, file := range []string{"testdata/preprocess_float32.npz", "testdata/preprocess_float64.npz"} {
		g := readGolden(t, file)
		d := &datasets.Dataset{
			Train: datasets.Part{Images: g.images(t, "raw.images_train"), Responses: g.responses(t, "raw.responses_train")},
			Val:   datasets.Part{Images: g.images(t, "raw.images_val"), Responses: g.responses(t, "raw.responses_val")},
		}
		shape := g["raw.responses_test"].Shape
		d.Test.Images = g.images(t, "raw.images_test")
		d.Test.Responses = datasets.Repeats{Repeats: shape[0], N: shape[1], Neurons: shape[2], Values: narrow(g.floats(t, "raw.responses_test"))}
		if err := datasets.Normalise(d); err != nil {
			t.Fatal(err)
		}
		// 4e-7 is a few units in the last place of a float32; values near 0 inherit the error of the mean.
		near := cmp.Options{cmpopts.EquateApprox(4e-7, 4e-6), cmpopts.EquateNaNs()}
		n := d.Normalisation
		for _, c := range []struct {
			key string
			got []float64
		}{
			{"out.images_train", widen(d.Train.Images.Pixels)},
			{"out.images_val", widen(d.Val.Images.Pixels)},
			{"out.images_test", widen(d.Test.Images.Pixels)},
			{"out.responses_train", widen(d.Train.Responses.Values)},
			{"out.responses_val", widen(d.Val.Responses.Values)},
			{"out.responses_test", widen(d.Test.Responses.Values)},
			{"stat.response_sd_used", n.ResponseSD},
			{"stat.image_mean", []float64{n.ImageMean}},
			{"stat.image_sd", []float64{n.ImageSD}},
		} {
			if diff := cmp.Diff(g.floats(t, c.key), c.got, near); diff != "" {
				t.Errorf("%s: %s differs:\n%s", file, c.key, diff)
			}
		}
	}
}

func TestNormaliseProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := recording(rapid.Uint64().Draw(t, "seed"))
		scale := rapid.Float32Range(0.01, 100).Draw(t, "scale")
		for i := range d.Train.Responses.Values {
			d.Train.Responses.Values[i] *= scale
		}
		d.Test.Responses.Values[7] = float32(math.NaN())
		raw := slices.Clone(d.Train.Images.Pixels)
		again := d.Test.Images
		if err := datasets.Normalise(d); err != nil {
			t.Fatal(err)
		}
		// Measured once more, the statistics are those of normalised data.
		n, err := datasets.MeasureNormalisation(d.Train)
		if err != nil {
			t.Fatal(err)
		}
		want := &datasets.Normalisation{Method: "reference", ImageSD: 1, ResponseSD: slices.Repeat([]float64{1}, d.NumNeurons())}
		if diff := cmp.Diff(want, n, cmpopts.EquateApprox(0, 1e-5), cmpopts.IgnoreFields(*want, "ImageRange")); diff != "" {
			t.Error(diff)
		}
		if v := d.Test.Responses.Values[7]; v == v {
			t.Errorf("a missing repeat became %v", v)
		}
		if slices.ContainsFunc(d.Val.Responses.Values, func(v float32) bool { return v < 0 }) {
			t.Error("a response stayed negative")
		}
		if diff := cmp.Diff(d.Test.Images, d.Normalisation.ApplyImages(again)); diff != "" {
			t.Errorf("new images are normalised differently:\n%s", diff)
		}
		if r := d.Normalisation.ImageRange; r[0] != float64(slices.Min(raw)) || r[1] != float64(slices.Max(raw)) {
			t.Errorf("range %v, want from %g to %g", r, slices.Min(raw), slices.Max(raw))
		}
		if diff := cmp.Diff(raw, d.Normalisation.RecordedImages(d.Train.Images).Pixels, cmpopts.EquateApprox(1e-5, 1e-4)); diff != "" {
			t.Errorf("images in recorded units are not those recorded:\n%s", diff)
		}
		if slices.Equal(raw, d.Train.Images.Pixels) {
			t.Error("images did not change")
		}
	})
}

func TestNormalisationSurvivesJSON(t *testing.T) {
	d := recording(1)
	if err := datasets.Normalise(d); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(d.Normalisation)
	if err != nil {
		t.Fatal(err)
	}
	var back datasets.Normalisation
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*d.Normalisation, back); diff != "" {
		t.Error(diff)
	}
}

// Four images of two pixels and a third behind a mask; the fourth flickers less than a hundredth as much as the others do.
func TestNormaliseByPixelByHand(t *testing.T) {
	d := recording(1)
	image := datasets.Images{N: 4, Height: 2, Width: 2, Channels: 1, Pixels: []float32{
		0, 10, 7, 5,
		2, 30, 7, 5,
		4, 10, 7, 5,
		2, 30, 7, 5.01,
	}}
	r := datasets.Responses{N: 4, Neurons: 1, Values: []float32{1, 3, 1, 3}}
	d.Train, d.Val = datasets.Part{Images: image, Responses: r}, datasets.Part{Images: image, Responses: r}
	d.Test = datasets.TestPart{Images: image, Responses: datasets.Repeats{Repeats: 1, N: 4, Neurons: 1, Values: []float32{2, 4, -1, 6}}}
	if err := datasets.NormaliseBy(d, datasets.Pixel); err != nil {
		t.Fatal(err)
	}
	faint := math.Sqrt(3. / 16 * 1e-4)
	mean := (math.Sqrt2 + 10 + faint) / 4 // replaces the SDs of the mask and of the pixel that is nearly constant
	near := cmpopts.EquateApprox(1e-4, 1e-6)
	if diff := cmp.Diff([]float64{math.Sqrt2, 10, mean, mean}, d.Normalisation.PixelSD, near); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{2, 20, 7, 5.0025}, d.Normalisation.PixelMean, near); diff != "" {
		t.Error(diff)
	}
	small := -0.0025 / mean
	want := []float64{
		-math.Sqrt2, -1, 0, small,
		0, 1, 0, small,
		math.Sqrt2, -1, 0, small,
		0, 1, 0, -3 * small,
	}
	if diff := cmp.Diff(want, widen(d.Test.Images.Pixels), near); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float32{2, 4, 0, 6}, d.Test.Responses.Values); diff != "" {
		t.Errorf("responses: %s", diff)
	}
	if again := d.Normalisation.ApplyImages(image); !cmp.Equal(again, d.Train.Images) {
		t.Errorf("new images are normalised differently: %v", again)
	}
}

// Negative responses are set to 0 and counted; by Signed they stay, scaled, and nothing else is different.
func TestNormaliseSignedKeepsTheSign(t *testing.T) {
	make := func(method string) *datasets.Dataset {
		d := recording(1)
		d.Train.Responses.Values[0], d.Val.Responses.Values[0], d.Test.Responses.Values[0] = -3, -2, -1
		if err := datasets.NormaliseBy(d, method); err != nil {
			t.Fatal(err)
		}
		return d
	}
	clipped, signed := make(datasets.Reference), make(datasets.Signed)
	if n := clipped.Normalisation.Clipped; n < 3 || signed.Normalisation.Clipped != 0 || signed.Normalisation.Method != "signed" {
		t.Errorf("clipped %d, signed %+v", n, signed.Normalisation)
	}
	if !slices.Equal(clipped.Train.Images.Pixels, signed.Train.Images.Pixels) {
		t.Error("images differ")
	}
	for i, v := range signed.Train.Responses.Values {
		if c := clipped.Train.Responses.Values[i]; c != max(v, 0) && v == v {
			t.Fatalf("response %d: signed %g, clipped %g", i, v, c)
		}
	}
	if v := signed.Train.Responses.Values[0] * float32(signed.Normalisation.ResponseSD[0]); math.Abs(float64(v)+3) > 1e-5 {
		t.Errorf("response times SD: %g, want -3", v)
	}
}

func TestNormaliseErrors(t *testing.T) {
	flat := recording(1)
	for i := range flat.Train.Images.Pixels {
		flat.Train.Images.Pixels[i] = 7
	}
	twice := recording(1)
	if err := datasets.Normalise(twice); err != nil {
		t.Fatal(err)
	}
	silent := recording(1)
	clear(silent.Train.Responses.Values)
	if err := datasets.Normalise(silent); err != nil || silent.Normalisation.ResponseSD[0] != 1 {
		t.Errorf("a silent population: error %v, divisors %v, want 1", err, silent.Normalisation)
	}
	for name, test := range map[string]struct {
		d    *datasets.Dataset
		want string
	}{
		"flat":  {flat, "standard deviation of the training images is 0, want above 0 (are all pixels 7?)"},
		"twice": {twice, "normalised already"},
		"empty": {&datasets.Dataset{}, "the training part is empty"},
	} {
		if err := datasets.Normalise(test.d); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
	if err := datasets.NormaliseBy(recording(1), "zca"); err == nil || err.Error() != `normalisation: method "zca", want reference, pixel or signed` {
		t.Errorf("got %v", err)
	}
	alike := recording(1)
	for i := range alike.Train.Images.N {
		copy(alike.Train.Images.At(i), alike.Train.Images.At(0))
	}
	if err := datasets.NormaliseBy(alike, datasets.Pixel); err == nil || err.Error() != "normalisation: the 600 training images are all the same, want pixels that vary" {
		t.Errorf("got %v", err)
	}
	if got := (*datasets.Normalisation)(nil).ApplyImages(flat.Val.Images); !cmp.Equal(got, flat.Val.Images) {
		t.Error("raw images were changed")
	}
}

// In place, values are those of a copy; arrays that share memory are copied, or they would be normalised twice.
func TestNormaliseInPlace(t *testing.T) {
	for name, make := range map[string]func() *datasets.Dataset{
		"one":      func() *datasets.Dataset { return recording(1) },
		"sessions": func() *datasets.Dataset { return together(t, recording(1), recording(2)) },
		"shared": func() *datasets.Dataset {
			d := recording(1)
			d.Test.Images.N, d.Test.Images.Pixels = 40, d.Train.Images.Pixels[:40*d.Train.Images.Size()]
			return d
		},
	} {
		want, got := make(), make()
		raw := got.Train.Images.Pixels
		before := raw[0]
		if err := datasets.NormaliseBy(want, datasets.Pixel); err != nil {
			t.Fatal(err)
		}
		if err := datasets.NormaliseInPlace(got, datasets.Pixel); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if inPlace := raw[0] != before; inPlace != (name != "shared") {
			t.Errorf("%s: in place %v", name, inPlace)
		}
	}
}
