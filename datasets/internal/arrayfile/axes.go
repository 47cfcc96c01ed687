package arrayfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/elements"
)

// Axes by rank as a dataset has them.
var (
	imageAxes    = map[int]string{3: "nhw", 4: "nhwc"}
	responseAxes = map[int]string{2: "n,neurons", 3: "repeats,n,neurons"}
)

// Orders in which people keep axes, by rank, the usual first. Only orders that the lengths can tell from another are here: rows and columns
// of a picture are not among them.
var (
	imageOrders    = map[int][]string{3: {"nhw", "hwn", "hnw"}, 4: {"nhwc", "nchw", "hwcn", "chwn", "hwnc", "cnhw"}}
	responseOrders = map[int][]string{
		2: {"n,neurons", "neurons,n"},
		3: {"repeats,n,neurons", "n,neurons,repeats", "n,repeats,neurons", "neurons,n,repeats", "neurons,repeats,n", "repeats,neurons,n"},
	}
)

const maxChannels = 4

// readAxes reads the options image_axes, response_axes and channels.
func (o *Options) readAxes(r *datasets.OptionReader) {
	o.channelsFirst = r.Choice("channels", "last", "last", "first") == "first"
	o.imageAxes = r.Choice("image_axes", "", permutations("nhw", "nhwc")...)
	o.responseAxes = r.Choice("response_axes", "", permutations("n,neurons", "repeats,n,neurons")...)
}

// permutations lists the orders of axes, letters or words joined by commas.
func permutations(sets ...string) (all []string) {
	for _, set := range sets {
		separator := ""
		if strings.Contains(set, ",") {
			separator = ","
		}
		var grow func(done, left []string)
		grow = func(done, left []string) {
			if len(left) == 0 {
				all = append(all, strings.Join(done, separator))
			}
			for i, axis := range left {
				grow(append(slices.Clone(done), axis), slices.Concat(left[:i:i], left[i+1:]))
			}
		}
		grow(nil, strings.Split(set, separator))
	}
	return all
}

// orders are the axes of the arrays in the file.
type orders struct {
	images    map[int]string // by rank
	responses map[int]string // by rank
}

// arrange brings the axes of images, responses and covariates into the order of a dataset. It fails if the lengths do not fit so and would in another
// order, and records the axes.
func (o Options) arrange(arrays Arrays) ([]datasets.ArrayLayout, error) {
	pairs := pairsOf(arrays.Values)
	chosen, err := o.chosen(arrays)
	if err != nil {
		return nil, err
	}
	restoreNeuron(arrays.Values, chosen)
	if !o.first {
		if err := o.plausible(arrays, pairs, chosen); err != nil {
			return nil, err
		}
	}
	var layout []datasets.ArrayLayout
	for _, key := range slices.Sorted(maps.Keys(arrays.Values)) {
		a := arrays.Values[key]
		from, to := "", ""
		switch {
		case strings.HasSuffix(key, "images"):
			from, to = spaced(chosen.images[len(a.Shape)]), spaced(imageAxes[len(a.Shape)])
		case strings.HasSuffix(key, "responses"):
			from, to = chosen.responses[len(a.Shape)], responseAxes[len(a.Shape)]
		case strings.HasSuffix(key, "covariates") || key == "behavior" || key == "pupil_center":
			from, to = chosen.responses[len(a.Shape)], responseAxes[len(a.Shape)]
		}
		if from == "" {
			continue // the rank is wrong, which the reader of the dataset says
		}
		shown := strings.Replace(from, "neurons", "covariates", 1)
		if strings.HasSuffix(key, "responses") {
			shown = from
		}
		layout = append(layout, datasets.ArrayLayout{Key: key, Name: arrays.Name(key), Shape: a.Shape, Axes: shown})
		arrays.Values[key] = elements.Permute(a, order(from, to))
	}
	return layout, nil
}

// spaced writes axes nhwc as n,h,w,c.
func spaced(axes string) string { return strings.Join(strings.Split(axes, ""), ",") }

// order returns the position in from of each axis of to.
func order(from, to string) (at []int) {
	there := strings.Split(from, ",")
	for axis := range strings.SplitSeq(to, ",") {
		at = append(at, slices.Index(there, axis))
	}
	return at
}

// chosen returns the axes that options say, and the usual ones for the rest.
func (o Options) chosen(arrays Arrays) (orders, error) {
	c := orders{maps.Clone(imageAxes), maps.Clone(responseAxes)}
	axes, option := o.imageAxes, "image_axes="+o.imageAxes
	if o.channelsFirst {
		if axes != "" {
			return c, fmt.Errorf("%s: options channels=first and image_axes=%s, want one of them", arrays.path, axes)
		}
		axes, option = "nchw", "channels=first"
	}
	if axes != "" {
		c.images[len(axes)] = axes
		fits := false
		for _, key := range slices.Sorted(maps.Keys(arrays.Values)) {
			a := arrays.Values[key]
			if !strings.HasSuffix(key, "images") {
				continue
			}
			fits = fits || len(a.Shape) == len(axes)
			if o.imageAxes != "" && len(a.Shape) != len(axes) {
				return c, fmt.Errorf("%s: shape %s, which option image_axes=%s does not fit", arrays.Label(key), array.FormatShape(a.Shape), axes)
			}
		}
		if !fits && !o.first {
			return c, fmt.Errorf("%s: option %s has no effect: no images have %d axes", arrays.path, option, len(axes))
		}
	}
	if axes := o.responseAxes; axes != "" {
		words := strings.Split(axes, ",")
		c.responses[len(words)] = axes
		two := strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "repeats" }), ",")
		c.responses[2] = two
		if !strings.Contains(axes, "repeats") {
			three, err := withRepeats(arrays, c.images, two)
			if err != nil {
				return c, err
			}
			c.responses[3] = three
		}
	}
	return c, nil
}

// withRepeats completes the axes of responses with repeats by the lengths of the others.
func withRepeats(arrays Arrays, images map[int]string, two string) (string, error) {
	fitting := map[string]string{}
	for _, p := range pairsOf(arrays.Values) {
		a := arrays.Values[p.responses]
		if len(a.Shape) != 3 {
			continue
		}
		fitting[p.responses] = ""
		for _, axes := range responseOrders[3] {
			if strings.Trim(strings.ReplaceAll(strings.ReplaceAll(axes, "repeats", ""), ",,", ","), ",") != two {
				continue
			}
			o := orders{images, map[int]string{2: two, 3: axes}}
			if n, neurons := o.lengths(a.Shape); n == p.n(arrays.Values, o) && neurons == neuronsOf(arrays.Values, o) {
				if fitting[p.responses] != "" {
					return "", fmt.Errorf("%s: shape %s, option response_axes=%s does not say which are the repeats; accepted: all three, as in response_axes=%s", arrays.Label(p.responses), array.FormatShape(a.Shape), two, axes)
				}
				fitting[p.responses] = axes
			}
		}
	}
	for key, axes := range fitting {
		if axes == "" {
			return "", fmt.Errorf("%s: shape %s, option response_axes=%s does not say which are the repeats; accepted: all three, as in response_axes=%s,repeats", arrays.Label(key), array.FormatShape(arrays.Values[key].Shape), two, two)
		}
		return axes, nil
	}
	return responseAxes[3], nil
}
