package datasets

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"v1lab/datasets/stats"
)

// Normalisation records how raw values were normalised, so that new images can be treated alike.
type Normalisation struct {
	Method     string    `json:"method"`                // reference, pixel or signed, as the option normalise
	ImageMean  float64   `json:"image_mean"`            // over all pixels, channels and images of the training part
	ImageSD    float64   `json:"image_sd"`              // over the same; divisor n
	ImageRange []float64 `json:"image_range,omitempty"` // lowest and highest pixel of the training part; runs of earlier versions lack it
	PixelMean  []float64 `json:"pixel_mean,omitempty"`  // [height, width, channels], over the images of the training part; only with method pixel
	PixelSD    []float64 `json:"pixel_sd,omitempty"`    // likewise
	ResponseSD []float64 `json:"response_sd"`           // [neurons], what responses were divided by
	Unscaled   *Unscaled `json:"unscaled,omitempty"`    // neurons that respond, but have a divisor of 1 because their SD is small; absent if there are none
	Clipped    int       `json:"clipped,omitempty"`     // number of negative responses, in all parts, that were set to 0; not with method signed
}

// Methods of normalisation.
const (
	Reference = "reference" // images by one mean and SD, as the reference implementation does
	Pixel     = "pixel"     // each pixel by its own mean and SD
	Signed    = "signed"    // images as by Reference; negative responses are kept, for a loss that can use them
)

// MeasureNormalisation computes the reference implementation's statistics of the raw training part, in float64.
// A neuron's divisor is the standard deviation of its responses (dividing by the number of images) before negative ones become zero.
// A divisor below a hundredth of the neurons' mean is replaced by 1, so a silent neuron stays silent; Unscaled names those that are not. Missing responses (NaN) are left
// out. It is an error if all pixels of the training images are equal.
func MeasureNormalisation(train Part) (*Normalisation, error) {
	return (&Dataset{Train: train}).measure()
}

// measure is MeasureNormalisation of all sessions: their images have the same statistics, each neuron its own.
func (d *Dataset) measure() (*Normalisation, error) {
	pixels := d.Train.Images.Pixels
	var used []float64
	for _, b := range d.Blocks() {
		r := b.Train.Responses
		if len(pixels) == 0 || len(r.Values) == 0 {
			return nil, errors.New("normalisation: the training part is empty")
		}
		_, sds := stats.Columns(r.Values, r.Neurons)
		used = append(used, sds...)
	}
	mean, sd := imageMeanSD(pixels)
	if !(sd > 0) || math.IsInf(sd, 0) {
		return nil, fmt.Errorf("normalisation: the standard deviation of the training images is %v, want above 0 (are all pixels %v?)", sd, pixels[0])
	}
	recorded := 0
	for _, s := range used {
		if s == s {
			recorded++
		}
	}
	threshold := 0.0
	for _, s := range used {
		if s == s {
			threshold += s / float64(recorded) / 100
		}
	}
	small := unscaled(used, d.Silent(), threshold)
	for i, s := range used {
		// A population that never responds has threshold 0. Do not divide by 0, nor by the NaN of a neuron that was never recorded.
		if !(s >= threshold) || s == 0 {
			used[i] = 1
		}
	}
	return &Normalisation{Method: Reference, ImageMean: mean, ImageSD: sd, ImageRange: []float64{float64(slices.Min(pixels)), float64(slices.Max(pixels))}, ResponseSD: used, Unscaled: small}, nil
}

// imageMeanSD returns NaN if a pixel is NaN: responses may be missing, pixels may not.
func imageMeanSD(pixels []float32) (mean, sd float64) {
	if slices.ContainsFunc(pixels, func(v float32) bool { return v != v }) {
		return math.NaN(), math.NaN()
	}
	means, sds := stats.Columns(pixels, 1)
	return means[0], sds[0]
}

// MeasurePixels adds what the method Pixel needs: mean and SD of each pixel and channel over the training images, in float64. An SD below
// a hundredth of the mean SD, as of a pixel behind a mask, is replaced by the mean SD, so that such a pixel stays near 0.
func (n *Normalisation) MeasurePixels(train Images) {
	n.Method = Pixel
	n.PixelMean, n.PixelSD = stats.Columns(train.Pixels, train.Size())
	mean := 0.0
	for _, s := range n.PixelSD {
		mean += s / float64(len(n.PixelSD))
	}
	for i, s := range n.PixelSD {
		if s < mean/100 {
			n.PixelSD[i] = mean
		}
	}
}

// Normalise replaces a dataset's raw values by normalised ones and records how in d.Normalisation.
// Statistics of the training part apply to all three parts. Images become (v - mean)/SD. Responses are divided by each neuron's SD;
// then negative ones become 0 and are counted in Clipped. Missing ones stay NaN. The raw slices are not changed.
// A dataset that is already normalised is an error.
func Normalise(d *Dataset) error { return NormaliseBy(d, Reference) }

// NormaliseBy is Normalise with the method Reference, Pixel or Signed. Pixel normalises each pixel by its own mean and SD, and responses
// like Reference. Signed normalises images like Reference and keeps negative responses.
// It is an error if all training images are equal pixel by pixel.
func NormaliseBy(d *Dataset, method string) error {
	return d.normalise(method, func(raw []float32) []float32 { return make([]float32, len(raw)) })
}

// NormaliseInPlace is NormaliseBy for a dataset whose arrays nothing else uses: it overwrites them, so that memory is that of the raw values. Where two of
// the arrays share memory, it copies them as NormaliseBy does.
func NormaliseInPlace(d *Dataset, method string) error {
	if d.sharesMemory() {
		return NormaliseBy(d, method)
	}
	return d.normalise(method, func(raw []float32) []float32 { return raw })
}

// sharesMemory tells whether two of the arrays of d share memory, other than images of d with those of its sessions.
func (d *Dataset) sharesMemory() bool {
	arrays := [][]float32{d.Train.Images.Pixels, d.Val.Images.Pixels, d.Test.Images.Pixels}
	for _, b := range d.Blocks() {
		arrays = append(arrays, b.Train.Responses.Values, b.Val.Responses.Values, b.Test.Responses.Values, b.Test.Reported.Values, b.Test.Expected.Values)
	}
	arrays = slices.DeleteFunc(arrays, func(a []float32) bool { return len(a) == 0 })
	at := func(v *float32) uintptr { return uintptr(unsafe.Pointer(v)) } // compared only
	slices.SortFunc(arrays, func(a, b []float32) int { return cmp.Compare(at(&a[0]), at(&b[0])) })
	for i, a := range arrays[1:] {
		if before := arrays[i]; at(&before[len(before)-1]) >= at(&a[0]) {
			return true
		}
	}
	return false
}

// normalise is NormaliseBy; to returns the memory for the normalised values of an array.
func (d *Dataset) normalise(method string, to func(raw []float32) []float32) error {
	if d.Normalisation != nil {
		return errors.New("normalisation: the dataset is normalised already")
	}
	n, err := d.measure()
	if err != nil {
		return err
	}
	switch method {
	case Reference:
	case Signed:
		n.Method = Signed
	case Pixel:
		n.MeasurePixels(d.Train.Images)
		if slices.Max(n.PixelSD) == 0 {
			return fmt.Errorf("normalisation: the %d training images are all the same, want pixels that vary", d.Train.Images.N)
		}
	default:
		return fmt.Errorf("normalisation: method %q, want %s, %s or %s", method, Reference, Pixel, Signed)
	}
	for _, im := range []*Images{&d.Train.Images, &d.Val.Images, &d.Test.Images} {
		im.Pixels = n.applyPixels(to(im.Pixels), im.Pixels)
	}
	d.Normalisation = n
	if d.Sessions == nil {
		n.scaleParts(d, to)
		return nil
	}
	first, sessions := 0, make([]*Dataset, len(d.Sessions))
	for k, s := range d.Sessions {
		own, scaled := *n, *s
		own.ResponseSD = n.ResponseSD[first : first+s.NumNeurons()]
		own.Unscaled = n.Unscaled.of(first, s.NumNeurons())
		own.scaleParts(&scaled, to)
		scaled.Normalisation, sessions[k] = &own, &scaled
		n.Clipped += own.Clipped
		first += s.NumNeurons()
	}
	d.Sessions = sessions
	d.ShareImages()
	return nil
}

// scaleParts scales the responses of all parts of one session.
func (n *Normalisation) scaleParts(d *Dataset, to func(raw []float32) []float32) {
	for _, values := range []*[]float32{&d.Train.Responses.Values, &d.Val.Responses.Values, &d.Test.Responses.Values} {
		*values = n.scaleResponses(to(*values), *values)
	}
	if raw := d.Test.Expected.Values; raw != nil {
		d.Test.Expected.Values = n.scaleExpected(to(raw), raw)
	}
}

// sameImages reports whether n and m normalise images alike; nil leaves images raw.
func (n *Normalisation) sameImages(m *Normalisation) bool {
	if n == nil || m == nil {
		return n == m
	}
	return n.Method == m.Method && n.ImageMean == m.ImageMean && n.ImageSD == m.ImageSD &&
		slices.Equal(n.PixelMean, m.PixelMean) && slices.Equal(n.PixelSD, m.PixelSD)
}

// ApplyImages normalises further raw images like the training images; im is not changed.
// A nil Normalisation, that of a raw dataset, returns im as it is.
func (n *Normalisation) ApplyImages(im Images) Images {
	if n == nil {
		return im
	}
	im.Pixels = n.applyPixels(make([]float32, len(im.Pixels)), im.Pixels)
	return im
}

// applyPixels writes the normalised values of raw images to pixels, which may be raw.
func (n *Normalisation) applyPixels(pixels, raw []float32) []float32 {
	for i, v := range raw {
		mean, sd := n.OfPixel(i)
		pixels[i] = float32((float64(v) - mean) / sd)
	}
	return pixels
}

// RecordedImages is the inverse of ApplyImages: it returns images in normalised units in those that they were recorded in. im is not changed.
func (n *Normalisation) RecordedImages(im Images) Images {
	if n == nil {
		return im
	}
	pixels := make([]float32, len(im.Pixels))
	for i, v := range im.Pixels {
		mean, sd := n.OfPixel(i)
		pixels[i] = float32(mean + sd*float64(v))
	}
	im.Pixels = pixels
	return im
}

// OfPixel returns the mean and SD by which value i of images [..., height, width, channels] is normalised.
func (n *Normalisation) OfPixel(i int) (mean, sd float64) {
	if n.Method == Pixel {
		p := i % len(n.PixelMean)
		return n.PixelMean[p], n.PixelSD[p]
	}
	return n.ImageMean, n.ImageSD
}

// scaleExpected scales responses without noise to out, which may be raw. Negative ones stay: they are the truth, whatever a fit sees.
func (n *Normalisation) scaleExpected(out, raw []float32) []float32 {
	for i, v := range raw {
		out[i] = float32(float64(v) / n.ResponseSD[i%len(n.ResponseSD)])
	}
	return out
}

// scaleResponses scales responses [..., neurons] to out, which may be raw. Unless n is Signed, it also sets negative ones to 0 and counts them.
func (n *Normalisation) scaleResponses(out, raw []float32) []float32 {
	for i, v := range raw {
		scaled := float32(float64(v) / n.ResponseSD[i%len(n.ResponseSD)])
		if scaled < 0 && n.Method != Signed {
			scaled = 0
			n.Clipped++
		}
		out[i] = scaled // a missing repeat stays NaN
	}
	return out
}
