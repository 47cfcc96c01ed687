package datasets_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"v1lab/datasets"
)

// randomRecording returns a recording of random images and responses.
func randomRecording(trials, neurons int, response func(rng *rand.Rand) float32) *datasets.Dataset {
	rng := rand.New(rand.NewPCG(1, 1))
	part := func(n int) datasets.Part {
		p := datasets.Part{
			Images:    datasets.Images{N: n, Height: 3, Width: 3, Channels: 1, Pixels: make([]float32, 9*n)},
			Responses: datasets.Responses{N: n, Neurons: neurons, Values: make([]float32, n*neurons)},
		}
		for i := range p.Images.Pixels {
			p.Images.Pixels[i] = float32(rng.IntN(256))
		}
		for i := range p.Responses.Values {
			p.Responses.Values[i] = response(rng)
		}
		return p
	}
	test := part(20)
	return &datasets.Dataset{
		Train: part(trials), Val: part(20),
		Test: datasets.TestPart{Images: test.Images, Responses: datasets.Repeats{Repeats: 1, N: 20, Neurons: neurons, Values: test.Responses.Values}},
	}
}

func calcium(rng *rand.Rand) float32 { return float32(rng.ExpFloat64()) }

func spikes(rng *rand.Rand) float32 { return float32(int(rng.ExpFloat64())) }

func message(d *datasets.Dataset, code string) string {
	for _, f := range datasets.Check(d) {
		if f.Code == code {
			return f.Message
		}
	}
	return ""
}

func TestCheckFindsSentinels(t *testing.T) {
	every := func(n int, value float32) func(*datasets.Dataset) {
		return func(d *datasets.Dataset) {
			for i := range d.Train.Responses.Values {
				if i%n == 0 {
					d.Train.Responses.Values[i] = value
				}
			}
		}
	}
	trial := func(value float32) func(*datasets.Dataset) {
		return func(d *datasets.Dataset) {
			for j := range d.Train.Responses.At(7) {
				d.Train.Responses.At(7)[j] = value
			}
		}
	}
	for name, c := range map[string]struct {
		response func(*rand.Rand) float32
		change   func(*datasets.Dataset)
		want     string // in the message; empty: no finding
	}{
		"none":                  {calcium, func(*datasets.Dataset) {}, ""},
		"spikes":                {spikes, func(*datasets.Dataset) {}, ""},
		"signed":                {func(rng *rand.Rand) float32 { return float32(rng.NormFloat64()) }, func(*datasets.Dataset) {}, ""},
		"-9999":                 {calcium, every(37, -9999), "responses: -9999 occurs 44 times in 8 of 8, the first 0"},
		"-9999 of spikes":       {spikes, every(37, -9999), "responses: -9999 occurs 44 times"},
		"-999, signed":          {func(rng *rand.Rand) float32 { return float32(rng.NormFloat64()) }, every(50, -999), "responses: -999 occurs"},
		"a whole trial":         {calcium, trial(-9999), "responses: -9999 occurs 8 times in 8 of 8"},
		"-1":                    {calcium, every(37, -1), "responses: -1 occurs 44 times"},
		"-1 of spikes":          {spikes, every(37, -1), "responses: -1 occurs 44 times"},
		"1e20":                  {calcium, every(37, 1e20), "responses: 1e+20 occurs 44 times"},
		"netCDF's default":      {calcium, every(37, 9.96921e36), "responses: 9.96921e+36 occurs 44 times"},
		"65535":                 {func(rng *rand.Rand) float32 { return float32(100 + rng.IntN(900)) }, every(37, 65535), "responses: 65535 occurs 44 times"},
		"two of them":           {calcium, func(d *datasets.Dataset) { every(37, -9999)(d); every(50, 9999)(d) }, "responses: -9999 occurs"},
		"two on one side":       {calcium, func(d *datasets.Dataset) { every(37, -9999)(d); every(50, -8888)(d) }, "responses: -9999 occurs"},
		"one outlier":           {calcium, func(d *datasets.Dataset) { d.Train.Responses.Values[5] = 1e4 }, ""},
		"different outliers":    {calcium, func(d *datasets.Dataset) { copy(d.Train.Responses.Values[5:], []float32{1e4, 2e4, 3e4}) }, ""},
		"bursts of one neuron":  {func(rng *rand.Rand) float32 { return float32(rng.IntN(20) / 19 * 9) }, func(*datasets.Dataset) {}, ""},
		"few negative values":   {calcium, func(d *datasets.Dataset) { copy(d.Train.Responses.Values[5:], []float32{-0.1, -0.2, -0.3}) }, ""},
		"images":                {calcium, func(d *datasets.Dataset) { copy(d.Train.Images.Pixels[40:], []float32{-9999, -9999, -9999}) }, "images: -9999 occurs 3 times, the other values are from 0 to 255"},
		"black and white":       {calcium, func(d *datasets.Dataset) { binary(d, 0, 255) }, ""},
		"dots on grey":          {calcium, func(d *datasets.Dataset) { binary(d, -1, 0, 0, 0, 0, 0, 0, 0, 1) }, ""},
		"covariates":            {calcium, func(d *datasets.Dataset) { covariates(d, -1) }, "covariates: -1 occurs 100 times in 1 of 2, the first speed"},
		"missing, as it should": {calcium, every(37, float32(math.NaN())), ""},
	} {
		d := randomRecording(200, 8, c.response)
		c.change(d)
		got := message(d, "sentinel-values")
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func binary(d *datasets.Dataset, levels ...float32) {
	for _, pixels := range [][]float32{d.Train.Images.Pixels, d.Val.Images.Pixels, d.Test.Images.Pixels} {
		for i := range pixels {
			pixels[i] = levels[int(pixels[i])%len(levels)]
		}
	}
}

func covariates(d *datasets.Dataset, missing float32) {
	rng := rand.New(rand.NewPCG(2, 2))
	some := func(n int) datasets.Covariates {
		c := datasets.Covariates{Names: []string{"pupil", "speed"}}
		for i := range n {
			speed := float32(rng.Float64())
			if i%2 == 0 && n > 20 {
				speed = missing
			}
			c.Values = append(c.Values, float32(rng.NormFloat64()), speed)
		}
		return c
	}
	d.Train.Covariates, d.Val.Covariates, d.Test.Covariates = some(d.Train.Images.N), some(20), some(20)
}

// Row numbers and clocks among the neurons of any format.
func TestCheckFindsCounters(t *testing.T) {
	for name, c := range map[string]struct {
		value func(i int) float32
		want  string
	}{
		"row number": {func(i int) float32 { return float32(i) }, "1 of 8 neurons follow the order of the training trials: 2 only rises, from 0 to 199"},
		"clock":      {func(i int) float32 { return 3 + 0.7*float32(i) }, "2 only rises"},
		"gaps":       {func(i int) float32 { return []float32{float32(i), float32(math.NaN())}[i%2] }, "2 only rises, from 0 to 198"},
		"countdown":  {func(i int) float32 { return float32(-i) }, "2 only falls"},
		"blocks":     {func(i int) float32 { return float32(i / 50) }, "2 only rises, from 0 to 3"},
		"in a block": {func(i int) float32 { return float32(i % 10) }, "2 counts up from 0 again and again"},
		"shuffled":   {func(i int) float32 { return float32(i * 7 % 200) }, "2 has every whole number from 0 to 199 once"},
		"never":      {func(int) float32 { return float32(math.NaN()) }, ""},
		"constant":   {func(int) float32 { return 1 }, ""},
	} {
		d := randomRecording(200, 8, calcium)
		for i := range d.Train.Responses.N {
			d.Train.Responses.At(i)[2] = c.value(i)
		}
		if got := message(d, "counting-neurons"); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What a reader noted comes first, also of a recording that is unfit.
func TestCheckListsNotes(t *testing.T) {
	note := datasets.Finding{Severity: datasets.SeverityInfo, Code: "noted", Message: "so it is"}
	for _, unfit := range []bool{false, true} {
		d := randomRecording(30, 2, calcium)
		d.Notes = []datasets.Finding{note}
		if unfit {
			d.Val.Responses.N--
		}
		if found := datasets.Check(d); len(found) == 0 || found[0].Code != "noted" {
			t.Errorf("%+v", found)
		}
	}
	a, b := randomRecording(30, 2, calcium), randomRecording(30, 2, calcium)
	b.Notes = []datasets.Finding{note}
	d, err := datasets.Join([]*datasets.Dataset{a, b}, []string{"monday", "tuesday"})
	if err != nil || fmt.Sprint(len(d.Notes)) != "1" || d.Notes[0].Message != "session tuesday: so it is" {
		t.Errorf("%+v, %v", d.Notes, err)
	}
}
