package datasets

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Severity says how much a finding matters for a fit.
type Severity string

const (
	SeverityError   Severity = "error"   // a fit or its score would be wrong
	SeverityWarning Severity = "warning" // a fit works; its result may mislead
	SeverityInfo    Severity = "info"    // good to know
)

// Finding is one problem or peculiarity that Check found.
type Finding struct {
	Severity Severity           `json:"severity"`          // error, warning or info
	Code     string             `json:"code"`              // stable, for scripts: "dead-neurons"
	Message  string             `json:"message"`           // what was found, in one line with its numbers
	Advice   string             `json:"advice,omitempty"`  // what to do about it
	Numbers  map[string]float64 `json:"numbers,omitempty"` // the numbers of the message by name
	Neurons  []int              `json:"neurons,omitempty"` // the neurons concerned
	Images   []ImagePair        `json:"images,omitempty"`  // the images concerned
}

// ImagePair is an image that occurs twice: at index First of part FirstPart and at Second of SecondPart.
type ImagePair struct {
	FirstPart  string `json:"first_part"`  // train, val or test
	First      int    `json:"first"`       // index in that part
	SecondPart string `json:"second_part"` // likewise
	Second     int    `json:"second"`      // likewise
}

// Check warns about fewer images than these. The recordings of the paper have thousands.
const (
	fewTrain = 500
	fewEval  = 20
)

// Check looks for what would spoil a fit or its score, and lists d.Notes. Check raw values if you can: normalisation removes negative responses.
// Where shapes disagree, it checks nothing else.
func Check(d *Dataset) []Finding {
	if d.Sessions != nil {
		return checkSessions(d)
	}
	findings := slices.Clone(d.Notes)
	if faults := checkShapes(d); len(faults) > 0 {
		return append(findings, faults...)
	}
	findings = append(findings, checkMissingImages(d)...)
	findings = append(findings, checkFinite(d)...)
	findings = append(findings, checkRecorded(d)...)
	findings = append(findings, checkSentinels(d)...)
	findings = append(findings, checkCounting(d)...)
	if d.ImagesMissing() {
		findings = append(findings, checkNeurons(d)...)
		findings = append(findings, checkOutliers(d)...)
		return append(findings, checkRepeats(d)...)
	}
	findings = append(findings, checkCounts(d)...)
	findings = append(findings, checkImages(d)...)
	findings = append(findings, checkNeurons(d)...)
	findings = append(findings, checkTestVaries(d)...)
	findings = append(findings, checkScale(d)...)
	findings = append(findings, checkOutliers(d)...)
	findings = append(findings, checkRepeats(d)...)
	findings = append(findings, checkUnits(d)...)
	return findings
}

// Validate returns an error if nothing can be fitted: shapes disagree, values are not finite, or a neuron has no training response.
// NaN is allowed among responses, where it means "not recorded", and among covariates, where it means "unknown". The error names the
// array and the position of the first faulty value.
func (d *Dataset) Validate() error {
	if d.Sessions != nil {
		if err := d.gathered(); err != nil {
			return err
		}
		return d.eachSession((*Dataset).Validate)
	}
	findings := checkShapes(d)
	if len(findings) == 0 {
		findings = append(checkMissingImages(d), checkFinite(d)...)
		findings = append(findings, checkRecorded(d)...)
	}
	for _, f := range findings {
		if f.Severity == SeverityError {
			return errors.New(f.Message)
		}
	}
	return nil
}

// Consistent returns an error if an array's length differs from that of its shape, or if images, responses and descriptions of neurons
// differ in number. It demands less than Validate: a part may be empty, training images may be missing, and values are not checked.
func (d *Dataset) Consistent() error {
	if d.Sessions != nil {
		if err := d.eachSession((*Dataset).Consistent); err != nil {
			return err
		}
		if err := d.gathered(); err != nil {
			return err
		}
		for _, f := range checkOptional(d) {
			return errors.New(f)
		}
		return nil
	}
	for _, p := range d.parts() {
		if im := p.images; im.N < 0 || im.Size() < 0 || len(im.Pixels) != im.N*im.Size() {
			return fmt.Errorf("%s_images: %d values for %d images of %s", p.part, len(im.Pixels), im.N, im.Shape())
		}
	}
	neurons := d.NumNeurons()
	for _, r := range d.trials() {
		if r.part == "train" && d.ImagesMissing() {
			r.images = r.n
		}
		if (r.n > 0 && r.neurons != neurons) || r.n != r.images || r.repeats < 0 || len(r.values) != r.repeats*r.n*r.neurons {
			return fmt.Errorf("%s_responses: %d values for %d repeats of %d images with %d neurons, want %d images and %d neurons",
				r.part, len(r.values), r.repeats, r.n, r.neurons, r.images, neurons)
		}
		if c := r.covariates; len(c.Values) != r.repeats*r.n*len(c.Names) {
			return fmt.Errorf("%s_covariates: %d values for %d repeats of %d images with %d names", r.part, len(c.Values), r.repeats, r.n, len(c.Names))
		}
	}
	for _, averages := range []struct {
		what string
		of   Responses
	}{{"reported test averages", d.Test.Reported}, {"expected test responses", d.Test.Expected}} {
		if r := averages.of; len(r.Values) > 0 && (r.N != d.Test.Images.N || r.Neurons != neurons || len(r.Values) != r.N*r.Neurons) {
			return fmt.Errorf("%s: %d values of %d images and %d neurons, want %d and %d", averages.what, len(r.Values), r.N, r.Neurons, d.Test.Images.N, neurons)
		}
	}
	if len(d.Neurons) != 0 && len(d.Neurons) != neurons {
		return fmt.Errorf("neurons: %d described, want %d as in train_responses", len(d.Neurons), neurons)
	}
	for _, f := range checkOptional(d) {
		return errors.New(f)
	}
	return nil
}

// checkOptional checks the lengths of the optional contents of a file: ground truth and normalisation.
func checkOptional(d *Dataset) (faults []string) {
	neurons := d.NumNeurons()
	if t := d.Truth; t != nil && (len(t.Type) != neurons || len(t.Orientation) != neurons || len(t.X) != neurons || len(t.Y) != neurons) {
		faults = append(faults, fmt.Sprintf("truth: types, orientations, x and y of %d, %d, %d and %d neurons, want %d as in train_responses", len(t.Type), len(t.Orientation), len(t.X), len(t.Y), neurons))
	}
	if t := d.Truth; t != nil && d.Sessions == nil {
		for _, part := range []struct {
			name   string
			truth  *TrialTruth
			trials int
		}{{"train", t.Train, d.Train.Responses.N}, {"val", t.Val, d.Val.Responses.N}, {"test", t.Test, d.Test.Responses.Repeats * d.Test.Responses.N}} {
			if p := part.truth; p != nil && (p.Gain != nil && len(p.Gain) != part.trials || p.Shift != nil && len(p.Shift) != 2*part.trials) {
				faults = append(faults, fmt.Sprintf("truth: %d gains and %d values of shifts for the %d trials of the %s part, want one and two for each", len(p.Gain), len(p.Shift), part.trials, part.name))
			}
		}
	}
	if n := d.Normalisation; n != nil {
		if len(n.ResponseSD) != neurons {
			faults = append(faults, fmt.Sprintf("normalisation: response_sd of %d neurons, want %d as in train_responses", len(n.ResponseSD), neurons))
		}
		if !(n.ImageSD > 0) {
			faults = append(faults, fmt.Sprintf("normalisation: image_sd is %v, want above 0", n.ImageSD))
		}
		if n.Method == Pixel && (len(n.PixelMean) != d.Train.Images.Size() || len(n.PixelSD) != len(n.PixelMean)) {
			faults = append(faults, fmt.Sprintf("normalisation: pixel_mean and pixel_sd of %d and %d pixels, want %d as in train_images", len(n.PixelMean), len(n.PixelSD), d.Train.Images.Size()))
		}
	}
	return faults
}

type namedImages struct {
	part   string
	images Images
}

func (d *Dataset) parts() []namedImages {
	return []namedImages{{"train", d.Train.Images}, {"val", d.Val.Images}, {"test", d.Test.Images}}
}

// namedTrials holds the trials of one part: responses [repeats, n, neurons] and covariates [repeats, n, names].
type namedTrials struct {
	part                        string
	images, n, neurons, repeats int
	values                      []float32
	covariates                  Covariates
}

func (d *Dataset) trials() []namedTrials {
	of := func(part string, p Part) namedTrials {
		return namedTrials{part, p.Images.N, p.Responses.N, p.Responses.Neurons, 1, p.Responses.Values, p.Covariates}
	}
	r := d.Test.Responses
	return []namedTrials{of("train", d.Train), of("val", d.Val), {"test", d.Test.Images.N, r.N, r.Neurons, r.Repeats, r.Values, d.Test.Covariates}}
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
		case d.ImagesMissing() && p.part != "test":
			// reported by checkMissingImages
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
	for _, p := range d.trials() {
		switch {
		case p.n != p.images && !(d.ImagesMissing() && p.part == "train"):
			report("%s_responses: to %d images, want %d as in %s_images", p.part, p.n, p.images, p.part)
		case p.neurons != neurons:
			report("%s_responses: %d neurons, want %d as in train_responses", p.part, p.neurons, neurons)
		case p.repeats < 1:
			report("%s_responses: no repeats", p.part)
		case len(p.values) != p.repeats*p.n*p.neurons:
			report("%s_responses: %d values for %d x %d x %d", p.part, len(p.values), p.repeats, p.n, p.neurons)
		case len(p.covariates.Values) != p.repeats*p.n*len(p.covariates.Names):
			report("%s_covariates: %d values, want %d x %d x %d (repeats, images, covariate_names)", p.part, len(p.covariates.Values), p.repeats, p.n, len(p.covariates.Names))
		case !slices.Equal(p.covariates.Names, d.Train.Covariates.Names):
			report("%s_covariates: names %q, want %q as in train_covariates", p.part, p.covariates.Names, d.Train.Covariates.Names)
		}
	}
	if len(d.Neurons) != 0 && len(d.Neurons) != neurons {
		report("neurons: %d described, want %d as in train_responses", len(d.Neurons), neurons)
	}
	for _, fault := range checkOptional(d) {
		report("%s", fault)
	}
	return findings
}

func checkFinite(d *Dataset) (findings []Finding) {
	checkArray := func(name string, values []float32, row int, missingAllowed bool) {
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
				Advice:  "remove these images or neurons; NaN is accepted only among responses, where a neuron was not recorded",
				Numbers: map[string]float64{"count": float64(count), "image": float64(place / row)},
			})
		}
	}
	for _, p := range d.parts() {
		checkArray(p.part+"_images", p.images.Pixels, p.images.Size(), false)
	}
	for _, p := range d.trials() {
		name, size := p.part+"_responses", p.n*p.neurons
		for r := range p.repeats {
			if p.part == "test" {
				name = fmt.Sprintf("test_responses (repeat %d)", r)
			}
			checkArray(name, p.values[r*size:(r+1)*size], p.neurons, true)
		}
		if names := len(p.covariates.Names); names > 0 {
			checkArray(p.part+"_covariates", p.covariates.Values, names, true)
		}
	}
	return findings
}

// checkRecorded looks for neurons without any training response and reports how many values are missing.
func checkRecorded(d *Dataset) (findings []Finding) {
	train := d.Train.Responses
	count := make([]int, train.Neurons)
	recorded := 0
	for i := range train.N {
		for j, v := range train.At(i) {
			if v == v {
				count[j]++
				recorded++
			}
		}
	}
	var never []int
	for j, n := range count {
		if n == 0 {
			never = append(never, j)
		}
	}
	if len(never) > 0 {
		findings = append(findings, Finding{
			Severity: SeverityError, Code: "unrecorded-neurons",
			Message: fmt.Sprintf("train_responses: %d of %d neurons were recorded with no training image, all their values are NaN (%s)", len(never), train.Neurons, d.describeNeurons(never)),
			Advice:  "leave them out, by the option neurons or in the file",
			Numbers: map[string]float64{"count": float64(len(never))}, Neurons: never,
		})
	}
	if missing := len(train.Values) - recorded; missing > 0 {
		findings = append(findings, Finding{
			Severity: SeverityInfo, Code: "missing-responses",
			Message: fmt.Sprintf("train_responses: %d of %d values are missing (NaN)", missing, len(train.Values)),
			Advice:  "a fit uses the recorded values only; memory is needed for all of them",
			Numbers: map[string]float64{"count": float64(missing), "share": float64(missing) / float64(len(train.Values))},
		})
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

// checkUnits looks for parts that were scaled or shifted differently from the training part.
func checkUnits(d *Dataset) (findings []Finding) {
	const maxShift = 3 // largest ratio of SDs, and largest distance of means in training SDs; natural splits stay far below
	mean, sd := imageMeanSD(d.Train.Images.Pixels)
	for _, p := range d.parts()[1:] {
		m, s := imageMeanSD(p.images.Pixels)
		if s > maxShift*sd || sd > maxShift*s || math.Abs(m-mean) > maxShift*sd {
			findings = append(findings, Finding{
				Severity: SeverityWarning, Code: "image-units",
				Message: fmt.Sprintf("%s_images: mean %.4g and SD %.4g, train_images %.4g and %.4g", p.part, m, s, mean, sd),
				Advice:  "bring all parts to the same units before normalisation",
				Numbers: map[string]float64{"mean": m, "sd": s, "train_mean": mean, "train_sd": sd},
			})
		}
	}

	const maxRatio = 5 // averaging ten repeats of pure noise divides magnitudes by 3.2
	train := magnitudes(d.Train.Responses.Values, d.NumNeurons())
	for _, p := range []struct {
		part   string
		values []float32
	}{{"val", d.Val.Responses.Values}, {"test", d.Test.Responses.Values}} {
		ratio := medianRatio(magnitudes(p.values, d.NumNeurons()), train)
		if ratio > maxRatio || ratio < 1.0/maxRatio {
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

// magnitudes returns the mean absolute response of each neuron, [neurons]; missing responses are left out.
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
