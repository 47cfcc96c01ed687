package datafigures_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/notebooks/datafigures"
	"v1lab/notebooks/figures"
)

func simulated(t *testing.T) *datasets.Dataset {
	t.Helper()
	d, err := formats.OpenRaw("simulated:?neurons=8&images=40&val=20&test=24&repeats=4&height=18&width=20")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

type drawing = func(*datasets.Dataset) (*figures.Figure, error)

func shared(d *datasets.Dataset) (*figures.Figure, error) {
	return datafigures.SharedImages(d, datasets.Check(d))
}

var drawings = map[string]drawing{
	"ExampleImages": datafigures.ExampleImages, "MeanImage": datafigures.MeanImage, "Spectrum": datafigures.Spectrum,
	"ResponseHistogram": datafigures.ResponseHistogram, "ResponseRanges": datafigures.ResponseRanges,
	"Reliability": datafigures.Reliability, "Positions": datafigures.Positions, "SharedImages": shared, "ContactSheet": datafigures.ContactSheet,
}

// reasons are why figures cannot be drawn; each error must be one line.
func reasons(t *testing.T, d *datasets.Dataset) map[string]string {
	t.Helper()
	missing := map[string]string{}
	for name, draw := range drawings {
		if _, err := draw(d); err != nil {
			missing[name] = err.Error()
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: more than one line: %v", name, err)
			}
		}
	}
	return missing
}

func wantReasons(t *testing.T, d *datasets.Dataset, want map[string]string) {
	t.Helper()
	got := reasons(t, d)
	for name := range drawings {
		if (got[name] == "") != (want[name] == "") || !strings.Contains(got[name], want[name]) {
			t.Errorf("%s: %q, want %q", name, got[name], want[name])
		}
	}
}

const (
	nowhere   = "positions on cortex are not known"
	notShared = "no image was found in two parts"
	unknown   = "no neuron responded to an image that was shown twice"
	noImages  = "the recording came without images"
	disagrees = "train_images: 1 values for"
)

// What a recording has is drawn; what it has not is said.
func TestWhatIsThere(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*datasets.Dataset)
		want   map[string]string
	}{
		"simulated": {func(*datasets.Dataset) {}, map[string]string{"Positions": nowhere, "SharedImages": notShared}},
		"positions": {func(d *datasets.Dataset) {
			for i := range d.Neurons[1:] {
				d.Neurons[i].X, d.Neurons[i].Y = float64(i), 2
			}
		}, map[string]string{"SharedImages": notShared}},
		"leak": {func(d *datasets.Dataset) {
			copy(d.Test.Images.At(3), d.Train.Images.At(5))
			copy(d.Val.Images.At(3), d.Train.Images.At(5))
		}, map[string]string{"Positions": nowhere}},
		"one trial": {func(d *datasets.Dataset) {
			d.Test.Responses.Repeats, d.Test.Responses.Values = 1, d.Test.Responses.Values[:24*8]
		}, map[string]string{"Positions": nowhere, "SharedImages": notShared, "Reliability": unknown}},
		"not finite": {func(d *datasets.Dataset) {
			d.Train.Images.Pixels[3], d.Train.Responses.Values[7] = float32(math.NaN()), float32(math.Inf(1))
		}, map[string]string{"Positions": nowhere, "SharedImages": notShared}},
		"training images missing": {func(d *datasets.Dataset) {
			d.Train.Images.N, d.Train.Images.Pixels, d.Val = 0, nil, datasets.Part{}
		}, map[string]string{"Positions": nowhere, "SharedImages": notShared}},
		"nothing": {func(d *datasets.Dataset) { *d = datasets.Dataset{} }, map[string]string{
			"Positions": nowhere, "SharedImages": notShared, "Reliability": unknown, "ExampleImages": noImages, "ContactSheet": noImages, "MeanImage": noImages, "Spectrum": noImages,
			"ResponseHistogram": "found no finite response", "ResponseRanges": "without responses"}},
		"shapes disagree": {func(d *datasets.Dataset) { d.Train.Images.Pixels = d.Train.Images.Pixels[:1] }, map[string]string{
			"Positions": nowhere, "SharedImages": notShared, "Reliability": disagrees, "ExampleImages": disagrees, "ContactSheet": disagrees, "MeanImage": disagrees, "Spectrum": disagrees,
			"ResponseHistogram": disagrees, "ResponseRanges": disagrees}},
	} {
		t.Run(name, func(t *testing.T) {
			d := simulated(t)
			c.change(d)
			wantReasons(t, d, c.want)
			if _, rows := datafigures.Parts(d); len(rows) != 3 {
				t.Errorf("%d parts, want 3", len(rows))
			}
		})
	}
}

func TestFindings(t *testing.T) {
	d := simulated(t)
	copy(d.Test.Images.At(3), d.Train.Images.At(5))
	copy(d.Train.Images.At(6), d.Train.Images.At(5))
	findings := datasets.Check(d)
	slices.Reverse(findings) // errors need not come first
	if got, want := datafigures.Verdict(findings), "4 findings: 1 would ruin a fit or its score, 2 may mislead, 1 good to know"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	header, rows := datafigures.Findings(findings)
	var codes []string
	for _, r := range rows {
		if len(r) != len(header) {
			t.Errorf("%d cells under %d headings", len(r), len(header))
		}
		codes = append(codes, r[0]+" "+r[1])
	}
	if want := []string{"error shared-images", "warning outlier-trials", "warning few-images", "info repeated-images"}; !slices.Equal(codes, want) {
		t.Errorf("%q, want %q", codes, want)
	}
	if got := datafigures.Verdict(nil); got != "nothing found" {
		t.Errorf("without findings: %q", got)
	}
	findings = []datasets.Finding{{Code: "a", Images: []datasets.ImagePair{{FirstPart: "train", First: 99, SecondPart: "test"}}}}
	if _, err := datafigures.SharedImages(d, findings); err == nil || !strings.Contains(err.Error(), "image 99 of train and 0 of test, of 40 and 24") {
		t.Errorf("an image that is not there: %v", err)
	}
}

// White noise has its variance at every frequency, whatever the size.
func TestPowerOfWhiteNoise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	im := datasets.Images{N: 300, Height: 21, Width: 32, Channels: 2}
	for range im.N * im.Size() {
		im.Pixels = append(im.Pixels, float32(100+5*rng.NormFloat64()))
	}
	frequency, power, err := datafigures.Power(im)
	if err != nil {
		t.Fatal(err)
	}
	if len(frequency) != 10 || math.Abs(frequency[0]-1.0/21) > 0.01 || frequency[9] > 0.5 {
		t.Errorf("frequencies %v, want 10 from 1/21", frequency)
	}
	for r, p := range power[1:] { // the first ring has lost what went with the mean
		if math.Abs(p-12.5) > 1 { // two channels averaged: half the variance
			t.Errorf("ring %d: power %.3f, want 12.5", r+1, p)
		}
	}
}

// A grating has its power at its own frequency, in any direction.
func TestPowerOfGratings(t *testing.T) {
	for _, k := range [][2]float64{{6, 0}, {0, 6}, {3.6, 4.8}} {
		im := datasets.Images{N: 1, Height: 40, Width: 40, Channels: 1}
		for i := range 1600 {
			im.Pixels = append(im.Pixels, float32(7+math.Cos(2*math.Pi*(k[0]*float64(i/40)+k[1]*float64(i%40))/40)))
		}
		frequency, power, err := datafigures.Power(im)
		if err != nil {
			t.Fatal(err)
		}
		top := slices.Index(power, slices.Max(power))
		if math.Abs(frequency[top]-0.15) > 0.0125 {
			t.Errorf("grating %v: most power at %.3f cycles per pixel, want 0.15", k, frequency[top])
		}
		sum := 0.0
		for r, p := range power {
			if r < top-2 || r > top+2 {
				sum += p
			}
		}
		if sum > 1e-3*power[top] {
			t.Errorf("grating %v: power %.3g away from its frequency, %.3g at it", k, sum, power[top])
		}
	}
}

func TestPowerNeedsPictures(t *testing.T) {
	_, _, err := datafigures.Power(datasets.Images{N: 2, Height: 3, Width: 9, Channels: 1, Pixels: make([]float32, 54)})
	if err == nil || !strings.Contains(err.Error(), "spectrum of 2 images of 3 x 9 pixels") {
		t.Error(err)
	}
}

// recordings is a folder that may lie beside a checkout.
const recordings = "../../../shared/data"

// Published recordings are shown as far as they go.
func TestPublished(t *testing.T) {
	if _, err := os.Stat(recordings); os.IsNotExist(err) {
		t.Skip("no recordings beside this checkout")
	}
	for spec, want := range map[string]map[string]string{
		"allen:" + filepath.Join(recordings, "allen_natural_scenes"):         {"Positions": nowhere, "SharedImages": notShared},
		"antolik2016:" + filepath.Join(recordings, "antolik2016", "region1"): {"Positions": nowhere, "SharedImages": notShared},
	} {
		d, err := formats.OpenRaw(spec)
		if err != nil {
			t.Fatal(err)
		}
		wantReasons(t, d, want)
	}
}
