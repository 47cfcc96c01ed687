package arrayfile

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// pair names the arrays of images and of the responses to them.
type pair struct{ images, responses string }

// pairsOf lists the pairs in a file.
func pairsOf(arrays map[string]array.Array) (pairs []pair) {
	for _, prefix := range []string{"", "train_", "val_", "test_"} {
		p := pair{prefix + "images", prefix + "responses"}
		_, images := arrays[p.images]
		_, responses := arrays[p.responses]
		if _, whole := arrays["images"]; prefix == "test_" && !images && whole {
			p.images, images = "images", true // responses to all images
		}
		if images && responses {
			pairs = append(pairs, p)
		}
	}
	return pairs
}

// n returns the number of images of a pair, -1 if the rank is wrong.
func (p pair) n(arrays map[string]array.Array, o orders) int {
	shape := arrays[p.images].Shape
	axes := o.images[len(shape)]
	if axes == "" {
		return -1
	}
	return shape[strings.Index(axes, "n")]
}

// picture returns height, width and channels of images of a shape, 0 if the rank is wrong.
func (o orders) picture(shape []int) (size [3]int) {
	for i, axis := range o.images[len(shape)] {
		if k := strings.IndexRune("hwc", axis); k >= 0 {
			size[k] = shape[i]
		}
	}
	if len(shape) == 3 {
		size[2] = 1
	}
	return size
}

// lengths returns the number of images and of neurons of responses of a shape, -1 if the rank is wrong.
func (o orders) lengths(shape []int) (n, neurons int) {
	axes := o.responses[len(shape)]
	if axes == "" {
		return -1, -1
	}
	words := strings.Split(axes, ",")
	return shape[slices.Index(words, "n")], shape[slices.Index(words, "neurons")]
}

// neuronsOf returns the number of neurons of the first responses without repeats.
func neuronsOf(arrays map[string]array.Array, o orders) int {
	for _, p := range pairsOf(arrays) {
		if shape := arrays[p.responses].Shape; len(shape) == 2 {
			_, neurons := o.lengths(shape)
			return neurons
		}
	}
	return -1
}

// plausible fails if the lengths of arrays do not fit together in the chosen order of axes but do in another one, or if images have an unlikely shape.
func (o Options) plausible(arrays Arrays, pairs []pair, chosen orders) error {
	for _, p := range pairs {
		images, responses := arrays.Values[p.images].Shape, arrays.Values[p.responses].Shape
		if imageAxes[len(images)] == "" || responseAxes[len(responses)] == "" {
			return nil // which the reader of the dataset says
		}
	}
	fault := o.fault(arrays, pairs, chosen)
	if fault == "" {
		return nil
	}
	var fitting []string
	for _, other := range o.others(arrays, pairs, chosen) {
		if o.fault(arrays, pairs, other) == "" {
			if options := differing(chosen, other, arrays, pairs); !slices.Contains(fitting, options) {
				fitting = append(fitting, options)
			}
		}
	}
	switch {
	case len(fitting) == 0 && (o.imageAxes != "" || o.responseAxes != "" || o.channelsFirst):
		return fmt.Errorf("%s, in the order of axes that options say", fault)
	case len(fitting) == 0:
		return nil // the reader of the dataset says what does not agree
	case len(fitting) == 1:
		return fmt.Errorf("%s; another order of axes fits: option %s", fault, fitting[0])
	}
	return fmt.Errorf("%s; other orders of axes fit: option %s", fault, strings.Join(fitting[:min(len(fitting), 3)], ", or "))
}

// fault says what does not fit, "" if all does.
func (o Options) fault(arrays Arrays, pairs []pair, axes orders) string {
	neurons := neuronsOf(arrays.Values, axes)
	var first [3]int
	for i, p := range pairs {
		images, responses := arrays.Values[p.images].Shape, arrays.Values[p.responses].Shape
		size, n := axes.picture(images), p.n(arrays.Values, axes)
		if i == 0 {
			first = size
		}
		rn, rneurons := axes.lengths(responses)
		named := o.imageAxes != "" || o.channelsFirst
		understood := fmt.Sprintf("%s: shape %s as %d images of %d x %d pixels, channels: %d", arrays.Label(p.images), array.FormatShape(images), n, size[0], size[1], size[2])
		switch {
		case size != first:
			return understood + fmt.Sprintf(", and %s of %d x %d, channels: %d", arrays.Name(pairs[0].images), first[0], first[1], first[2])
		case rn != n:
			return understood + fmt.Sprintf(", and %s %s as responses to %d", arrays.Name(p.responses), array.FormatShape(responses), rn)
		case neurons >= 0 && rneurons != neurons:
			return fmt.Sprintf("%s: shape %s as responses of %d neurons, elsewhere there are %d", arrays.Label(p.responses), array.FormatShape(responses), rneurons, neurons)
		case !named && size[2] > maxChannels:
			return understood
		}
	}
	return ""
}

// unlikely notes images of a shape that a screen rarely has, unless an option says what the axes are.
func (o Options) unlikely(im datasets.Images) []datasets.Finding {
	const tall, least = 1.3, 64 // pixels; smaller pictures are of tests
	if o.first || o.imageAxes != "" || o.channelsFirst || im.Height*im.Width < least {
		return nil
	}
	look := func(code, what, advice string) []datasets.Finding {
		return []datasets.Finding{{
			Severity: datasets.SeverityWarning, Code: code, Message: fmt.Sprintf("images of %d rows, %d columns, channels: %d: %s", im.Height, im.Width, im.Channels, what),
			Advice:  "look at them (v1lab data info --figure F.png); " + advice,
			Numbers: map[string]float64{"height": float64(im.Height), "width": float64(im.Width), "channels": float64(im.Channels)},
		}}
	}
	switch {
	case im.Channels > maxChannels:
		return look("many-channels", "more channels than colour has", "image_axes=nhwc says that it is so")
	case float64(im.Height) > tall*float64(im.Width):
		return look("tall-images", "taller than wide, as few screens are", "image_axes=nwh if columns come before rows, image_axes=nhw if not")
	}
	return nil
}

// others lists the orders of axes to try: those of the ranks in the file that no option has named.
func (o Options) others(arrays Arrays, pairs []pair, chosen orders) (all []orders) {
	ranks := func(key func(pair) string) (found []int) {
		for _, p := range pairs {
			if rank := len(arrays.Values[key(p)].Shape); !slices.Contains(found, rank) {
				found = append(found, rank)
			}
		}
		return found
	}
	imageOptions := expand(chosen.images, imageOrders, ranks(func(p pair) string { return p.images }), o.imageAxes != "" || o.channelsFirst)
	responseOptions := expand(chosen.responses, responseOrders, ranks(func(p pair) string { return p.responses }), o.responseAxes != "")
	both := len(ranks(func(p pair) string { return p.responses })) > 1
	for _, im := range imageOptions {
		for _, r := range responseOptions {
			if both && !sameOrder(r[2], r[3]) {
				continue // no option says that
			}
			all = append(all, orders{im, r})
		}
	}
	return all
}

// sameOrder reports whether n and neurons follow one another alike in both.
func sameOrder(two, three string) bool {
	words := slices.DeleteFunc(strings.Split(three, ","), func(w string) bool { return w == "repeats" })
	return strings.Join(words, ",") == two
}

// expand lists all choices of an order for each rank.
func expand(chosen map[int]string, possible map[int][]string, ranks []int, fixed bool) []map[int]string {
	all := []map[int]string{chosen}
	if fixed {
		return all
	}
	for _, rank := range ranks {
		var next []map[int]string
		for _, c := range all {
			for _, axes := range possible[rank] {
				other := map[int]string{}
				for k, v := range c {
					other[k] = v
				}
				other[rank] = axes
				next = append(next, other)
			}
		}
		all = next
	}
	return all
}

// differing writes the options that choose other instead of chosen.
func differing(chosen, other orders, arrays Arrays, pairs []pair) string {
	var options []string
	for rank, axes := range other.images {
		if axes != chosen.images[rank] {
			option := "image_axes=" + axes
			if axes == "nchw" {
				option = "channels=first"
			}
			options = append(options, option)
		}
	}
	most := 2
	for _, p := range pairs {
		most = max(most, len(arrays.Values[p.responses].Shape))
	}
	if other.responses[2] != chosen.responses[2] || other.responses[most] != chosen.responses[most] {
		options = append(options, "response_axes="+other.responses[most])
	}
	slices.Sort(options)
	return strings.Join(options, "&")
}

// restoreNeuron restores the last axis of the test responses to a single neuron, such as [repeats, n], which MATLAB drops, and that of a single
// covariate.
func restoreNeuron(arrays map[string]array.Array, o orders) {
	axes, last := strings.CutSuffix(o.responses[3], ",neurons")
	if _, ok := arrays["test_images"]; !ok || !last {
		return
	}
	n := pair{images: "test_images"}.n(arrays, o)
	at := slices.Index(strings.Split(axes, ","), "n")
	for key, references := range map[string][]string{"test_responses": {"train_responses", "responses"}, "test_covariates": {"train_covariates"}} {
		for _, reference := range references {
			a, other := arrays[key], arrays[reference]
			if len(a.Shape) != 2 || len(other.Shape) != 2 {
				continue
			}
			// Of one image in one repeat, both readings give the same array.
			if _, neurons := o.lengths(other.Shape); neurons != 1 || a.Shape[at] != n || a.Shape[0] == 1 && n == 1 {
				continue
			}
			a.Shape = []int{a.Shape[0], a.Shape[1], 1}
			arrays[key] = a
		}
	}
}
