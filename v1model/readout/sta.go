package readout

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// Constants for masks that start from the spike-triggered average: the window that smooths its energy, and the power that sharpens the result.
const (
	staRadius = 25  // pixels
	staSD     = 10  // pixels
	staPower  = 10  //
	staChunk  = 512 // neurons averaged at a time
)

// StartMasks puts each neuron's mask where its receptive field is. With w = sum_t y_t x_t the spike-triggered average of z-scored
// images x and responses y, * a Gaussian window of SD 10 pixels, and v r.Largest:
//
//	mask = v (e / max e)^10 + noise, e = window * (w - mean w)^2
//
// Its centre, in the size of the feature maps, is the mask. If padding keeps the images' size, nothing is cut off; the
// reference fails in this case. Strides must be 1. A neuron whose responses are constant starts from the noise only. The
// noise depends on the seed.
func (r Masked) StartMasks(values weights.Values, train datasets.Part, seed uint64) error {
	rng := weights.Stream(seed, "readout/masks from spike-triggered averages")
	noise := make([]float64, train.Responses.Neurons*train.Images.Height*train.Images.Width)
	for i := range noise {
		noise[i] = r.Largest / 10 * rng.NormFloat64()
	}
	return r.startMasks(values, train, noise)
}

// startMasks is StartMasks with noise [neurons, image height, image width].
func (r Masked) startMasks(values weights.Values, train datasets.Part, noise []float64) error {
	im := train.Images
	switch {
	case im.Height < r.Size.Height || im.Width < r.Size.Width:
		return fmt.Errorf("readout.mask_init: sta, images of %dx%d are smaller than feature maps of %dx%d; accepted: %s", im.Height, im.Width, r.Size.Height, r.Size.Width, Random)
	case train.Responses.Neurons != r.Size.Neurons || train.Responses.N != im.N:
		return fmt.Errorf("readout.mask_init: sta, responses of %d neurons to %d images; want %d neurons and %d images", train.Responses.Neurons, train.Responses.N, r.Size.Neurons, im.N)
	}
	top, left := (im.Height-r.Size.Height)/2, (im.Width-r.Size.Width)/2
	masks := make([]float32, 0, r.Size.Neurons*r.Size.Height*r.Size.Width)
	averages(train, func(n int, w []float64) {
		e := energy(w, im)
		smooth(e, im.Height, im.Width)
		peak := 0.0
		for _, v := range e {
			peak = max(peak, v)
		}
		for y := top; y < top+r.Size.Height; y++ {
			for x := left; x < left+r.Size.Width; x++ {
				i := y*im.Width + x
				envelope := math.Pow(e[i]/orElse(peak, 1), staPower)
				masks = append(masks, float32(r.Largest*envelope+noise[n*im.Height*im.Width+i]))
			}
		}
	})
	values[Masks] = array.New(masks, r.Size.Neurons, r.Size.Height, r.Size.Width)
	return nil
}

// averages calls do with each neuron's spike-triggered average [height, width, channels], up to a factor.
func averages(train datasets.Part, do func(n int, w []float64)) {
	im, resp := train.Images, train.Responses
	pixels := make([]float64, len(im.Pixels))
	mean := 0.0
	for _, v := range im.Pixels {
		mean += float64(v) / float64(len(im.Pixels))
	}
	for i, v := range im.Pixels {
		pixels[i] = float64(v) - mean
	}
	x, average := mat.NewDense(im.N, im.Size(), pixels), resp.Means()
	for from := 0; from < resp.Neurons; from += staChunk {
		count := min(staChunk, resp.Neurons-from)
		y := mat.NewDense(im.N, count, nil)
		for t := range im.N {
			for n := range count {
				if v := resp.At(t)[from+n]; v == v { // an image that the neuron was not recorded with adds nothing
					y.Set(t, n, float64(v)-float64(average[from+n]))
				}
			}
		}
		var w mat.Dense
		w.Mul(y.T(), x)
		for n := range count {
			do(from+n, w.RawRowView(n))
		}
	}
}

// energy is (w - mean w)^2 of a picture [height, width, channels], summed over channels: [height, width].
func energy(w []float64, im datasets.Images) []float64 {
	mean := 0.0
	for _, v := range w {
		mean += v / float64(len(w))
	}
	e := make([]float64, im.Height*im.Width)
	for i, v := range w {
		e[i/im.Channels] += (v - mean) * (v - mean)
	}
	return e
}

// smooth convolves a picture with the window, zero beyond its edge, one axis after the other. The window's scale is left out:
// the result is divided by its peak.
func smooth(e []float64, height, width int) {
	var window [staRadius + 1]float64 // by distance
	for d := range window {
		window[d] = math.Exp(-float64(d*d) / (2 * staSD * staSD))
	}
	along := func(start, stride, length int) {
		line := make([]float64, length)
		for i := range length {
			for j := max(0, i-staRadius); j <= min(length-1, i+staRadius); j++ {
				line[i] += window[max(i-j, j-i)] * e[start+j*stride]
			}
		}
		for i, v := range line {
			e[start+i*stride] = v
		}
	}
	for y := range height {
		along(y*width, 1, width)
	}
	for x := range width {
		along(x, width, height)
	}
}
