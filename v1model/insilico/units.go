package insilico

import (
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// Units relate images in normalised units to those in which the recording stores them, and to the images that the model was fitted to.
type Units struct {
	Mean, SD float64   // of the training images, over all pixels and images, in recorded units
	Training []float64 // lowest and highest pixel of the training images; nil: not known
	Range    []float64 // lowest and highest pixel that was asked for; nil: none
	Std      float64   // of each image, as asked for; 0: the norm was given instead
}

// record adds the images in recorded units. Those of a range stay in it, however numbers are rounded.
func (m *MEIs) record(n *datasets.Normalisation, o MEIOptions) {
	if n == nil {
		return
	}
	m.Units = &Units{Mean: n.ImageMean, SD: n.ImageSD, Training: n.ImageRange, Range: o.Range, Std: o.Std}
	pixels := n.RecordedImages(datasets.Images{Pixels: m.Images.Data.([]float32)}).Pixels
	if len(o.Range) == 2 {
		for i, v := range pixels {
			if v == v {
				pixels[i] = min(max(v, float32(o.Range[0])), float32(o.Range[1]))
			}
		}
	}
	m.Recorded = array.New(pixels, m.Images.Shape...)
}

// Extent tells which pixels images need.
type Extent struct {
	Lowest   float64   `json:"lowest"` // pixel of all images, in recorded units
	Highest  float64   `json:"highest"`
	Training []float64 `json:"training"` // lowest and highest pixel of the training images; null: not known
	Images   int       `json:"images"`   // number of images
	Outside  int       `json:"outside"`  // images with pixels outside the range of the training images
}

// visible is the smallest share of a range of pixels that counts.
const visible = 1e-3

// Around returns the range of the training images, rounded to a thousandth of it.
func (e Extent) Around() (low, high float64) {
	step := visible * (e.Training[1] - e.Training[0])
	scale := math.Pow(10, math.Floor(math.Log10(step)))
	return math.Round(e.Training[0]/scale) * scale, math.Round(e.Training[1]/scale) * scale
}

// Extent returns which pixels the images with these numbers need, counted over neurons and then images; without numbers, all images. It returns false if
// that is not known: archives of earlier versions have no recorded units.
func (m *MEIs) Extent(images ...int) (Extent, bool) {
	if m.Units == nil || m.Recorded.Len() == 0 {
		return Extent{}, false
	}
	e := Extent{Lowest: math.Inf(1), Highest: math.Inf(-1), Training: m.Units.Training}
	values := m.Recorded.Data.([]float32)
	size, number := len(values)/(m.Recorded.Shape[0]*m.Recorded.Shape[1]), -1
	for one := range slices.Chunk(values, size) {
		number++
		low, high := float64(slices.Min(one)), float64(slices.Max(one))
		if m.Dead[number/m.Recorded.Shape[1]] || len(images) > 0 && !slices.Contains(images, number) {
			continue
		}
		e.Images++
		e.Lowest, e.Highest = min(e.Lowest, low), max(e.Highest, high)
		if t := e.Training; t != nil && (low < t[0]-visible*(t[1]-t[0]) || high > t[1]+visible*(t[1]-t[0])) {
			e.Outside++
		}
	}
	return e, e.Images > 0
}

func (e Extent) String() string {
	text := fmt.Sprintf("pixels from %.4g to %.4g in recorded units", e.Lowest, e.Highest)
	if e.Training == nil {
		return text + "; those of the training images are not known"
	}
	low, high := e.Around()
	if e.Outside == 0 {
		return text + fmt.Sprintf(", within the training images' %.4g to %.4g", low, high)
	}
	return text + fmt.Sprintf("; %d of %d images leave the training images' %.4g to %.4g, by up to %.4g", e.Outside, e.Images, low, high, max(low-e.Lowest, e.Highest-high))
}

// box is what images in normalised units have to stay in. A nil box is everything.
type box struct {
	low, high []float32 // of each value of an image, [channels, height, width]; of one for all if they are alike
	centred   bool      // the mean over an image is that of the training images, 0
}

// mostOfRange is the largest share of the contrast that a range allows, black and white pixels only, that can be asked for.
const mostOfRange = 0.9

// bounds returns the box of the options, and the options with the norm that they ask for.
func (s *Subject) bounds(o MEIOptions) (*box, MEIOptions, error) {
	if o.Range == nil && o.Std == 0 {
		return nil, o, nil
	}
	n := s.Normalisation
	if n == nil {
		return nil, o, fmt.Errorf("mei: range and SD are in recorded units, and the run has none: it was imported without a recording; accepted: the norm, in normalised units")
	}
	b := &box{low: []float32{float32(math.Inf(-1))}, high: []float32{float32(math.Inf(1))}, centred: o.Std > 0}
	pixels := float64(s.pixels())
	if o.Std > 0 {
		if n.Method == datasets.Pixel {
			return nil, o, fmt.Errorf("mei: std: images of the run are normalised pixel by pixel, each with its SD; accepted: the norm, in normalised units")
		}
		o.Norm = o.Std / n.ImageSD * math.Sqrt(pixels)
	}
	if o.Range == nil {
		return b, o, nil
	}
	if len(o.Range) != 2 || !(o.Range[0] < o.Range[1]) || math.IsInf(o.Range[1]-o.Range[0], 0) {
		return nil, o, fmt.Errorf("mei: range %v; accepted: the lowest and the highest pixel in recorded units", o.Range)
	}
	low, high := o.Range[0], o.Range[1]
	b.low, b.high = nil, nil
	inwards := 1e-6*(high-low) + 1e-7*max(math.Abs(low), math.Abs(high)) // a million times less than can be seen, more than what is rounded
	most, channels := 0.0, s.Model.Shape.Channels
	for p := range s.pixels() {
		mean, sd := n.OfPixel(p%(s.pixels()/channels)*channels + p/(s.pixels()/channels)) // channels come last there
		if !(low+inwards < mean && mean < high-inwards) {
			return nil, o, fmt.Errorf("mei: range %g to %g does not hold the training images' mean %.4g (SD %.4g); accepted: a range of pixels as recorded", low, high, mean, sd)
		}
		below, above := (low+inwards-mean)/sd, (high-inwards-mean)/sd
		b.low, b.high = append(b.low, float32(below)), append(b.high, float32(above))
		if b.centred {
			most -= below * above // the variance of values at both ends whose mean is 0
		} else {
			most += max(below*below, above*above)
		}
	}
	if most = mostOfRange * math.Sqrt(most); o.Norm > most {
		what, asked, limit := "norm", o.Norm, most
		if o.Std > 0 {
			what, asked, limit = "std", o.Std, most*n.ImageSD/math.Sqrt(pixels)
		}
		return nil, o, fmt.Errorf("mei: %s: %.4g is more than pixels from %g to %g allow; accepted: at most %.4g", what, asked, low, high, limit)
	}
	return b, o, nil
}

// mostRounds limits the rounds in which project adjusts an image.
const mostRounds = 1000

// project scales an image [channels, height, width] to a norm inside the box: clipped, scaled up again, and so on.
func (b *box) project(image []float64, norm float64) {
	from, gain, shift := slices.Clone(image), 1.0, 0.0
	for range mostRounds {
		mean, length := 0.0, 0.0
		for i, v := range from {
			image[i] = min(max(gain*v+shift, float64(b.low[i%len(b.low)])), float64(b.high[i%len(b.high)]))
			if b.centred {
				mean += image[i] / float64(len(image))
			}
		}
		for _, v := range image {
			length += (v - mean) * (v - mean)
		}
		if length = math.Sqrt(length); math.Abs(mean) <= 1e-7 && math.Abs(length-norm) <= 1e-6*norm || length == 0 {
			return
		}
		gain, shift = gain*norm/length, (shift-mean)*norm/length
	}
}
