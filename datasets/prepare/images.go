package prepare

import (
	"errors"
	"fmt"

	"v1lab/datasets"
)

// Luminance is the weight of red, green and blue in grey, from ITU-R BT.601.
var Luminance = [3]float64{0.299, 0.587, 0.114}

// Images applies the preparation p to raw images, so that they match the images of the dataset that p comes from. im is not changed.
// Images of another size than p was made for are an error. An empty im gives an empty result of the final size.
// Sums are computed in float64 and rounded to float32 after each step.
func Images(im datasets.Images, p datasets.Preparation) (datasets.Images, error) {
	for _, s := range p {
		var err error
		switch {
		case s.Crop != nil:
			if err = fits(im, s.Crop.From); err == nil {
				im, err = crop(im, *s.Crop)
			}
		case s.Grey != nil:
			if err = fits(im, s.Grey.From); err == nil {
				im, err = grey(im, s.Grey.Weights)
			}
		case s.Resize != nil:
			if err = fits(im, s.Resize.From); err == nil {
				im, err = resize(im, *s.Resize)
			}
		case s.Choice == nil && s.Subset == nil && s.Clean == nil && s.Window == nil:
			err = errors.New("a step of the preparation is unknown; use the program that wrote it or a newer one")
		}
		if err != nil {
			return datasets.Images{}, err
		}
	}
	return im, nil
}

func fits(im datasets.Images, want datasets.Size) error {
	if im.N > 0 && im.Shape() != want || len(im.Pixels) != im.N*im.Size() {
		return fmt.Errorf("%d values for %d images of %s; accepted: images of %s", len(im.Pixels), im.N, im.Shape(), want)
	}
	return nil
}

func crop(im datasets.Images, c datasets.Crop) (datasets.Images, error) {
	if c.Top < 0 || c.Left < 0 || c.Height < 1 || c.Width < 1 || c.Height > c.From.Height-c.Top || c.Width > c.From.Width-c.Left {
		return im, fmt.Errorf("crop of %d x %d pixels from row %d and column %d does not lie in images of %s", c.Height, c.Width, c.Top, c.Left, c.From)
	}
	out := datasets.Images{N: im.N, Height: c.Height, Width: c.Width, Channels: c.From.Channels}
	out.Pixels = make([]float32, 0, out.N*out.Size())
	for i := range im.N {
		picture := im.At(i)
		for y := c.Top; y < c.Top+c.Height; y++ {
			start := (y*im.Width + c.Left) * im.Channels
			out.Pixels = append(out.Pixels, picture[start:start+c.Width*im.Channels]...)
		}
	}
	return out, nil
}

func grey(im datasets.Images, weights []float64) (datasets.Images, error) {
	if im.N > 0 && len(weights) != im.Channels {
		return im, fmt.Errorf("grey: %d weights for images of %d channels", len(weights), im.Channels)
	}
	out := datasets.Images{N: im.N, Height: im.Height, Width: im.Width, Channels: 1, Pixels: make([]float32, im.N*im.Height*im.Width)}
	for i := range out.Pixels {
		sum := 0.0
		for c, w := range weights {
			sum += w * float64(im.Pixels[i*len(weights)+c])
		}
		out.Pixels[i] = float32(sum)
	}
	return out, nil
}
