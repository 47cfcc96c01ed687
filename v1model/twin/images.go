package twin

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
	"v1lab/datasets/stats"
	"v1lab/v1model/fitted"
)

// Values of the option units.
const (
	unitsRecorded   = "recorded"
	unitsOwn        = "own"
	unitsNormalised = "normalised"
)

var partNames = []string{"training", "validation", "test"}

// pictures returns a dataset that has images in its parts and nothing else yet.
func pictures(o options, note func(code, message string)) (*datasets.Dataset, error) {
	if formats.NamesRecording(o.images) {
		return ofRecording(o, note)
	}
	images, groups, err := ofFile(o.images)
	if err != nil {
		return nil, err
	}
	if o.groups != "" {
		if groups != nil {
			return nil, fmt.Errorf("option groups=%s, and %s has groups, too; want one of them", o.groups, o.images)
		}
		if groups, err = groupsOf(o.groups); err != nil {
			return nil, err
		}
	}
	share := func(name string, n int) (float64, error) {
		if n == 0 {
			n = max(1, images.N/defaultPart)
		}
		if n >= images.N {
			return 0, fmt.Errorf("option %s=%d, and %s has %d images; want fewer", name, n, o.images, images.N)
		}
		return float64(n) / float64(images.N), nil
	}
	val, err := share("val", o.val)
	if err != nil {
		return nil, err
	}
	test, err := share("test", o.test)
	if err != nil {
		return nil, err
	}
	if val+test >= 1 {
		return nil, fmt.Errorf("options val=%d and test=%d, and %s has %d images; want some left for training", o.val, o.test, o.images, images.N)
	}
	var split *datasets.Split
	if groups == nil {
		split, err = datasets.NewSplit(images, val, test, o.seed)
	} else {
		split, err = datasets.NewSplitOfGroups(images, groups, val, test, o.seed)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.images, err)
	}
	d := split.Divide(datasets.Part{Images: images, Responses: datasets.Responses{N: images.N}})
	d.Split = split
	return d, nil
}

// ofRecording takes the images of a recording in the units in which they were recorded, and its parts.
func ofRecording(o options, note func(code, message string)) (*datasets.Dataset, error) {
	for _, option := range []struct {
		name  string
		given bool
	}{{"groups", o.groups != ""}, {"test", o.test != 0}, {"val", o.val != 0}} {
		if option.given {
			return nil, fmt.Errorf("option %s, and the recording %s has its own parts; want a file of images, or no such option", option.name, o.images)
		}
	}
	spec, err := datasets.ParseSpec(o.images)
	if err != nil {
		return nil, fmt.Errorf("option images: %w", err)
	}
	if spec.Options.Has("normalise") {
		return nil, errors.New("option images: its option normalise has no effect, as images are taken as recorded; want it outside, or none; %26 is & inside")
	}
	of, err := formats.OpenRaw(o.images)
	if err != nil {
		return nil, fmt.Errorf("option images: %w", err)
	}
	d := &datasets.Dataset{Split: of.Split, Notes: of.Notes}
	for _, p := range []struct {
		name     string
		from, to *datasets.Images
	}{{"training", &of.Train.Images, &d.Train.Images}, {"validation", &of.Val.Images, &d.Val.Images}, {"test", &of.Test.Images, &d.Test.Images}} {
		if p.from.N == 0 {
			return nil, fmt.Errorf("option images: the recording %s has no %s images", o.images, p.name)
		}
		*p.to = of.Normalisation.RecordedImages(*p.from)
	}
	if of.Normalisation != nil {
		note("images-unnormalised", fmt.Sprintf("%s holds normalised images: they are taken back to recorded units by its own mean and SD", o.images))
	}
	return d, nil
}

// ofFile reads a .npy file of images, or an .npz file with the arrays images and, perhaps, groups.
func ofFile(path string) (images datasets.Images, groups []int, err error) {
	var a array.Array
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".npy":
		a, err = array.ReadNPY(path)
	case ".npz":
		var all map[string]array.Array
		if all, err = array.ReadNPZ(path); err != nil {
			return images, nil, err
		}
		found := false
		if a, found = all["images"]; !found {
			return images, nil, fmt.Errorf("%s: no array images; a recording is named npz:%s", path, path)
		}
		if g, found := all["groups"]; found {
			if groups, err = numbers(path+": groups", g); err != nil {
				return images, nil, err
			}
		}
	default:
		return images, nil, fmt.Errorf("option images=%q: extension %q, want .npy or .npz, or the name of a recording, which begins with one of %s", path, ext, strings.Join(formats.Schemes(), ", "))
	}
	if err != nil {
		return images, nil, err
	}
	pixels, err := a.Float32s()
	if err != nil {
		return images, nil, fmt.Errorf("%s: %w", path, err)
	}
	shape := a.Shape
	if len(shape) == 3 {
		shape = append(shape[:3:3], 1)
	}
	if len(shape) != 4 || len(pixels) == 0 {
		return images, nil, fmt.Errorf("%s: shape %s; want [n, height, width] or [n, height, width, channels], none of them 0", path, array.FormatShape(a.Shape))
	}
	images = datasets.Images{N: shape[0], Height: shape[1], Width: shape[2], Channels: shape[3], Pixels: pixels}
	for i, v := range pixels {
		if v-v != 0 {
			return images, nil, fmt.Errorf("%s: image %d has the value %v, want finite numbers", path, i/images.Size(), v)
		}
	}
	return images, groups, nil
}

func groupsOf(path string) ([]int, error) {
	a, err := array.ReadNPY(path)
	if err != nil {
		return nil, err
	}
	return numbers(path, a)
}

// numbers returns a list of whole numbers.
func numbers(name string, a array.Array) ([]int, error) {
	if len(a.Shape) != 1 {
		return nil, fmt.Errorf("%s: shape %s, want [n], a number for each image", name, array.FormatShape(a.Shape))
	}
	all, err := a.Ints()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}

// prepare returns the images of the three parts as the model sees them.
func prepare(run *fitted.Run, d *datasets.Dataset, units string, note func(code, message string)) (prepared [3]datasets.Images, err error) {
	n := run.Dataset.Normalisation
	if n == nil && units == unitsRecorded {
		return prepared, fmt.Errorf("run %s does not know how its images were recorded, as it was imported without a recording; want the option units=%s for these images' own mean and SD, or units=%s", run.Path, unitsOwn, unitsNormalised)
	}
	asIs := false
	for i, images := range []datasets.Images{d.Train.Images, d.Val.Images, d.Test.Images} {
		if prepared[i], asIs, err = run.Prepare(images); err != nil {
			return prepared, fmt.Errorf("%s images: %w", partNames[i], err)
		}
	}
	if asIs {
		note("images-as-prepared", fmt.Sprintf("the images have the size that the model of run %s sees: taken as cropped, grey and resized already", run.Path))
	}
	if units == unitsRecorded {
		if c, known := run.Compare(prepared[0]); known && c.Unlike {
			note("unlike-images", fmt.Sprintf("the images are unlike those of run %s (%s): other units, or another kind of images; option units=%s normalises them by their own mean and SD", run.Path, c, unitsOwn))
		}
		return prepared, nil
	}
	var own *datasets.Normalisation // nil leaves images as they are
	for i := range prepared {
		prepared[i] = n.RecordedImages(prepared[i])
	}
	if units == unitsOwn {
		means, sds := stats.Columns(prepared[0].Pixels, 1)
		if !(sds[0] > 0) {
			return prepared, fmt.Errorf("option units=%s: all pixels of the training images are %v, want pixels that vary", unitsOwn, prepared[0].Pixels[0])
		}
		own = &datasets.Normalisation{Method: datasets.Reference, ImageMean: means[0], ImageSD: sds[0]}
	}
	for i := range prepared {
		prepared[i] = own.ApplyImages(prepared[i])
	}
	return prepared, nil
}
