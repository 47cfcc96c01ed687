package prepare_test

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/image/draw"
	"pgregory.net/rapid"

	"v1lab/datasets"
	"v1lab/datasets/prepare"
)

func images(n, height, width, channels int, pixels ...float32) datasets.Images {
	return datasets.Images{N: n, Height: height, Width: width, Channels: channels, Pixels: pixels}
}

// noise is images of values that differ.
func noise(seed uint64, n, height, width, channels int) datasets.Images {
	rng := rand.New(rand.NewPCG(seed, 3))
	im := images(n, height, width, channels, make([]float32, n*height*width*channels)...)
	for i := range im.Pixels {
		im.Pixels[i] = float32(100 + 50*rng.NormFloat64())
	}
	return im
}

// session is a recording of noise: two images a part, responses and repeats.
func session(seed uint64, neurons, repeats int) *datasets.Dataset {
	rng := rand.New(rand.NewPCG(seed, 4))
	values := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = rng.Float32()
		}
		return v
	}
	part := func(n int) datasets.Part {
		return datasets.Part{
			Images: noise(seed+uint64(n), n, 4, 5, 1), Responses: datasets.Responses{N: n, Neurons: neurons, Values: values(n * neurons)},
			Covariates: datasets.Covariates{Names: []string{"speed"}, Values: values(n)},
		}
	}
	d := &datasets.Dataset{Train: part(5), Val: part(2), Test: datasets.TestPart{
		Images: noise(seed+9, 3, 4, 5, 1), Responses: datasets.Repeats{Repeats: repeats, N: 3, Neurons: neurons, Values: values(repeats * 3 * neurons)},
		Covariates: datasets.Covariates{Names: []string{"speed"}, Values: values(repeats * 3)},
	}}
	for j := range neurons {
		d.Neurons = append(d.Neurons, datasets.Neuron{ID: string(rune('a' + j)), Y: math.NaN(), Layer: "4"})
	}
	return d
}

// apply prepares d by options written as on the command line.
func apply(d *datasets.Dataset, options string) error {
	spec, err := datasets.ParseSpec("npz:r.npz?" + options)
	if err != nil {
		return err
	}
	o, err := prepare.Parse(spec)
	if err != nil {
		return err
	}
	return prepare.Apply(d, o)
}

func train(im datasets.Images) *datasets.Dataset {
	return &datasets.Dataset{Train: datasets.Part{Images: im}, Val: datasets.Part{Images: im}, Test: datasets.TestPart{Images: im}}
}

func TestCropAndGreyByHand(t *testing.T) {
	d := train(images(1, 2, 3, 3,
		1, 0, 0, 0, 1, 0, 0, 0, 1,
		10, 10, 10, 100, 50, 200, -1, 0, 1))
	if err := apply(d, "crop=0,1,2,2&grey=true"); err != nil {
		t.Fatal(err)
	}
	want := images(1, 2, 2, 1, 0.587, 0.114, 29.9+29.35+22.8, -0.299+0.114)
	for name, got := range map[string]datasets.Images{"train": d.Train.Images, "val": d.Val.Images, "test": d.Test.Images} {
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-6, 0)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	record := `[{"crop":{"from":{"height":2,"width":3,"channels":3},"top":0,"left":1,"height":2,"width":2}},` +
		`{"grey":{"from":{"height":2,"width":2,"channels":3},"weights":[0.299,0.587,0.114]}}]`
	if d.Preparation.String() != record {
		t.Errorf("recorded %s", d.Preparation)
	}
}

// Catmull-Rom is 0.5625 at a half and -0.0625 at one and a half; at three quarters of the doubled width it is what draw's formula says.
func TestResizeByHand(t *testing.T) {
	d := train(images(1, 1, 4, 1, 0, 16, 32, 160))
	if err := apply(d, "resize=1x2"); err != nil {
		t.Fatal(err)
	}
	// Halved: the kernel is twice as wide. The middle of the first result lies between pixels 0 and 1: distances 0.25, 0.25, 0.75, 1.25
	// in units of the result, and nothing to the left.
	k := draw.CatmullRom.At
	total := 2*k(0.25) + k(0.75) + k(1.25)
	want := []float32{
		float32((k(0.25)*(0+16) + k(0.75)*32 + k(1.25)*160) / total),
		float32((k(0.25)*(32+160) + k(0.75)*16 + k(1.25)*0) / total),
	}
	if diff := cmp.Diff(want, d.Train.Images.Pixels, cmpopts.EquateApprox(1e-6, 0)); diff != "" {
		t.Error(diff)
	}
	if math.Abs(k(0.25)-0.8671875) > 1e-12 || math.Abs(k(1.25)+0.0703125) > 1e-12 || math.Abs(k(0.75)-0.2265625) > 1e-12 {
		t.Errorf("the kernel is %v, %v, %v at 0.25, 0.75 and 1.25", k(0.25), k(0.75), k(1.25))
	}

	d = train(images(1, 2, 1, 1, 1, 3))
	if err := apply(d, "resize=4x1"); err != nil {
		t.Fatal(err)
	}
	// Doubled: distances 0.25 and 1.25 from the edge's pixel outwards, 0.25 and 0.75 inside.
	outer := float32((k(0.25)*1 + k(1.25)*3) / (k(0.25) + k(1.25)))
	inner := float32((k(0.25)*1 + k(0.75)*3) / (k(0.25) + k(0.75)))
	if diff := cmp.Diff([]float32{outer, inner, 4 - inner, 4 - outer}, d.Train.Images.Pixels, cmpopts.EquateApprox(1e-6, 0)); diff != "" {
		t.Error(diff)
	}
}

// Where 16 bits are enough and nothing overshoots, golang.org/x/image/draw gives the same picture.
func TestResizeIsThatOfDraw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := func(name string) int { return rapid.IntRange(1, 12).Draw(t, name) }
		h, w, toHeight, toWidth := side("height"), side("width"), side("to height"), side("to width")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		im := images(1, h, w, 1, make([]float32, h*w)...)
		from, want := image.NewGray16(image.Rect(0, 0, w, h)), image.NewGray16(image.Rect(0, 0, toWidth, toHeight))
		for i := range im.Pixels {
			grey := uint16(25000 + rng.IntN(15000)) // a margin for what the cubic overshoots
			im.Pixels[i] = float32(grey)
			from.SetGray16(i%w, i/w, color.Gray16{Y: grey})
		}
		draw.CatmullRom.Scale(want, want.Bounds(), from, from.Bounds(), draw.Src, nil)
		p := datasets.Preparation{{Resize: &datasets.Resize{From: im.Shape(), Height: toHeight, Width: toWidth, Kernel: prepare.CatmullRom}}}
		got, err := prepare.Images(im, p)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got.Pixels {
			// draw takes grey through three 16-bit colours and their luminance, which rounds down.
			if grey := float64(want.Gray16At(i%toWidth, i/toWidth).Y); math.Abs(float64(v)-grey) > 1.6 {
				t.Fatalf("pixel %d is %v, draw makes %v", i, v, grey)
			}
		}
	})
}

func TestImageProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name) }
		h, w, c := side("height", 2, 9), side("width", 2, 9), side("channels", 1, 3)
		im := noise(rapid.Uint64().Draw(t, "seed"), side("images", 1, 3), h, w, c)
		crop := func(from datasets.Size, top, left, height, width int) datasets.Step {
			return datasets.Step{Crop: &datasets.Crop{From: from, Top: top, Left: left, Height: height, Width: width}}
		}
		must := func(im datasets.Images, steps ...datasets.Step) datasets.Images {
			out, err := prepare.Images(im, steps)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}

		// A crop of a crop is a crop.
		h1, w1 := side("first height", 1, h), side("first width", 1, w)
		h2, w2 := side("second height", 1, h1), side("second width", 1, w1)
		t1, l1 := side("first top", 0, h-h1), side("first left", 0, w-w1)
		t2, l2 := side("second top", 0, h1-h2), side("second left", 0, w1-w2)
		first := crop(im.Shape(), t1, l1, h1, w1)
		twice := must(im, first, crop(datasets.Size{Height: h1, Width: w1, Channels: c}, t2, l2, h2, w2))
		if once := must(im, crop(im.Shape(), t1+t2, l1+l2, h2, w2)); !cmp.Equal(once, twice) {
			t.Fatalf("crop of a crop %v, at once %v", twice, once)
		}

		// A resize to the same size changes nothing; one of a constant is the constant; gain and offset go through.
		resize := func(height, width int) datasets.Step {
			return datasets.Step{Resize: &datasets.Resize{From: im.Shape(), Height: height, Width: width, Kernel: prepare.CatmullRom}}
		}
		near := cmpopts.EquateApprox(1e-5, 1e-4)
		if same := must(im, resize(h, w)); !cmp.Equal(im, same, near) {
			t.Fatal(cmp.Diff(im, same, near))
		}
		to := resize(side("to height", 1, 12), side("to width", 1, 12))
		scaled := im
		scaled.Pixels = slices.Clone(im.Pixels)
		for i := range scaled.Pixels {
			scaled.Pixels[i] = 2*scaled.Pixels[i] - 30
		}
		want := must(im, to)
		for i := range want.Pixels {
			want.Pixels[i] = 2*want.Pixels[i] - 30
		}
		if got := must(scaled, to); !cmp.Equal(want, got, cmpopts.EquateApprox(1e-5, 1e-3)) {
			t.Fatal(cmp.Diff(want, got))
		}
	})
}

// What one of joined sessions was before is what choosing it gives back.
func TestJoinThenSessionIsTheSession(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"mon", "tue", "wed"}[:rapid.IntRange(2, 3).Draw(t, "sessions")]
		var sessions []*datasets.Dataset
		for k := range names {
			d := session(rapid.Uint64().Draw(t, "seed")+uint64(k), rapid.IntRange(1, 4).Draw(t, "neurons"), rapid.IntRange(1, 4).Draw(t, "repeats"))
			if k > 0 && rapid.Bool().Draw(t, "no covariates") {
				d.Train.Covariates, d.Val.Covariates, d.Test.Covariates = datasets.Covariates{}, datasets.Covariates{}, datasets.Covariates{}
			}
			if rapid.Bool().Draw(t, "a gap") {
				d.Test.Responses.Values[0] = float32(math.NaN())
			}
			for j := range d.Neurons {
				d.Neurons[j].Session = names[k]
			}
			sessions = append(sessions, d)
		}
		for k, want := range sessions {
			joined, err := datasets.Join(sessions, names)
			if err != nil {
				t.Fatal(err)
			}
			if err := apply(joined, "session="+names[k]); err != nil {
				t.Fatal(err)
			}
			if choice := joined.Preparation[0].Choice; len(joined.Preparation) != 1 || choice.Session != names[k] || len(choice.Kept) != want.NumNeurons() {
				t.Fatalf("recorded %s", joined.Preparation)
			}
			joined.Preparation = nil
			if want.Test.Responses.Neurons == 1 && want.Test.Responses.Values[0] != want.Test.Responses.Values[0] && want.Test.Responses.Repeats == 1 {
				continue // its only trial of an image is the gap, and so the image goes
			}
			if diff := cmp.Diff(want, joined, cmpopts.EquateNaNs()); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func TestNeuronsAreChosen(t *testing.T) {
	known := func() *datasets.Dataset {
		d := session(1, 6, 5)
		for j := range d.Neurons {
			d.Neurons[j].Session = []string{"mon", "tue"}[j%2]
			// Neurons respond to the test images alone but for noise that grows with their index.
			for i := range 3 {
				for r := range 5 {
					v := &d.Test.Responses.At(r, i)[j]
					*v = float32(i) + *v*float32(j)
				}
			}
		}
		d.Neurons[5].ID = "2"
		d.Truth = &datasets.Truth{Type: []int{0, 1, 2, 3, 4, 5}, Orientation: make([]float64, 6), X: make([]float64, 6), Y: make([]float64, 6)}
		d.Test.Reported = datasets.Responses{N: 3, Neurons: 6, Values: make([]float32, 18)}
		return d
	}
	ev := datasets.Explainable(known().Test.Responses)
	for options, want := range map[string][]int{
		"neurons=4":                         {4},
		"neurons=3,0-1":                     {3, 0, 1},
		"neurons=c,id:2":                    {2, 5},
		"session=tue":                       {1, 3, 5},
		"session=tue,mon":                   {0, 1, 2, 3, 4, 5},
		"neurons=5,0,1&session=tue":         {5, 1},
		"min_ev=0.999":                      {0},
		"min_ev=0.999&neurons=0-3":          {0},
		"min_ev=0.01&neurons=1,0&grey=true": {1, 0},
	} {
		d := known()
		if err := apply(d, options); err != nil {
			t.Errorf("%s: %v", options, err)
			continue
		}
		if !slices.Equal(d.Truth.Type, want) || !slices.Equal(d.Preparation[0].Choice.Kept, want) || d.Preparation[0].Choice.Of != 6 || d.Test.Reported.Neurons != len(want) {
			t.Errorf("%s: kept %v, recorded %s, want %v", options, d.Truth.Type, d.Preparation, want)
			continue
		}
		all := known()
		for k, j := range want {
			if d.Train.Responses.At(4)[k] != all.Train.Responses.At(4)[j] || d.Test.Responses.At(3, 2)[k] != all.Test.Responses.At(3, 2)[j] || d.Neurons[k].ID != all.Neurons[j].ID {
				t.Errorf("%s: neuron %d is not %d", options, k, j)
			}
		}
		if d.Test.Responses.Repeats != 5 || d.Train.Images.N != 5 {
			t.Errorf("%s: %d repeats, %d images", options, d.Test.Responses.Repeats, d.Train.Images.N)
		}
	}
	if !(ev[0] == 1 && ev[1] > ev[5]) {
		t.Errorf("explainable variance %v", ev)
	}
}

func TestErrors(t *testing.T) {
	single := session(1, 6, 1)
	for options, want := range map[string]string{
		"crop=1,2,3":              `option crop="1,2,3", want TOP,LEFT,HEIGHT,WIDTH in pixels`,
		"crop=1,2,3,-1":           `option crop="1,2,3,-1", want TOP,LEFT`,
		"crop=0,0,0,2":            `option crop="0,0,0,2", want TOP,LEFT`,
		"crop=0,1,4,5":            "option crop=0,1,4,5: ends at row 4 and column 6, the images have 4 rows and 5 columns",
		"crop=9,0,1,1":            "option crop=9,0,1,1: ends at row 10 and column 1",
		"resize=36":               `option resize="36", want HEIGHTxWIDTH in pixels from 1 to 16384`,
		"resize=0x3":              `option resize="0x3", want HEIGHTxWIDTH`,
		"resize=99999999999999x3": `option resize="99999999999999x3", want HEIGHTxWIDTH`,
		"grey=yes":                `option grey="yes", want true or false`,
		"min_ev=2":                `option min_ev="2", want a number from 0 to 1`,
		"min_ev=nan":              `option min_ev="nan", want a number from 0 to 1`,
		"min_ev=0.5":              "option min_ev=0.5: no neuron of 6 has an explainable variance; want two or more test images that were shown at least twice",
		"neurons=":                `option neurons="", want indices, ranges and ids`,
		"neurons=0-9":             `option neurons="0-9": 0-9, want indices from 0 to 5, or id:0-9 if it is an id`,
		"neurons=3-1":             `option neurons="3-1": 3-1, want indices`,
		"neurons=0-2,1":           `option neurons="0-2,1": neuron 1 is listed twice`,
		"neurons=zz":              `option neurons="zz": no neuron has the id "zz"; accepted: indices from 0 to 5`,
		"neurons=id:3":            `no neuron has the id "3"`,
		"neurons=0,,1":            `no neuron has the id ""`,
		"session=":                `option session="", want names`,
		"session=mon":             `option session="mon": no neuron is of session "mon"; accepted: none, the recording names no sessions`,
	} {
		d := *single
		if err := apply(&d, options); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", options, err, want)
		}
	}
	named := session(1, 2, 3)
	named.Neurons[0].Session, named.Neurons[1].Session = "mon", "tue"
	for options, want := range map[string]string{
		"session=wed":           `no neuron is of session "wed"; accepted: mon, tue`,
		"session=mon&neurons=1": `options neurons="1", session="mon": no neuron of 2 is in both`,
		"min_ev=1":              "option min_ev=1: no neuron of 2 has as much explainable variance, the best has",
	} {
		d := *named
		if err := apply(&d, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", options, err, want)
		}
	}
	colour := train(noise(1, 2, 3, 3, 2))
	if err := apply(colour, "grey=true"); err == nil || err.Error() != "option grey=true: images of 2 channels; accepted: 3 (red, green, blue), or 1, which is left alone" {
		t.Errorf("got %v", err)
	}
	pixel := session(1, 2, 1)
	pixel.Normalisation = &datasets.Normalisation{Method: datasets.Pixel, ResponseSD: []float64{1, 1}}
	if err := apply(pixel, "crop=0,0,2,2"); err == nil || !strings.Contains(err.Error(), "z-scored pixel by pixel already; accepted: the raw recording") {
		t.Errorf("got %v", err)
	}
	bent := session(1, 3, 1)
	bent.Normalisation = &datasets.Normalisation{ResponseSD: []float64{1}}
	if err := apply(bent, "neurons=2"); err == nil || !strings.Contains(err.Error(), "normalisation: response_sd of 1 neurons, want 3") {
		t.Errorf("got %v", err)
	}
}

// A record from a file may hold anything.
func TestImagesRefuses(t *testing.T) {
	im := noise(1, 2, 4, 5, 1)
	other := datasets.Size{Height: 9, Width: 9, Channels: 1}
	for want, step := range map[string]datasets.Step{
		"40 values for 2 images of 4 x 5 pixels, 1 channels; accepted: images of 9 x 9 pixels, 1 channels": {Crop: &datasets.Crop{From: other, Height: 1, Width: 1}},
		"crop of 4 x 1 pixels from row 1 and column 0 does not lie in images of 4 x 5":                     {Crop: &datasets.Crop{From: im.Shape(), Top: 1, Height: 4, Width: 1}},
		"crop of 1 x 1 pixels from row 9223372036854775807":                                                {Crop: &datasets.Crop{From: im.Shape(), Top: math.MaxInt, Height: 1, Width: 1}},
		"grey: 3 weights for images of 1 channels":                                                         {Grey: &datasets.Grey{From: im.Shape(), Weights: []float64{1, 2, 3}}},
		`resize to 3 x 3 by kernel "lanczos"; accepted: 1 to 16384 pixels, catmull-rom`:                    {Resize: &datasets.Resize{From: im.Shape(), Height: 3, Width: 3, Kernel: "lanczos"}},
		"resize to 1000000 x 3 by kernel":                                                                  {Resize: &datasets.Resize{From: im.Shape(), Height: 1e6, Width: 3, Kernel: prepare.CatmullRom}},
		"a step of the preparation is unknown; use the program that wrote it":                              {},
	} {
		if _, err := prepare.Images(im, datasets.Preparation{step}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	kept, err := prepare.Images(im, datasets.Preparation{{Choice: &datasets.Choice{Kept: []int{1}}}})
	if err != nil || !cmp.Equal(kept, im) {
		t.Errorf("a choice of neurons changed images: %v", err)
	}
}
