package sessions

import (
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/v1model/score"
)

// fewestPairs is the least number of images shown twice that tell a ceiling.
const fewestPairs = 30

// ceilingOf returns the best possible test correlation of each neuron and what tells it: repeats of the test images; or, where these have one response
// each, images of any part that were shown twice. If a response is signal and noise, two of the same image correlate by the share of signal in their
// variance, and a perfect model correlates with one of them by the root of that. Neurons have NaN where nothing tells it, and from is empty then.
func ceilingOf(d *datasets.Dataset) (ceiling []float64, from string, err error) {
	if d.Test.Responses.Repeats > 1 {
		v, err := score.Explain(d.Test.Responses)
		if err != nil {
			return nil, "", err
		}
		if slices.ContainsFunc(v.Ceiling, func(c float64) bool { return c == c }) {
			return v.Ceiling, fmt.Sprintf("up to %d repeats of the test images", d.Test.Responses.Repeats), nil
		}
	}
	first, second := shownTwice(d)
	ceiling = slices.Repeat([]float64{math.NaN()}, d.NumNeurons())
	if d.Test.Responses.Repeats > 1 || first.N < fewestPairs {
		return ceiling, "", nil
	}
	// NaN in either counts as not recorded in both.
	for i, v := range first.Values {
		if v != v {
			second.Values[i] = v
		} else if w := second.Values[i]; w != w {
			first.Values[i] = w
		}
	}
	weights := slices.Repeat([]float64{1}, first.N)
	for j, r := range weighted(first, second, weights) {
		ceiling[j] = math.Sqrt(max(r, 0)) // NaN stays
	}
	return ceiling, fmt.Sprintf("%d images that were shown twice", first.N), nil
}

// shownTwice returns the first and the second response to each image that occurs twice or more in a recording with one response to each image.
func shownTwice(d *datasets.Dataset) (first, second datasets.Responses) {
	test := datasets.Responses{N: d.Test.Responses.N, Neurons: d.Test.Responses.Neurons, Values: d.Test.Responses.Values}
	type place struct {
		image     []float32
		responses []float32
	}
	seen := map[uint64][]place{}
	for _, p := range []datasets.Part{d.Train, d.Val, {Images: d.Test.Images, Responses: test}} {
		for i := range p.Images.N {
			image, key := p.Images.At(i), uint64(14695981039346656037)
			for _, v := range image {
				key = (key ^ uint64(math.Float32bits(v))) * 1099511628211
			}
			at := slices.IndexFunc(seen[key], func(q place) bool { return slices.Equal(q.image, image) })
			switch {
			case at < 0:
				seen[key] = append(seen[key], place{image, p.Responses.At(i)})
			case seen[key][at].responses != nil:
				first.Values, second.Values = append(first.Values, seen[key][at].responses...), append(second.Values, p.Responses.At(i)...)
				first.N++
				seen[key][at].responses = nil // a third is left out
			}
		}
	}
	first.Neurons, second.N, second.Neurons = d.NumNeurons(), first.N, d.NumNeurons()
	return first, second
}
