package prepare

import (
	"fmt"
	"strconv"
	"strings"

	"v1lab/datasets"
)

// Options select what Apply does; the zero value does nothing.
//
//	crop=TOP,LEFT,HEIGHT,WIDTH  a rectangle in pixels, from the upper left corner
//	grey=true                   colour to luminance, 0.299 R + 0.587 G + 0.114 B
//	resize=HxW                  another size, by the Catmull-Rom kernel
//	neurons=LIST                indices (from 0), ranges and ids: 0-3,7,u17; id:75 is the id 75 and not index 75
//	session=NAMES               neurons of these sessions: monday,tuesday
//	min_ev=0.15                 neurons with at least this share of explainable variance, datasets.Explainable of the test repeats
//	neuron_share=0.5            a random half of the neurons, datasets.SubsetNeurons
//	train_share=0.25            a random quarter of the training images, datasets.SubsetImages
//	subset_seed=1               seed for neuron_share and train_share
//	clean_leaks=true            without validation and test images that resemble images of an earlier part, datasets.Leaks
//
// A neuron is kept if every given option selects it. Each option refers to the recording as it is without the others.
type Options struct {
	Crop    *Rectangle
	Grey    bool
	Resize  *Size
	Neurons string
	Session string
	MinEV   float64

	NeuronShare float64 // 0: all
	TrainShare  float64 // 0: all
	SubsetSeed  uint64  // 1 unless given

	CleanLeaks bool
}

// Rectangle is a part of an image; Top and Left count pixels from the upper left corner.
type Rectangle struct{ Top, Left, Height, Width int }

// Size is the size of an image in pixels.
type Size struct{ Height, Width int }

// maxSide limits the size to which resize may enlarge images, in pixels.
const maxSide = 1 << 14

// Parse reads the options of this package from a dataset's name and ignores others. Package formats removes those that the format reads itself.
func Parse(spec datasets.Spec) (Options, error) {
	var o Options
	text := func(name string) (string, bool) { return spec.Options.Get(name), spec.Options.Has(name) }
	bad := func(name, want string) (Options, error) {
		return Options{}, fmt.Errorf("data %q: option %s=%q, want %s", spec, name, spec.Options.Get(name), want)
	}
	if v, ok := text("crop"); ok {
		n, ok := whole(strings.Split(v, ","), 4)
		if !ok || n[2] < 1 || n[3] < 1 {
			return bad("crop", "TOP,LEFT,HEIGHT,WIDTH in pixels, as in crop=0,8,36,36")
		}
		o.Crop = &Rectangle{n[0], n[1], n[2], n[3]}
	}
	if v, ok := text("resize"); ok {
		n, ok := whole(strings.Split(v, "x"), 2)
		if !ok || n[0] < 1 || n[1] < 1 || max(n[0], n[1]) > maxSide {
			return bad("resize", fmt.Sprintf("HEIGHTxWIDTH in pixels from 1 to %d, as in resize=36x64", maxSide))
		}
		o.Resize = &Size{n[0], n[1]}
	}
	for _, choice := range []struct {
		name string
		to   *bool
	}{{"grey", &o.Grey}, {"clean_leaks", &o.CleanLeaks}} {
		if v, ok := text(choice.name); ok {
			if v != "true" && v != "false" {
				return bad(choice.name, "true or false")
			}
			*choice.to = v == "true"
		}
	}
	if v, ok := text("min_ev"); ok {
		ev, err := strconv.ParseFloat(v, 64)
		if err != nil || !(ev >= 0 && ev <= 1) {
			return bad("min_ev", "a number from 0 to 1, as in min_ev=0.15")
		}
		o.MinEV = ev
	}
	for _, draw := range []struct {
		name string
		to   *float64
	}{{"neuron_share", &o.NeuronShare}, {"train_share", &o.TrainShare}} {
		if v, ok := text(draw.name); ok {
			share, err := strconv.ParseFloat(v, 64)
			if err != nil || !(share > 0 && share <= 1) {
				return bad(draw.name, "a share above 0 and at most 1, as in "+draw.name+"=0.25")
			}
			*draw.to = share
		}
	}
	o.SubsetSeed = 1
	if v, ok := text("subset_seed"); ok {
		seed, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			return bad("subset_seed", "a whole number from 0 to 18446744073709551615")
		}
		if o.NeuronShare == 0 && o.TrainShare == 0 {
			return bad("subset_seed", "none without train_share or neuron_share, which it is for")
		}
		o.SubsetSeed = seed
	}
	if v, ok := text("session"); ok {
		if v == "" {
			return bad("session", "names with commas between them")
		}
		o.Session = v
	}
	if v, ok := text("neurons"); ok {
		if v == "" {
			return bad("neurons", "indices, ranges and ids with commas between them, as in neurons=0-3,7")
		}
		o.Neurons = v
	}
	return o, nil
}

// whole parses n numbers from 0.
func whole(words []string, n int) ([]int, bool) {
	if len(words) != n {
		return nil, false
	}
	numbers := make([]int, n)
	for i, w := range words {
		v, err := strconv.ParseUint(w, 10, 31)
		if err != nil {
			return nil, false
		}
		numbers[i] = int(v)
	}
	return numbers, true
}
