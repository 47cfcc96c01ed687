package cadena2019

import (
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

var missing = float32(math.NaN())

func need(arrays map[string]array.Array, name string) (array.Array, []float32, error) {
	a, ok := arrays[name]
	if !ok {
		return a, nil, fmt.Errorf("no array %q, want images and responses", name)
	}
	if a.Len() == 0 {
		return a, nil, fmt.Errorf("%s: shape %s, want every length above 0", name, array.FormatShape(a.Shape))
	}
	values, err := a.Float32s()
	if err != nil {
		return a, nil, fmt.Errorf("%s: %w", name, err)
	}
	return a, values, nil
}

func readImages(arrays map[string]array.Array) (datasets.Images, error) {
	a, pixels, err := need(arrays, "images")
	if err != nil {
		return datasets.Images{}, err
	}
	im := datasets.Images{Channels: 1, Pixels: pixels}
	switch s := a.Shape; len(s) {
	case 4:
		im.Channels = s[3]
		fallthrough
	case 3:
		im.N, im.Height, im.Width = s[0], s[1], s[2]
	default:
		return im, fmt.Errorf("images: shape %s, want [images, height, width] or [images, height, width, channels]", array.FormatShape(s))
	}
	return im, nil
}

// readResponses reads [repeats, n, neurons] and sets to NaN the responses that other arrays mark as not recorded. The authors' code stores
// zeros there, and copies the first two repeats where there were only two.
func readResponses(arrays map[string]array.Array, n int) (datasets.Repeats, error) {
	a, values, err := need(arrays, "responses")
	if err != nil {
		return datasets.Repeats{}, err
	}
	if len(a.Shape) != 3 || a.Shape[1] != n {
		return datasets.Repeats{}, fmt.Errorf("responses: shape %s, want [repeats, %d, neurons] to %d images", array.FormatShape(a.Shape), n, n)
	}
	r := datasets.Repeats{Repeats: a.Shape[0], N: n, Neurons: a.Shape[2], Values: values}
	real, masked := arrays["is_realresponse"]
	if masked && !slices.Equal(real.Shape, a.Shape) {
		return r, fmt.Errorf("is_realresponse: shape %s, want %s as responses", array.FormatShape(real.Shape), array.FormatShape(a.Shape))
	}
	count, counted := arrays["repetitions"]
	if counted && count.Len() != r.Neurons {
		return r, fmt.Errorf("repetitions: shape %s, want one for each of %d neurons", array.FormatShape(count.Shape), r.Neurons)
	}
	if !masked && !counted {
		return r, nil
	}
	r.Values = slices.Clone(values) // Float32s returned the array's own memory
	if masked {
		there, err := real.Float32s()
		if err != nil {
			return r, fmt.Errorf("is_realresponse: %w", err)
		}
		for k, v := range there {
			if v == 0 {
				r.Values[k] = missing
			}
		}
	}
	if counted {
		counts, err := count.Ints()
		if err != nil {
			return r, fmt.Errorf("repetitions: %w", err)
		}
		for k := range r.Values {
			if k/(r.N*r.Neurons) >= counts[k%r.Neurons] {
				r.Values[k] = missing
			}
		}
	}
	return r, nil
}

// sessions names the subject of each neuron, if the file does.
func sessions(arrays map[string]array.Array, neurons int) []datasets.Neuron {
	a, ok := arrays["subject_id"]
	if !ok || a.Len() != neurons {
		return nil
	}
	described := make([]datasets.Neuron, neurons)
	words := a.Strings()
	for j := range described {
		described[j] = datasets.Neuron{Session: words[j], X: math.NaN(), Y: math.NaN(), Z: math.NaN()}
	}
	return described
}

// pick returns the images at ascending indices, without copying if they are consecutive.
func pick(im datasets.Images, index []int) datasets.Images {
	first, n, size := index[0], len(index), im.Size()
	picked := im
	picked.N = n
	if index[n-1]-first == n-1 {
		picked.Pixels = im.Pixels[first*size : (first+n)*size : (first+n)*size]
		return picked
	}
	picked.Pixels = make([]float32, 0, n*size)
	for _, i := range index {
		picked.Pixels = append(picked.Pixels, im.At(i)...)
	}
	return picked
}

// average returns the mean over the recorded repeats, NaN if there are none.
func average(r datasets.Repeats, index []int) datasets.Responses {
	out := datasets.Responses{N: len(index), Neurons: r.Neurons, Values: make([]float32, len(index)*r.Neurons)}
	for k, i := range index {
		r.MeanAt(i, out.At(k))
	}
	return out
}

func repeats(r datasets.Repeats, index []int) datasets.Repeats {
	out := datasets.Repeats{Repeats: r.Repeats, N: len(index), Neurons: r.Neurons, Values: make([]float32, 0, r.Repeats*len(index)*r.Neurons)}
	for repeat := range r.Repeats {
		for _, i := range index {
			out.Values = append(out.Values, r.At(repeat, i)...)
		}
	}
	return out
}

// dropIncomplete drops the neurons that were not recorded with every training image.
func dropIncomplete(d *datasets.Dataset) error {
	neurons := d.NumNeurons()
	drop := make([]bool, neurons)
	for k, v := range d.Train.Responses.Values {
		drop[k%neurons] = drop[k%neurons] || v != v
	}
	kept := 0
	for _, gone := range drop {
		if !gone {
			kept++
		}
	}
	if kept == 0 {
		return fmt.Errorf("responses: none of %d neurons was recorded with every training image, want incomplete=keep", neurons)
	}
	filter := func(values []float32) []float32 {
		out := make([]float32, 0, len(values)/neurons*kept)
		for k, v := range values {
			if !drop[k%neurons] {
				out = append(out, v)
			}
		}
		return out
	}
	d.Train.Responses.Values, d.Train.Responses.Neurons = filter(d.Train.Responses.Values), kept
	d.Test.Responses.Values, d.Test.Responses.Neurons = filter(d.Test.Responses.Values), kept
	if d.Neurons != nil {
		described := make([]datasets.Neuron, 0, kept)
		for j, n := range d.Neurons {
			if !drop[j] {
				described = append(described, n)
			}
		}
		d.Neurons = described
	}
	return nil
}
