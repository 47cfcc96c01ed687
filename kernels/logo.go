package kernels

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"path/filepath"

	"v1lab/datasets/durable"
)

// logoSizes are the pictures that Jupyter's interfaces look for beside kernel.json.
var logoSizes = []int{32, 64}

// writeLogos writes the kernel's logo, in each size, to the folder of its specification.
func writeLogos(dir string) error {
	for _, size := range logoSizes {
		var b bytes.Buffer
		if err := png.Encode(&b, logo(size)); err != nil {
			return err
		}
		if err := durable.WriteFile(filepath.Join(dir, fmt.Sprintf("logo-%dx%d.png", size, size)), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// logo draws a Gabor function, the shape of a simple cell's receptive field, at 45 degrees: excitation red, inhibition blue, transparent where it fades.
func logo(size int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, size, size))
	for row := range size {
		for column := range size {
			x := (float64(column)+0.5)/float64(size)*2 - 1
			y := (float64(row)+0.5)/float64(size)*2 - 1
			across, along := (x+y)/math.Sqrt2, (x-y)/math.Sqrt2
			v := math.Exp(-(across*across/0.18+along*along/0.3)/2) * math.Cos(2*math.Pi*1.1*across)
			c := color.NRGBA{R: 214, G: 39, B: 40}
			if v < 0 {
				c = color.NRGBA{R: 31, G: 119, B: 180}
			}
			c.A = uint8(math.Round(255 * math.Min(1, 1.6*math.Abs(v))))
			m.SetNRGBA(column, row, c)
		}
	}
	return m
}
