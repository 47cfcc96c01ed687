package datasets

import (
	"errors"
	"fmt"
	"math"
)

// Severity says what a finding means for a fit.
type Severity string

const (
	SeverityError   Severity = "error"   // a fit or its score would be wrong
	SeverityWarning Severity = "warning" // a fit works; its result may mislead
	SeverityInfo    Severity = "info"    // good to know
)

// Finding is one thing that Check noticed.
type Finding struct {
	Severity Severity           `json:"severity"`
	Code     string             `json:"code"`              // stable, for scripts: "dead-neurons"
	Message  string             `json:"message"`           // what was found, in one line with its numbers
	Advice   string             `json:"advice,omitempty"`  // what to do about it
	Numbers  map[string]float64 `json:"numbers,omitempty"` // the numbers of the message by name
	Neurons  []int              `json:"neurons,omitempty"` // the neurons concerned
	Images   []ImagePair        `json:"images,omitempty"`  // the images concerned
}

// ImagePair is an image that occurs twice: at index First of part FirstPart and at Second of SecondPart.
type ImagePair struct {
	FirstPart  string `json:"first_part"`
	First      int    `json:"first"`
	SecondPart string `json:"second_part"`
	Second     int    `json:"second"`
}

// Numbers of images below which Check speaks up. The recordings of the paper have thousands.
const (
	fewTrain = 500
	fewEval  = 20
)

// Check looks for what would ruin a fit or its score. Raw values tell more than normalised ones, in which
// negative responses are gone. Where shapes disagree nothing else is looked at.
func Check(d *Dataset) []Finding {
	if findings := checkShapes(d); len(findings) > 0 {
		return findings
	}
	findings := checkFinite(d)
	findings = append(findings, checkCounts(d)...)
	findings = append(findings, checkImages(d)...)
	findings = append(findings, checkNeurons(d)...)
	findings = append(findings, checkRepeats(d)...)
	findings = append(findings, checkUnits(d)...)
	return findings
}

// Validate returns an error for what no fit can work with: shapes that disagree, and values that are not finite
// (in the test responses NaN is a missing repeat and allowed). It names the array, and the first place where a value is at fault.
func (d *Dataset) Validate() error {
	for _, f := range append(checkShapes(d), checkFinite(d)...) {
		if f.Severity == SeverityError {
			return errors.New(f.Message)
		}
	}
	return nil
}

type namedImages struct {
	part   string
	images Images
}

func (d *Dataset) parts() []namedImages {
	return []namedImages{{"train", d.Train.Images}, {"val", d.Val.Images}, {"test", d.Test.Images}}
}

func checkShapes(d *Dataset) (findings []Finding) {
	report := func(format string, args ...any) {
		findings = append(findings, Finding{
			Severity: SeverityError, Code: "shapes", Message: fmt.Sprintf(format, args...),
			Advice: "the parts must agree in image size and neurons, images and responses in number",
		})
	}
	first := d.Train.Images
	for _, p := range d.parts() {
		im := p.images
		switch {
		case im.N < 1 || im.Size() < 1:
			report("%s_images: shape [%d, %d, %d, %d], want every length above 0", p.part, im.N, im.Height, im.Width, im.Channels)
		case len(im.Pixels) != im.N*im.Size():
			report("%s_images: %d values for shape [%d, %d, %d, %d]", p.part, len(im.Pixels), im.N, im.Height, im.Width, im.Channels)
		case im.Height != first.Height || im.Width != first.Width || im.Channels != first.Channels:
			report("%s_images: size [%d, %d, %d], want that of train_images, [%d, %d, %d]", p.part, im.Height, im.Width, im.Channels, first.Height, first.Width, first.Channels)
		}
	}
	if first.N == 1 {
		report("train_images: 1 image, want at least 2")
	}
	neurons := d.NumNeurons()
	if neurons < 1 {
		report("train_responses: no neurons")
	}
	for _, p := range []struct {
		part                        string
		images, n, neurons, repeats int
		values                      []float32
	}{
		{"train", d.Train.Images.N, d.Train.Responses.N, d.Train.Responses.Neurons, 1, d.Train.Responses.Values},
		{"val", d.Val.Images.N, d.Val.Responses.N, d.Val.Responses.Neurons, 1, d.Val.Responses.Values},
		{"test", d.Test.Images.N, d.Test.Responses.N, d.Test.Responses.Neurons, d.Test.Responses.Repeats, d.Test.Responses.Values},
	} {
		switch {
		case p.n != p.images:
			report("%s_responses: to %d images, want %d as in %s_images", p.part, p.n, p.images, p.part)
		case p.neurons != neurons:
			report("%s_responses: %d neurons, want %d as in train_responses", p.part, p.neurons, neurons)
		case p.repeats < 1:
			report("%s_responses: no repeats", p.part)
		case len(p.values) != p.repeats*p.n*p.neurons:
			report("%s_responses: %d values for %d x %d x %d", p.part, len(p.values), p.repeats, p.n, p.neurons)
		}
	}
	if len(d.Neurons) != 0 && len(d.Neurons) != neurons {
		report("neurons: %d described, want %d as in train_responses", len(d.Neurons), neurons)
	}
	if t := d.Truth; t != nil && (len(t.Type) != neurons || len(t.Orientation) != neurons || len(t.X) != neurons || len(t.Y) != neurons) {
		report("truth: types, orientations, x and y of %d, %d, %d and %d neurons, want %d as in train_responses", len(t.Type), len(t.Orientation), len(t.X), len(t.Y), neurons)
	}
	return findings
}

func checkFinite(d *Dataset) (findings []Finding) {
	look := func(name string, values []float32, row int, missingAllowed bool) {
		count, place := 0, 0
		for i, v := range values {
			if v-v == 0 || missingAllowed && v != v {
				continue
			}
			if count == 0 {
				place = i
			}
			count++
		}
		if count > 0 {
			findings = append(findings, Finding{
				Severity: SeverityError, Code: "not-finite",
				Message: fmt.Sprintf("%s: %d values are not finite, the first (%v) at image %d", name, count, values[place], place/row),
				Advice:  "remove these images or neurons; NaN is accepted only in test_responses, for a missing repeat",
				Numbers: map[string]float64{"count": float64(count), "image": float64(place / row)},
			})
		}
	}
	for _, p := range d.parts() {
		look(p.part+"_images", p.images.Pixels, max(1, p.images.Size()), false)
	}
	look("train_responses", d.Train.Responses.Values, max(1, d.Train.Responses.Neurons), false)
	look("val_responses", d.Val.Responses.Values, max(1, d.Val.Responses.Neurons), false)
	repeats := d.Test.Responses
	for r := range repeats.Repeats {
		size := repeats.N * repeats.Neurons
		if len(repeats.Values) >= (r+1)*size {
			look(fmt.Sprintf("test_responses (repeat %d)", r), repeats.Values[r*size:(r+1)*size], max(1, repeats.Neurons), true)
		}
	}
	return findings
}

func checkCounts(d *Dataset) (findings []Finding) {
	for _, p := range d.parts() {
		least := fewEval
		if p.part == "train" {
			least = fewTrain
		}
		if p.images.N < least {
			findings = append(findings, Finding{
				Severity: SeverityWarning, Code: "few-images",
				Message: fmt.Sprintf("%s: %d images, fewer than %d", p.part, p.images.N, least),
				Advice:  "expect overfitting (train) or scores that chance decides (val, test)",
				Numbers: map[string]float64{"images": float64(p.images.N), "least": float64(least)},
			})
		}
	}
	return findings
}

// checkUnits compares splits that were perhaps scaled or shifted differently.
func checkUnits(d *Dataset) (findings []Finding) {
	const apart = 3 // factor between spreads, or distance of means in training SDs; natural splits stay far below
	mean, sd := meanSD(d.Train.Images.Pixels)
	for _, p := range d.parts()[1:] {
		m, s := meanSD(p.images.Pixels)
		if s > apart*sd || sd > apart*s || math.Abs(m-mean) > apart*sd {
			findings = append(findings, Finding{
				Severity: SeverityWarning, Code: "image-units",
				Message: fmt.Sprintf("%s_images: mean %.4g and SD %.4g, train_images %.4g and %.4g", p.part, m, s, mean, sd),
				Advice:  "bring all parts to the same units before normalisation",
				Numbers: map[string]float64{"mean": m, "sd": s, "train_mean": mean, "train_sd": sd},
			})
		}
	}

	const times = 5 // averaging ten repeats of pure noise changes magnitudes by 3.2
	train := magnitudes(d.Train.Responses.Values, d.NumNeurons())
	for _, p := range []struct {
		part   string
		values []float32
	}{{"val", d.Val.Responses.Values}, {"test", d.Test.Responses.Values}} {
		ratio := medianRatio(magnitudes(p.values, d.NumNeurons()), train)
		if ratio > times || ratio < 1.0/times {
			findings = append(findings, Finding{
				Severity: SeverityWarning, Code: "response-units",
				Message: fmt.Sprintf("%s_responses: %.3g times as large as train_responses (median over neurons of the mean magnitude)", p.part, ratio),
				Advice:  "bring all parts to the same units before normalisation",
				Numbers: map[string]float64{"ratio": ratio},
			})
		}
	}
	return findings
}

// magnitudes is the mean absolute response of each neuron, missing repeats left out.
func magnitudes(values []float32, neurons int) []float64 {
	sum, count := make([]float64, neurons), make([]float64, neurons)
	for i, v := range values {
		if v == v {
			sum[i%neurons] += math.Abs(float64(v))
			count[i%neurons]++
		}
	}
	for j := range sum {
		sum[j] /= count[j]
	}
	return sum
}
