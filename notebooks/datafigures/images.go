package datafigures

import (
	"fmt"
	"math"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
)

// ExampleImages draws evenly spaced images of the first part that has images, those with 3 channels in colour. Other numbers of channels are averaged.
func ExampleImages(d *datasets.Dataset) (*figures.Figure, error) {
	p, err := pictured(d)
	if err != nil {
		return nil, err
	}
	if p.images.Channels == 3 {
		var all []float32
		for _, i := range spaced(p.images.N, figures.MaxTiles) {
			all = append(all, p.images.At(i)...)
		}
		return figures.ExampleColourImages(all, p.images.Height, p.images.Width)
	}
	var grey []float32
	for _, i := range spaced(p.images.N, figures.MaxTiles) {
		grey = append(grey, greyOf(p.images, i)...)
	}
	return figures.ExampleImages(grey, p.images.Height, p.images.Width)
}

// MeanImage draws mean and SD of each pixel over the images of the first part that has images. Channels are averaged.
func MeanImage(d *datasets.Dataset) (*figures.Figure, error) {
	p, err := pictured(d)
	if err != nil {
		return nil, err
	}
	size := p.images.Height * p.images.Width
	sum, squares := make([]float64, size), make([]float64, size)
	each := func(f func(i int, v float64)) {
		for k := range p.images.N {
			for i, v := range greyOf(p.images, k) {
				f(i, float64(v))
			}
		}
	}
	n := float64(p.images.N)
	mean, sd := make([]float32, size), make([]float32, size)
	each(func(i int, v float64) { sum[i] += v })
	each(func(i int, v float64) { squares[i] += (v - sum[i]/n) * (v - sum[i]/n) })
	for i := range mean {
		mean[i], sd[i] = float32(sum[i]/n), float32(math.Sqrt(squares[i]/n))
	}
	return figures.MeanImage(mean, sd, p.images.Height, p.images.Width)
}

// SharedImages draws images that occur in two parts of the recording, as the findings of datasets.Check list them. It is an error if there is none.
func SharedImages(d *datasets.Dataset, findings []datasets.Finding) (*figures.Figure, error) {
	of := map[string]datasets.Images{"train": d.Train.Images, "val": d.Val.Images, "test": d.Test.Images}
	var pairs []figures.ImagePair
	for _, f := range findings {
		for _, p := range f.Images {
			a, b := of[p.FirstPart], of[p.SecondPart]
			if p.First < 0 || p.First >= a.N || p.Second < 0 || p.Second >= b.N {
				return nil, fmt.Errorf("recording: finding %s: image %d of %s and %d of %s, of %d and %d", f.Code, p.First, p.FirstPart, p.Second, p.SecondPart, a.N, b.N)
			}
			pairs = append(pairs, figures.ImagePair{
				First: greyOf(a, p.First), FirstName: fmt.Sprint(p.FirstPart, " ", p.First),
				Second: greyOf(b, p.Second), SecondName: fmt.Sprint(p.SecondPart, " ", p.Second),
			})
			if len(pairs) == figures.MaxPairs {
				break
			}
		}
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("no image was found in two parts")
	}
	im := d.ImageSize()
	return figures.ImagePairs(pairs, im.Height, im.Width)
}

// pictured returns the first part that has images.
func pictured(d *datasets.Dataset) (part, error) {
	all, err := parts(d)
	if err != nil {
		return part{}, err
	}
	for _, p := range all {
		if p.images.N > 0 && p.images.Size() > 0 {
			return p, nil
		}
	}
	return part{}, fmt.Errorf("the recording came without images")
}

// greyOf returns an image's mean over channels, [height, width].
func greyOf(im datasets.Images, i int) []float32 {
	image := im.At(i)
	if im.Channels == 1 {
		return image
	}
	grey := make([]float32, im.Height*im.Width)
	for k, v := range image {
		grey[k/im.Channels] += v / float32(im.Channels)
	}
	return grey
}

// spaced returns up to atMost evenly spaced indices below n.
func spaced(n, atMost int) []int {
	k := min(n, atMost)
	indices := make([]int, k)
	for i := range indices {
		indices[i] = i * n / k
	}
	return indices
}
