package fitted

import (
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/stats"
)

// ImageStatistics are mean and SD over all pixels of images, and those of the images that the run was fitted to.
type ImageStatistics struct {
	Mean         float64 `json:"mean"` // in the units of the recording, after cropping and resizing
	SD           float64 `json:"sd"`
	TrainingMean float64 `json:"training_mean"`
	TrainingSD   float64 `json:"training_sd"`
	Unlike       bool    `json:"unlike"` // the means are more than an SD of the training images apart, or one SD is more than four times the other
}

// Most by which images may differ from those of the fit without a warning.
const (
	mostSDsApart = 1
	mostSDRatio  = 4
)

// Compare compares images, as Prepare returns them, with those that the run was fitted to. Images in other units, such as 0 to 1 instead of 0 to 255, are
// unlike them. It returns false if the run does not know its images: it was imported without a recording.
func (r *Run) Compare(prepared datasets.Images) (ImageStatistics, bool) {
	n := r.Dataset.Normalisation
	if n == nil || len(prepared.Pixels) == 0 {
		return ImageStatistics{}, false
	}
	means, sds := stats.Columns(n.RecordedImages(prepared).Pixels, 1)
	c := ImageStatistics{Mean: means[0], SD: sds[0], TrainingMean: n.ImageMean, TrainingSD: n.ImageSD}
	c.Unlike = !(math.Abs(c.Mean-c.TrainingMean) <= mostSDsApart*c.TrainingSD && c.SD >= c.TrainingSD/mostSDRatio && c.SD <= c.TrainingSD*mostSDRatio)
	return c, true
}

func (c ImageStatistics) String() string {
	return fmt.Sprintf("mean %.4g, SD %.4g; the training images have mean %.4g, SD %.4g", c.Mean, c.SD, c.TrainingMean, c.TrainingSD)
}

// Normalise normalises images that have the size that the model sees and the units of the recording.
func (r *Run) Normalise(images datasets.Images) (datasets.Images, error) {
	if err := r.CheckSize(images); err != nil {
		return images, err
	}
	return r.Dataset.Normalisation.ApplyImages(images), nil
}

// CheckSize returns an error unless images have the size that the model sees.
func (r *Run) CheckSize(images datasets.Images) error {
	s := r.Dataset.Shape
	if model := (datasets.Size{Height: s.Height, Width: s.Width, Channels: s.Channels}); images.Shape() != model {
		return fmt.Errorf("images of %s; accepted: %s, as run %s was fitted to%s", images.Shape(), model, r.Path, otherOrder(images.Shape(), model))
	}
	return nil
}

// otherOrder says, for an error, that axes are in PyTorch's order, if one of the accepted sizes would then fit.
func otherOrder(found datasets.Size, accepted ...datasets.Size) string {
	for _, s := range accepted {
		if found == (datasets.Size{Height: s.Channels, Width: s.Height, Channels: s.Width}) {
			return "; these are [n, channels, height, width], PyTorch's order, and it is [n, height, width, channels] here"
		}
	}
	return ""
}

// ImageRange returns the lowest and the highest pixel of the training images in recorded units, nil if that is not known. Runs of earlier versions did not
// record it; it is then measured if the recording can be opened.
func (r *Run) ImageRange() []float64 {
	n := r.Dataset.Normalisation
	switch {
	case n == nil:
		return nil
	case n.ImageRange != nil:
		return n.ImageRange
	}
	d, err := r.Recording()
	if err != nil || len(d.Train.Images.Pixels) == 0 {
		return nil
	}
	pixels := n.RecordedImages(d.Train.Images).Pixels
	return []float64{float64(slices.Min(pixels)), float64(slices.Max(pixels))}
}
