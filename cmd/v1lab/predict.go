package main

import (
	"context"
	"fmt"
	"math"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

type predictCmd struct {
	Folder string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	Images string `required:"" placeholder:"X.npy" help:"Images as recorded, [n, height, width] or [n, height, width, channels], of any numeric type. The run crops, greys, resizes and normalises them as it did its own."`
	Out    string `required:"" placeholder:"RATES.npy" help:"File for the rates, float32 [n, neurons], in units of the normalised responses."`
}

func (c *predictCmd) Run(ctx context.Context, a *app) error {
	run, err := a.open(ctx, c.Folder, "")
	if err != nil {
		return err
	}
	defer run.Close() //nolint:errcheck // frees memory only
	images, err := readImages(c.Images)
	if err != nil {
		return err
	}
	prepared, asIs, err := run.Prepare(images)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Images, err)
	}
	if asIs {
		a.sayf("%s: images have the size that the model sees, %s: taken as cropped, grey and resized already, and normalised only", c.Images, images.Shape())
	}
	rates, err := run.Rates(ctx, prepared)
	if err != nil {
		return err
	}
	if err := array.WriteNPY(c.Out, array.New(rates.Values, rates.N, rates.Neurons)); err != nil {
		return err
	}
	a.printf("%s: %d images, %d neurons\n", c.Out, rates.N, rates.Neurons)
	return nil
}

// readImages reads a .npy file of images; errors name the file.
func readImages(path string) (datasets.Images, error) {
	a, err := array.ReadNPY(path)
	if err != nil {
		return datasets.Images{}, err
	}
	pixels, err := a.Float32s()
	if err != nil {
		return datasets.Images{}, fmt.Errorf("%s: %w", path, err)
	}
	shape := a.Shape
	if len(shape) == 3 {
		shape = append(shape[:3:3], 1)
	}
	if len(shape) != 4 || len(pixels) == 0 {
		return datasets.Images{}, fmt.Errorf("%s: shape %s; accepted: [n, height, width] or [n, height, width, channels], none of them 0", path, array.FormatShape(a.Shape))
	}
	im := datasets.Images{N: shape[0], Height: shape[1], Width: shape[2], Channels: shape[3], Pixels: pixels}
	for i, v := range pixels {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return datasets.Images{}, fmt.Errorf("%s: image %d has the value %v; accepted: finite numbers", path, i/im.Size(), v)
		}
	}
	return im, nil
}
