package prepare

import (
	"errors"
	"fmt"

	"v1lab/datasets"
)

// Apply applies o to d in the order neurons, training images, crop, grey, resize, leaks, and appends each step to d.Preparation.
// It drops images with which none of the kept neurons was recorded, and repeats after the last one in which any was recorded.
// The raw slices are not changed. After an error, which names the option, d may be partly prepared.
//
// It is an error to transform images that are stored z-scored pixel by pixel.
func Apply(d *datasets.Dataset, o Options) error {
	if err := choose(d, o); err != nil {
		return err
	}
	seen, before := d.Train.Images, len(d.Preparation) // leaks are those of all training images, so that val and test are the same whatever share is drawn
	if err := thin(d, o); err != nil {
		return err
	}
	if err := transform(d, o); err != nil || !o.CleanLeaks {
		return err
	}
	if o.TrainShare == 0 {
		return clean(d, d.Train.Images)
	}
	seen, err := Images(seen, d.Preparation[before:])
	if err != nil {
		return fmt.Errorf("train_images: %w", err)
	}
	return clean(d, seen)
}

// transform crops, converts and resizes all images.
func transform(d *datasets.Dataset, o Options) error {
	if n := d.Normalisation; n != nil && n.Method == datasets.Pixel && (o.Crop != nil || o.Grey || o.Resize != nil) {
		return errors.New("crop, grey, resize: the file's images are z-scored pixel by pixel already; accepted: the raw recording")
	}
	size := d.ImageSize()
	if o.Crop != nil {
		r := *o.Crop
		if r.Top < 0 || r.Left < 0 || r.Height < 1 || r.Width < 1 || r.Height > size.Height-r.Top || r.Width > size.Width-r.Left {
			return fmt.Errorf("option crop=%d,%d,%d,%d: ends at row %d and column %d, the images have %d rows and %d columns",
				r.Top, r.Left, r.Height, r.Width, r.Top+r.Height, r.Left+r.Width, size.Height, size.Width)
		}
		if err := step(d, datasets.Step{Crop: &datasets.Crop{From: size, Top: r.Top, Left: r.Left, Height: r.Height, Width: r.Width}}); err != nil {
			return err
		}
	}
	if size = d.ImageSize(); o.Grey && size.Channels != 1 {
		if size.Channels != len(Luminance) {
			return fmt.Errorf("option grey=true: images of %d channels; accepted: 3 (red, green, blue), or 1, which is left alone", size.Channels)
		}
		if err := step(d, datasets.Step{Grey: &datasets.Grey{From: size, Weights: Luminance[:]}}); err != nil {
			return err
		}
	}
	if size = d.ImageSize(); o.Resize != nil && (o.Resize.Height != size.Height || o.Resize.Width != size.Width) {
		return step(d, datasets.Step{Resize: &datasets.Resize{From: size, Height: o.Resize.Height, Width: o.Resize.Width, Kernel: CatmullRom}})
	}
	return nil
}

// step applies a step to the images of all parts.
func step(d *datasets.Dataset, s datasets.Step) error {
	for _, p := range []struct {
		name   string
		images *datasets.Images
	}{{"train", &d.Train.Images}, {"val", &d.Val.Images}, {"test", &d.Test.Images}} {
		images, err := Images(*p.images, datasets.Preparation{s})
		if err != nil {
			return fmt.Errorf("%s_images: %w", p.name, err)
		}
		*p.images = images
	}
	d.ShareImages()
	d.Preparation = append(d.Preparation, s)
	return nil
}
