package datasets_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
)

// tiny is a recording of 1x2 images: values count from start, neurons x images in every part.
func tiny(start float32, images, neurons, repeats int) *datasets.Dataset {
	count := func(n int) []float32 {
		values := make([]float32, n)
		for i := range values {
			values[i] = start
			start++
		}
		return values
	}
	im := func(n int) datasets.Images {
		return datasets.Images{N: n, Height: 1, Width: 2, Channels: 1, Pixels: count(2 * n)}
	}
	part := func(n int) datasets.Part {
		return datasets.Part{Images: im(n), Responses: datasets.Responses{N: n, Neurons: neurons, Values: count(n * neurons)}}
	}
	return &datasets.Dataset{Train: part(images), Val: part(1), Test: datasets.TestPart{
		Images: im(1), Responses: datasets.Repeats{Repeats: repeats, N: 1, Neurons: neurons, Values: count(repeats * neurons)},
	}}
}

func TestJoin(t *testing.T) {
	a, b := tiny(0, 2, 1, 2), tiny(100, 1, 2, 1)
	a.Train.Covariates = datasets.Covariates{Names: []string{"speed"}, Values: []float32{7, 8}}
	a.Val.Covariates = datasets.Covariates{Names: []string{"speed"}, Values: []float32{9}}
	a.Test.Covariates = datasets.Covariates{Names: []string{"speed"}, Values: []float32{1, 2}}
	b.Train.Covariates = datasets.Covariates{Names: []string{"pupil", "speed"}, Values: []float32{5, 6}}
	b.Val.Covariates = datasets.Covariates{Names: []string{"pupil", "speed"}, Values: []float32{3, 4}}
	b.Test.Covariates = datasets.Covariates{Names: []string{"pupil", "speed"}, Values: []float32{1, 0}}
	b.Neurons = []datasets.Neuron{{ID: "u1", Session: "old", X: 1}, {ID: "u2", Layer: "4"}}
	got, err := datasets.Join([]*datasets.Dataset{a, b}, []string{"monday", "tuesday"})
	if err != nil {
		t.Fatal(err)
	}
	n := float32(math.NaN())
	names := []string{"speed", "pupil"}
	image := func(n int, pixels ...float32) datasets.Images {
		return datasets.Images{N: n, Height: 1, Width: 2, Channels: 1, Pixels: pixels}
	}
	want := &datasets.Dataset{
		Train: datasets.Part{
			Images:     image(3, 0, 1, 2, 3, 100, 101),
			Responses:  datasets.Responses{N: 3, Neurons: 3, Values: []float32{4, n, n, 5, n, n, n, 102, 103}},
			Covariates: datasets.Covariates{Names: names, Values: []float32{7, n, 8, n, 6, 5}},
		},
		Val: datasets.Part{
			Images:     image(2, 6, 7, 104, 105),
			Responses:  datasets.Responses{N: 2, Neurons: 3, Values: []float32{8, n, n, n, 106, 107}},
			Covariates: datasets.Covariates{Names: names, Values: []float32{9, n, 4, 3}},
		},
		Test: datasets.TestPart{
			Images:     image(2, 9, 10, 108, 109),
			Responses:  datasets.Repeats{Repeats: 2, N: 2, Neurons: 3, Values: []float32{11, n, n, n, 110, 111, 12, n, n, n, n, n}},
			Covariates: datasets.Covariates{Names: names, Values: []float32{1, n, 0, 1, 2, n, n, n}},
		},
		Neurons: []datasets.Neuron{
			{Session: "monday", X: math.NaN(), Y: math.NaN(), Z: math.NaN()},
			{ID: "u1", Session: "tuesday", X: 1}, {ID: "u2", Session: "tuesday", Layer: "4"},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	if b.Neurons[0].Session != "old" {
		t.Error("a session was changed")
	}
}

func TestJoinOne(t *testing.T) {
	d := recording(2)
	got, err := datasets.Join([]*datasets.Dataset{d}, []string{"only"})
	if err != nil {
		t.Fatal(err)
	}
	if datasets.Fingerprint(got) != datasets.Fingerprint(d) || len(got.Neurons) != 12 || got.Neurons[11].Session != "only" || d.Neurons != nil {
		t.Errorf("neurons %+v, before %+v", got.Neurons, d.Neurons)
	}
}

func TestJoinKeepsTruth(t *testing.T) {
	of := func(names []string) *datasets.Dataset {
		d := tiny(0, 2, 1, 1)
		d.Truth = &datasets.Truth{TypeNames: names, Type: []int{1}, Orientation: []float64{0.5}, X: []float64{1}, Y: []float64{2}}
		return d
	}
	names := []string{"simple", "complex"}
	for want, b := range map[bool]*datasets.Dataset{true: of(names), false: of([]string{"complex", "simple"})} {
		got, err := datasets.Join([]*datasets.Dataset{of(names), b}, []string{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		if want != (got.Truth != nil) || want && !slices.Equal(got.Truth.X, []float64{1, 1}) {
			t.Errorf("truth %+v", got.Truth)
		}
	}
}

// What a session's normalisation and check say does not depend on the company that it is in.
func TestJoinedSessionsAreTreatedAlike(t *testing.T) {
	a, b := recording(1), recording(2)
	b.Test.Responses.Repeats, b.Test.Responses.Values = 3, b.Test.Responses.Values[:3*40*12] // ragged when joined
	d, err := datasets.Join([]*datasets.Dataset{a, b}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range datasets.Check(d) {
		switch {
		case f.Code == "missing-responses" && f.Numbers["share"] == 0.5:
		case f.Code == "ragged-repeats" && f.Message == "test_responses: 960 of 4800 values are missing (NaN)":
		default:
			t.Errorf("%+v", f)
		}
	}
	joined, err := datasets.MeasureNormalisation(d.Train)
	if err != nil {
		t.Fatal(err)
	}
	var apart []float64
	for _, s := range []*datasets.Dataset{a, b} {
		n, err := datasets.MeasureNormalisation(s.Train)
		if err != nil {
			t.Fatal(err)
		}
		apart = append(apart, n.ResponseSD...)
	}
	if diff := cmp.Diff(apart, joined.ResponseSD); diff != "" {
		t.Error(diff)
	}

	// Padding and copies are found in the second session too.
	for i := range 40 {
		copy(d.Test.Responses.At(2, 40+i), d.Test.Responses.At(1, 40+i))
	}
	for i := range 20 {
		clear(d.Test.Responses.At(3, i)[:12])
	}
	codes := map[string]bool{}
	for _, f := range datasets.Check(d) {
		codes[f.Code] = true
	}
	if !codes["copied-repeats"] || !codes["padded-repeats"] {
		t.Errorf("found %v", codes)
	}

	// Normalised sessions join if their images were treated alike.
	if err := datasets.Normalise(a); err != nil {
		t.Fatal(err)
	}
	twice, err := datasets.Join([]*datasets.Dataset{a, a}, []string{"a", "b"})
	if err != nil || len(twice.Normalisation.ResponseSD) != 24 {
		t.Errorf("normalisation %+v, error %v", twice.Normalisation, err)
	}
	_, err = datasets.Join([]*datasets.Dataset{a, b}, []string{"a", "b"})
	if err == nil || err.Error() != "join: session b: normalised otherwise than the first session; join raw sessions and normalise afterwards" {
		t.Errorf("got %v", err)
	}
}

func TestUnrecordedNeuronsHaveUnitDivisor(t *testing.T) {
	d := recording(1)
	want, err := datasets.MeasureNormalisation(d.Train)
	if err != nil {
		t.Fatal(err)
	}
	setColumn(d, 3, func(int) float32 { return float32(math.NaN()) })
	got, err := datasets.MeasureNormalisation(d.Train)
	if err != nil {
		t.Fatal(err)
	}
	want.ResponseSD[3] = 1
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJoinErrors(t *testing.T) {
	sound := func() *datasets.Dataset { return tiny(0, 2, 2, 1) }
	spoilt := func(change func(d *datasets.Dataset)) []*datasets.Dataset {
		d := sound()
		change(d)
		return []*datasets.Dataset{sound(), d}
	}
	names := []string{"a", "b"}
	for want, test := range map[string]struct {
		sessions []*datasets.Dataset
		names    []string
	}{
		"join: 0 sessions and 0 names":                                                         {},
		"join: 1 sessions and 2 names":                                                         {[]*datasets.Dataset{sound()}, names},
		`join: name "a" of session 1, want names that are not empty and differ`:                {[]*datasets.Dataset{sound(), sound()}, []string{"a", "a"}},
		`join: name "" of session 0`:                                                           {[]*datasets.Dataset{sound()}, []string{""}},
		"session b: train_images of 2 x 1 pixels, 1 channels, want 1 x 2 pixels, 1 channels":   {spoilt(func(d *datasets.Dataset) { d.Train.Images.Height, d.Train.Images.Width = 2, 1 }), names},
		"session b: val_images: 3 values for 1 images of 1 x 2 pixels, 1 channels":             {spoilt(func(d *datasets.Dataset) { d.Val.Images.Pixels = make([]float32, 3) }), names},
		"session b: test_responses: 2 values for 2 repeats of 1 images":                        {spoilt(func(d *datasets.Dataset) { d.Test.Responses.Repeats = 2 }), names},
		"session b: val_responses: 2 values for 1 repeats of 1 images with 1 neurons, want":    {spoilt(func(d *datasets.Dataset) { d.Val.Responses.Neurons = 1 }), names},
		"session b: train_covariates: 0 values for 1 repeats of 2 images with 1 names":         {spoilt(func(d *datasets.Dataset) { d.Train.Covariates.Names = names[:1] }), names},
		"session b: neurons: 1 described, want 2":                                              {spoilt(func(d *datasets.Dataset) { d.Neurons = make([]datasets.Neuron, 1) }), names},
		`session b: images were prepared by [{"crop":{"from":{"height":0,"width":0,"channels"`: {spoilt(func(d *datasets.Dataset) { d.Preparation = datasets.Preparation{{Crop: &datasets.Crop{}}} }), names},
	} {
		_, err := datasets.Join(test.sessions, test.names)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
