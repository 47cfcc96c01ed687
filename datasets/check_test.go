package datasets_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets"
)

func TestCheckFinds(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, test := range map[string]struct {
		spoil    func(d *datasets.Dataset)
		code     string
		severity datasets.Severity
		message  string
	}{
		"wrong size": {func(d *datasets.Dataset) { d.Val.Images.Height, d.Val.Images.Width = 4, 3 },
			"shapes", "error", "val_images: size [4, 3, 1], want that of train_images, [3, 4, 1]"},
		"too few responses": {func(d *datasets.Dataset) { d.Train.Responses.N-- },
			"shapes", "error", "train_responses: to 599 images, want 600 as in train_images"},
		"other neurons": {func(d *datasets.Dataset) { d.Test.Responses.Neurons = 6; d.Test.Responses.Repeats = 10 },
			"shapes", "error", "test_responses: 6 neurons, want 12"},
		"names": {func(d *datasets.Dataset) { d.Neurons = make([]datasets.Neuron, 3) },
			"shapes", "error", "neurons: 3 described, want 12"},
		"truth": {func(d *datasets.Dataset) { d.Truth = &datasets.Truth{} },
			"shapes", "error", "truth: types"},
		"normalisation": {func(d *datasets.Dataset) {
			d.Normalisation = &datasets.Normalisation{Method: datasets.Reference, ImageSD: 1, ResponseSD: []float64{1}}
		}, "shapes", "error", "normalisation: response_sd of 1 neurons, want 12 as in train_responses"},
		"normalisation by nothing": {func(d *datasets.Dataset) { d.Normalisation = &datasets.Normalisation{ResponseSD: make([]float64, 12)} },
			"shapes", "error", "normalisation: image_sd is 0, want above 0"},
		"normalisation by pixel": {func(d *datasets.Dataset) {
			d.Normalisation = &datasets.Normalisation{Method: datasets.Pixel, ImageSD: 1, ResponseSD: make([]float64, 12), PixelMean: make([]float64, 12)}
		}, "shapes", "error", "normalisation: pixel_mean and pixel_sd of 12 and 0 pixels, want 12 as in train_images"},
		"one image": {func(d *datasets.Dataset) {
			d.Train.Images.N, d.Train.Images.Pixels = 1, d.Train.Images.Pixels[:12]
			d.Train.Responses.N, d.Train.Responses.Values = 1, d.Train.Responses.Values[:12]
		}, "shapes", "error", "train_images: 1 image, want at least 2"},
		"NaN pixel": {func(d *datasets.Dataset) { d.Train.Images.Pixels[3*12+1] = nan },
			"not-finite", "error", "train_images: 1 values are not finite, the first (NaN) at image 3"},
		"infinite response": {func(d *datasets.Dataset) { d.Val.Responses.Values[2*12+5] = inf },
			"not-finite", "error", "val_responses: 1 values are not finite, the first (+Inf) at image 2"},
		"infinite training response": {func(d *datasets.Dataset) { d.Train.Responses.Values[12] = inf },
			"not-finite", "error", "train_responses: 1 values are not finite, the first (+Inf) at image 1"},
		"NaN response": {func(d *datasets.Dataset) { d.Train.Responses.Values[12] = nan },
			"missing-responses", "info", "train_responses: 1 of 7200 values are missing (NaN)"},
		"unrecorded": {func(d *datasets.Dataset) { setColumn(d, 7, func(int) float32 { return nan }) },
			"unrecorded-neurons", "error", "train_responses: 1 of 12 neurons were recorded with no training image, all their values are NaN (7)"},
		"twins with gaps": {func(d *datasets.Dataset) {
			d.Train.Responses.At(4)[2] = nan
			setColumn(d, 9, func(i int) float32 { return d.Train.Responses.At(i)[2] })
		}, "duplicated-neurons", "warning", "9 is 2 (9)"},
		"dead with gaps": {func(d *datasets.Dataset) {
			setColumn(d, 4, func(i int) float32 { return []float32{0, nan}[i%2] })
		}, "dead-neurons", "warning", "1 of 12 neurons never respond in training (4)"},
		"covariates": {func(d *datasets.Dataset) {
			d.Val.Covariates = datasets.Covariates{Names: []string{"speed"}, Values: make([]float32, 59)}
		},
			"shapes", "error", "val_covariates: 59 values, want 1 x 60 x 1 (repeats, images, covariate_names)"},
		"covariates of one part": {func(d *datasets.Dataset) {
			d.Train.Covariates = datasets.Covariates{Names: []string{"speed"}, Values: make([]float32, 600)}
		}, "shapes", "error", `val_covariates: names [], want ["speed"] as in train_covariates`},
		"infinite covariate": {func(d *datasets.Dataset) {
			d.Train.Covariates = datasets.Covariates{Names: []string{"speed", "pupil"}, Values: make([]float32, 1200)}
			d.Val.Covariates = datasets.Covariates{Names: []string{"speed", "pupil"}, Values: make([]float32, 120)}
			d.Test.Covariates = datasets.Covariates{Names: []string{"speed", "pupil"}, Values: make([]float32, 400)}
			d.Test.Covariates.Values[5] = inf
			d.Val.Covariates.Values[5] = nan
		}, "not-finite", "error", "test_covariates: 1 values are not finite, the first (+Inf) at image 2"},
		"infinite repeat": {func(d *datasets.Dataset) { d.Test.Responses.At(2, 7)[0] = -inf },
			"not-finite", "error", "test_responses (repeat 2): 1 values are not finite, the first (-Inf) at image 7"},
		"missing repeats": {func(d *datasets.Dataset) { d.Test.Responses.At(4, 0)[0] = nan },
			"ragged-repeats", "info", "1 of 2400 values are missing"},
		"never shown": {func(d *datasets.Dataset) {
			for r := range 5 {
				d.Test.Responses.At(r, 3)[2] = nan
			}
		}, "no-repeat", "warning", "1 of 480 pairs"},
		"few images": {func(d *datasets.Dataset) {
			d.Val.Images.N, d.Val.Images.Pixels = 5, d.Val.Images.Pixels[:60]
			d.Val.Responses.N, d.Val.Responses.Values = 5, d.Val.Responses.Values[:60]
		}, "few-images", "warning", "val: 5 images, fewer than 20"},
		"dead": {func(d *datasets.Dataset) {
			d.Neurons = make([]datasets.Neuron, 12)
			d.Neurons[4].ID = "u17"
			setColumn(d, 4, func(int) float32 { return 0 })
		}, "dead-neurons", "warning", "1 of 12 neurons never respond in training (4 id u17)"},
		"constant": {func(d *datasets.Dataset) { setColumn(d, 4, func(int) float32 { return 2 }) },
			"constant-neurons", "warning", "1 of 12 neurons always respond alike in training (4)"},
		"twins": {func(d *datasets.Dataset) { setColumn(d, 9, func(i int) float32 { return d.Train.Responses.At(i)[2] }) },
			"duplicated-neurons", "warning", "1 of 12 neurons are copies of another: 9 is 2 (9)"},
		"negative": {func(d *datasets.Dataset) { setColumn(d, 0, func(i int) float32 { return float32(i%3) - 1 }) },
			"negative-responses", "info", "2.8 % of training responses are negative, the lowest -1"},
		"very negative": {func(d *datasets.Dataset) {
			for i := range d.Train.Responses.Values {
				d.Train.Responses.Values[i]--
			}
		}, "negative-responses", "warning", "of training responses are negative"},
		"leak": {func(d *datasets.Dataset) {
			copy(d.Test.Images.At(3), d.Train.Images.At(8))
			copy(d.Test.Images.At(5), d.Train.Images.At(8))
		}, "shared-images", "error", "2 of 40 test images are also in train, the first: test image 3 is train image 8"},
		"leak to validation": {func(d *datasets.Dataset) { copy(d.Val.Images.At(0), d.Train.Images.At(599)) },
			"shared-images", "warning", "1 of 60 val images are also in train"},
		"repeated": {func(d *datasets.Dataset) { copy(d.Train.Images.At(0), d.Train.Images.At(1)) },
			"repeated-images", "info", "train: 1 of 600 images repeat an earlier one"},
		"blank": {func(d *datasets.Dataset) { clear(d.Train.Images.At(0)); clear(d.Test.Images.At(0)) },
			"blank-images", "info", "2 of 700 images are a single grey level"},
		"all blank": {func(d *datasets.Dataset) { clear(d.Train.Images.Pixels) },
			"blank-images", "error", "all 600 training images are the same grey"},
		"image units": {func(d *datasets.Dataset) {
			for i := range d.Test.Images.Pixels {
				d.Test.Images.Pixels[i] /= 255
			}
		}, "image-units", "warning", "test_images: mean 0.4999 and SD 0.1525, train_images 127.6"},
		"response units": {func(d *datasets.Dataset) {
			for i := range d.Val.Responses.Values {
				d.Val.Responses.Values[i] *= 30
			}
		}, "response-units", "warning", "val_responses: "},
		"copied repeats": {func(d *datasets.Dataset) {
			for i := range 40 {
				copy(d.Test.Responses.At(4, i), d.Test.Responses.At(1, i))
			}
		}, "copied-repeats", "error", "40 of 200 repeats are copies"},
		"padded repeats": {func(d *datasets.Dataset) {
			for i := range 20 {
				clear(d.Test.Responses.At(4, i))
			}
		}, "padded-repeats", "error", "in 20 of 200 repeats all neurons have the same value, in training in 0 of 600 trials"},
		"a single trial": {func(d *datasets.Dataset) { keepOneRepeat(d, false) },
			"not-averages", "warning", "one repeat that spreads like single trials"},
		"an average": {func(d *datasets.Dataset) { keepOneRepeat(d, true) },
			"single-repeat", "info", "one repeat, its spread is 0."},
	} {
		d := recording(3)
		if findings := datasets.Check(d); len(findings) != 0 {
			t.Fatalf("a sound recording: %+v", findings)
		}
		test.spoil(d)
		findings := datasets.Check(d)
		i := slices.IndexFunc(findings, func(f datasets.Finding) bool { return f.Code == test.code })
		if i < 0 {
			t.Errorf("%s: no %s among %+v", name, test.code, findings)
			continue
		}
		if f := findings[i]; f.Severity != test.severity || !strings.Contains(f.Message, test.message) {
			t.Errorf("%s: got %s %q, want %s %q", name, f.Severity, f.Message, test.severity, test.message)
		}
		hard := slices.Contains([]string{"shapes", "not-finite", "unrecorded-neurons"}, test.code)
		err := d.Validate()
		if hard && (err == nil || !strings.Contains(err.Error(), test.message)) || !hard && err != nil {
			t.Errorf("%s: Validate says %v", name, err)
		}
	}
}

func setColumn(d *datasets.Dataset, neuron int, value func(i int) float32) {
	for i := range d.Train.Responses.N {
		d.Train.Responses.At(i)[neuron] = value(i)
	}
}

func keepOneRepeat(d *datasets.Dataset, average bool) {
	all := d.Test.Responses
	one := datasets.Repeats{Repeats: 1, N: all.N, Neurons: all.Neurons, Values: slices.Clone(all.Values[:all.N*all.Neurons])}
	if average {
		for i := range one.Values {
			for r := 1; r < all.Repeats; r++ {
				one.Values[i] += all.Values[r*len(one.Values)+i]
			}
			one.Values[i] /= float32(all.Repeats)
		}
	}
	d.Test.Responses = one
}

func TestCheckListsSharedImages(t *testing.T) {
	d := recording(3)
	copy(d.Test.Images.At(3), d.Val.Images.At(8))
	findings := datasets.Check(d)
	want := []datasets.ImagePair{{FirstPart: "val", First: 8, SecondPart: "test", Second: 3}}
	if len(findings) != 1 || !cmp.Equal(findings[0].Images, want) || findings[0].Numbers["count"] != 1 {
		t.Errorf("got %+v", findings)
	}
}

func TestCheckIsFast(t *testing.T) {
	d := recording(3)
	const n = 10000
	d.Train.Images = datasets.Images{N: n, Height: 36, Width: 64, Channels: 1, Pixels: make([]float32, n*36*64)}
	for i := range d.Train.Images.Pixels {
		d.Train.Images.Pixels[i] = float32(i*i%1009) + float32(i/(36*64))
	}
	d.Train.Responses.N, d.Train.Responses.Values = n, make([]float32, n*12)
	for _, im := range []*datasets.Images{&d.Val.Images, &d.Test.Images} {
		im.Height, im.Width = 36, 64
		im.Pixels = d.Train.Images.Pixels[:im.N*im.Size()]
	}
	start := time.Now()
	findings := datasets.Check(d)
	took := time.Since(start)
	if took > 5*time.Second {
		t.Errorf("checking %d images took %v", n, took)
	}
	if i := slices.IndexFunc(findings, func(f datasets.Finding) bool { return f.Code == "shared-images" }); i < 0 || len(findings[i].Images) != 60 {
		t.Errorf("shared images not found: %+v", findings)
	}
}

func TestFingerprint(t *testing.T) {
	d := recording(1)
	print := datasets.Fingerprint(d)
	if len(print) != 64 || print != datasets.Fingerprint(recording(1)) {
		t.Fatalf("%q is not stable", print)
	}
	seen := map[string]bool{print: true}
	for name, change := range map[string]func(d *datasets.Dataset){
		"pixel":    func(d *datasets.Dataset) { d.Val.Images.Pixels[100]++ },
		"response": func(d *datasets.Dataset) { d.Train.Responses.Values[0]++ },
		"repeat":   func(d *datasets.Dataset) { d.Test.Responses.Values[2399]++ },
		"shape":    func(d *datasets.Dataset) { d.Train.Images.Height, d.Train.Images.Width = 4, 3 },
		"repeats":  func(d *datasets.Dataset) { d.Test.Responses.Repeats, d.Test.Responses.N = 4, 50 },
		"units":    func(d *datasets.Dataset) { _ = datasets.Normalise(d) },
	} {
		d := recording(1)
		change(d)
		got := datasets.Fingerprint(d)
		if seen[got] {
			t.Errorf("%s: the fingerprint did not change", name)
		}
		seen[got] = true
	}
	for _, names := range [][]string{{"speed", "pupil"}, {"pupil", "speed"}, {"speedpupil", ""}} {
		d := recording(1)
		d.Train.Covariates = datasets.Covariates{Names: names, Values: make([]float32, 1200)}
		d.Val.Covariates = datasets.Covariates{Names: names, Values: make([]float32, 120)}
		d.Test.Covariates = datasets.Covariates{Names: names, Values: make([]float32, 400)}
		for range 2 {
			got := datasets.Fingerprint(d)
			if seen[got] {
				t.Errorf("covariates %q: the fingerprint did not change", names)
			}
			seen[got] = true
			d.Test.Covariates.Values[399] = 1
		}
	}
	// Recordings without covariates have kept the fingerprint that old runs remember.
	if print != "1d34dabbd579bd1636a78a873e6e9cbf23a0d612e30350da5df02a5c2db46653" {
		t.Errorf("fingerprint %s", print)
	}
	d.Spec, d.Neurons = "other", make([]datasets.Neuron, 12)
	if datasets.Fingerprint(d) != print {
		t.Error("a name changed the fingerprint")
	}
}
