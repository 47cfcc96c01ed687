package datasets_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
)

// recorded is a recording with signal: noise of SD 1 around each image's response of SD 1.
func recorded(images, tests, repeats, neurons int) *datasets.Dataset {
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) []float32 {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(10 + rng.NormFloat64())
		}
		return values
	}
	part := func(n int) datasets.Part {
		return datasets.Part{
			Images:    datasets.Images{N: n, Height: 2, Width: 2, Channels: 1, Pixels: noise(n * 4)},
			Responses: datasets.Responses{N: n, Neurons: neurons, Values: noise(n * neurons)},
		}
	}
	d := &datasets.Dataset{Train: part(images), Val: part(25)}
	d.Test.Images = part(tests).Images
	d.Test.Responses = datasets.Repeats{Repeats: repeats, N: tests, Neurons: neurons, Values: noise(repeats * tests * neurons)}
	signal := noise(tests * neurons)
	for k := range d.Test.Responses.Values {
		d.Test.Responses.Values[k] += signal[k%len(signal)]
	}
	return d
}

// averages are those of the repeats.
func averages(r datasets.Repeats) datasets.Responses {
	out := datasets.Responses{N: r.N, Neurons: r.Neurons, Values: make([]float32, r.N*r.Neurons)}
	for i := range r.N {
		for j := range r.Neurons {
			sum, n := 0.0, 0.0
			for repeat := range r.Repeats {
				if v := float64(r.At(repeat, i)[j]); v == v {
					sum, n = sum+v, n+1
				}
			}
			out.At(i)[j] = float32(sum / n)
		}
	}
	return out
}

func found(d *datasets.Dataset, code string) *datasets.Finding {
	for _, f := range datasets.Check(d) {
		if f.Code == code {
			return &f
		}
	}
	return nil
}

func TestSoundTrialsPass(t *testing.T) {
	d := recorded(600, 30, 6, 20)
	d.Test.Responses.Values[7] = float32(math.NaN())
	d.Test.Reported = averages(d.Test.Responses)
	for _, code := range []string{"shared-trials", "not-averages", "repeats-disagree", "missing-images"} {
		if f := found(d, code); f != nil {
			t.Errorf("%s: %s", f.Code, f.Message)
		}
	}
}

func TestReportedAverages(t *testing.T) {
	d := recorded(600, 30, 6, 20)
	d.Test.Reported = averages(d.Test.Responses)
	copy(d.Test.Reported.At(3), d.Test.Responses.At(2, 3))
	f := found(d, "not-averages")
	if f == nil || f.Severity != datasets.SeverityError || f.Numbers["count"] != 20 || !strings.HasPrefix(f.Message, "reported test averages: 20 of 600 are not the average of their repeats (correlation 0.9") ||
		!strings.HasSuffix(f.Message, "; 1 of 30 are single trials") {
		t.Errorf("found %+v", f)
	}

	// The repeats in the order of images, taken for that of repeats.
	d = recorded(600, 30, 6, 20)
	d.Test.Reported = averages(d.Test.Responses)
	r := d.Test.Responses
	mixed := r
	mixed.Values = nil
	for i := range r.N {
		for repeat := range r.Repeats {
			mixed.Values = append(mixed.Values, r.At(repeat, i)...)
		}
	}
	d.Test.Responses = mixed
	if f := found(d, "not-averages"); f == nil || !strings.HasPrefix(f.Advice, "the trials are in the other order") {
		t.Errorf("found %+v", f)
	}
	if f := found(d, "repeats-disagree"); f == nil || f.Severity != datasets.SeverityWarning || f.Numbers["explained"] > f.Numbers["chance"]+3*f.Numbers["chance_sd"] {
		t.Errorf("found %+v", f)
	}

	d.Test.Reported = datasets.Responses{N: 2, Neurons: 20, Values: make([]float32, 40)}
	if f := found(d, "shapes"); f == nil || f.Message != "reported test averages: of 2 images and 20 neurons, want 30 and 20 as in test_responses" {
		t.Errorf("found %+v", f)
	}
}

func TestSharedTrials(t *testing.T) {
	d := recorded(600, 30, 6, 20)
	copy(d.Test.Responses.At(4, 11), d.Train.Responses.At(17))
	copy(d.Test.Responses.At(5, 12), d.Train.Responses.At(18))
	f := found(d, "shared-trials")
	if want := "2 of 180 test trials equal a training trial in every neuron, the first: test image 11 in repeat 4 is train image 17"; f == nil || f.Message != want {
		t.Errorf("found %+v, want %q", f, want)
	}

	// A few neurons that fire seldom repeat themselves by chance, in training as in testing.
	sparse := recorded(600, 30, 6, 3)
	for _, values := range [][]float32{sparse.Train.Responses.Values, sparse.Test.Responses.Values} {
		for k, v := range values {
			values[k] = float32(max(0, math.Floor(float64(v)-11)))
		}
	}
	if f := found(sparse, "shared-trials"); f != nil {
		t.Errorf("%s", f.Message)
	}
}

func TestMissingImages(t *testing.T) {
	d := recorded(600, 30, 6, 20)
	d.Train.Images.N, d.Train.Images.Pixels = 0, nil
	d.Val = datasets.Part{Images: d.Train.Images, Responses: datasets.Responses{Neurons: 20}}
	codes := []string{}
	for _, f := range datasets.Check(d) {
		codes = append(codes, f.Code)
	}
	if !slices.Equal(codes, []string{"missing-images"}) || !d.ImagesMissing() {
		t.Errorf("findings %v", codes)
	}
	d.Train.Responses.Values[5] = float32(math.Inf(1))
	if f := found(d, "not-finite"); f == nil {
		t.Error("an infinite response was not found")
	}
	d.Train.Responses.N++
	if f := found(d, "shapes"); f == nil || f.Message != "train_responses: 12000 values for 1 x 601 x 20" {
		t.Errorf("found %+v", f)
	}
}

// Averages of counts are known by the smallest number of repeats that makes them whole; where there is none, that is said.
func TestAverages(t *testing.T) {
	counts := func(images, k int) []float32 {
		values, rng := make([]float32, images*8), rand.New(rand.NewPCG(5, 5))
		for i := range values {
			sum := float32(0)
			for range k {
				sum += float32(rng.IntN(5))
			}
			values[i] = sum / float32(k)
		}
		return values
	}
	nan := float32(math.NaN())
	got := datasets.AveragedOver(datasets.Responses{N: 6, Neurons: 3, Values: []float32{1, 0, 7, 0.5, 1.0 / 3, nan, 0, 0, nan, math.E, 1, 2, -2.25, 4, 1, 17 + 13.0/199, 1, 1}})
	if want := []int{1, 6, 0, 0, 4, 199}; !slices.Equal(got, want) {
		t.Errorf("averages over %v, want %v", got, want)
	}
	for name, c := range map[string]struct {
		train, test, scale  int
		code, train0, test0 string
	}{
		"both averages":     {12, 12, 1, "single-repeat", "train_responses: averages over 12 repeats", "test_responses: averages over 12 repeats an image (median; 12 to 12,"},
		"single trials":     {1, 1, 1, "not-averages", "", "and of whole numbers: no average over repeats"},
		"other units":       {12, 12, 0, "not-averages", "", "which of the two is not known, because no number of repeats makes the values whole"},
		"averages of rates": {1, 10, 1, "single-repeat", "", "test_responses: averages over 10 repeats"},
	} {
		d := recorded(60, 40, 1, 8)
		d.Train.Responses.Values, d.Test.Responses.Values = counts(60, c.train), counts(40, c.test)
		if c.scale == 0 {
			for _, values := range [][]float32{d.Train.Responses.Values, d.Test.Responses.Values} {
				for i := range values {
					values[i] *= math.Pi
				}
			}
		}
		f := found(d, c.code)
		if f == nil || !strings.Contains(f.Message, c.test0) {
			t.Errorf("%s: %+v", name, f)
		}
		if f := found(d, "averaged-responses"); c.train0 == "" && f != nil || c.train0 != "" && (f == nil || !strings.HasPrefix(f.Message, c.train0)) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
