package datasets

import (
	"errors"
	"fmt"
	"math"
)

// Normalisation remembers how raw values became those that a model sees, so that new images can be treated alike.
type Normalisation struct {
	Method     string    `json:"method"`      // "reference"
	ImageMean  float64   `json:"image_mean"`  // over all pixels, channels and images of the training part
	ImageSD    float64   `json:"image_sd"`    // the same; the mean square deviation is divided by the number of pixels
	ResponseSD []float64 `json:"response_sd"` // [neurons], what responses were divided by
}

// MeasureNormalisation computes the reference implementation's statistics from the raw training part, in float64.
// A neuron's divisor is the standard deviation of its responses before negative ones are set to zero (dividing by the number of images);
// one below a hundredth of the neurons' mean is replaced by 1, which leaves a silent neuron silent.
// Training images that are all the same grey are an error.
func MeasureNormalisation(train Part) (*Normalisation, error) {
	if len(train.Images.Pixels) == 0 || len(train.Responses.Values) == 0 {
		return nil, errors.New("normalisation: the training part is empty")
	}
	mean, sd := meanSD(train.Images.Pixels)
	if !(sd > 0) || math.IsInf(sd, 0) {
		return nil, fmt.Errorf("normalisation: the standard deviation of the training images is %v, want above 0 (are all pixels %v?)", sd, train.Images.Pixels[0])
	}
	_, used := columnMeanSD(train.Responses)
	threshold := 0.0
	for _, s := range used {
		threshold += s / float64(len(used)) / 100
	}
	for i, s := range used {
		// A population that never responds has threshold 0: dividing by 0 must not happen.
		if s < threshold || s == 0 {
			used[i] = 1
		}
	}
	return &Normalisation{Method: "reference", ImageMean: mean, ImageSD: sd, ResponseSD: used}, nil
}

// Normalise replaces a dataset's raw values by normalised ones and records how in d.Normalisation.
// All three parts are treated with the training part's statistics. Images become (v - mean)/SD. Responses are divided by each neuron's SD,
// then negative ones become 0. Missing repeats stay NaN. The raw slices are not changed.
// A dataset that is normalised already is an error.
func Normalise(d *Dataset) error {
	if d.Normalisation != nil {
		return errors.New("normalisation: the dataset is normalised already")
	}
	n, err := MeasureNormalisation(d.Train)
	if err != nil {
		return err
	}
	d.Train.Images = n.ApplyImages(d.Train.Images)
	d.Val.Images = n.ApplyImages(d.Val.Images)
	d.Test.Images = n.ApplyImages(d.Test.Images)
	d.Train.Responses.Values = n.responses(d.Train.Responses.Values)
	d.Val.Responses.Values = n.responses(d.Val.Responses.Values)
	d.Test.Responses.Values = n.responses(d.Test.Responses.Values)
	d.Normalisation = n
	return nil
}

// ApplyImages normalises further raw images as the training images were; im is not changed.
// A nil Normalisation, that of a dataset left raw, returns im as it is.
func (n *Normalisation) ApplyImages(im Images) Images {
	if n == nil {
		return im
	}
	pixels := make([]float32, len(im.Pixels))
	for i, v := range im.Pixels {
		pixels[i] = float32((float64(v) - n.ImageMean) / n.ImageSD)
	}
	im.Pixels = pixels
	return im
}

// responses scales [..., neurons] and clips.
func (n *Normalisation) responses(raw []float32) []float32 {
	out := make([]float32, len(raw))
	for i, v := range raw {
		if scaled := float32(float64(v) / n.ResponseSD[i%len(n.ResponseSD)]); !(scaled < 0) {
			out[i] = scaled // NaN too: a missing repeat stays missing
		}
	}
	return out
}

// meanSD takes two passes, so that a large mean does not drown the deviations.
func meanSD(values []float32) (mean, sd float64) {
	for _, v := range values {
		mean += float64(v)
	}
	mean /= float64(len(values))
	for _, v := range values {
		sd += (float64(v) - mean) * (float64(v) - mean)
	}
	return mean, math.Sqrt(sd / float64(len(values)))
}

// columnMeanSD is meanSD per neuron.
func columnMeanSD(r Responses) (mean, sd []float64) {
	mean = make([]float64, r.Neurons)
	sd = make([]float64, r.Neurons)
	for i := range r.N {
		for j, v := range r.At(i) {
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		mean[j] /= float64(r.N)
	}
	for i := range r.N {
		for j, v := range r.At(i) {
			sd[j] += (float64(v) - mean[j]) * (float64(v) - mean[j])
		}
	}
	for j := range sd {
		sd[j] = math.Sqrt(sd[j] / float64(r.N))
	}
	return mean, sd
}
