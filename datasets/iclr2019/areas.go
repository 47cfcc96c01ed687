package iclr2019

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/hdf5file"
)

// suffix of the files by which a folder's areas are recognised.
const suffix = "_train.h5"

// openAreas reads a folder of AREA_train.h5, AREA_val.h5 and AREA_test.h5, the form of the recordings before they were pickled. The areas saw
// the same images and become one population, in alphabetical order or in the order of the option areas.
func openAreas(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	list := options.Text("areas", "")
	if err := options.Done(); err != nil {
		return nil, err
	}
	found, err := filepath.Glob(filepath.Join(escaped(spec.Path), "*"+suffix))
	if err != nil {
		return nil, err
	}
	for i, name := range found {
		found[i] = strings.TrimSuffix(filepath.Base(name), suffix)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no AREA%s, want a folder of AREA_train.h5, AREA_val.h5 and AREA_test.h5, or a pickle", spec.Path, suffix)
	}
	areas := found
	if list != "" {
		areas = strings.Split(list, ",")
	}
	for i, area := range areas {
		if !slices.Contains(found, area) || slices.Contains(areas[:i], area) {
			return nil, fmt.Errorf("data %q: option areas=%q, want a list, each at most once, of %s", spec, list, strings.Join(found, ","))
		}
	}
	d := &datasets.Dataset{}
	for i, area := range areas {
		if err := addArea(d, spec.Path, area, i == 0); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// escaped escapes the characters of a folder's name that have a meaning in a glob pattern.
func escaped(folder string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(folder)
}

// addArea adds the neurons of one area to d.
func addArea(d *datasets.Dataset, folder, area string, first bool) error {
	part := func(name string) *areaFile { return &areaFile{path: filepath.Join(folder, area+"_"+name+".h5")} }
	neurons := 0
	for _, name := range []string{"train", "val"} {
		f, p := part(name), &d.Train
		if name == "val" {
			p = &d.Val
		}
		images, responses := f.images(), f.responses()
		if neurons == 0 {
			neurons = responses.Neurons
		}
		f.want(neurons, responses.Neurons)
		if f.err == nil && images.N != responses.N {
			f.fail("responses", "%d rows for %d inputs", responses.N, images.N)
		}
		f.same(first, &p.Images, images)
		if f.err != nil {
			return f.err
		}
		p.Responses = sideBySide(p.Responses, responses)
	}
	f := part("test")
	images, repeats := f.grouped()
	f.same(first, &d.Test.Images, images)
	f.want(neurons, repeats.Neurons)
	ids := f.unitIDs(neurons)
	if f.err != nil {
		return f.err
	}
	d.Test.Responses = repeatsSideBySide(d.Test.Responses, repeats)
	nan := math.NaN()
	for _, id := range ids {
		d.Neurons = append(d.Neurons, datasets.Neuron{ID: id, Session: area, X: nan, Y: nan, Z: nan})
	}
	return nil
}

// areaFile reads one file and keeps the first error.
type areaFile struct {
	path string
	err  error
}

func (f *areaFile) fail(name, format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("%s: %s: %s", f.path, name, fmt.Sprintf(format, args...))
	}
}

func (f *areaFile) read(name string) (a array.Array) {
	if f.err != nil {
		return a
	}
	file, err := hdf5file.Open(f.path)
	if err == nil {
		defer file.Close()
		a, err = file.Read(name)
	}
	f.err = err
	return a
}

func (f *areaFile) floats(name string) (shape []int, values []float32) {
	a := f.read(name)
	if f.err != nil {
		return nil, nil
	}
	values, err := a.Float32s()
	if err != nil {
		f.fail(name, "%v", err)
	}
	return a.Shape, values
}

// want checks that the number of neurons is that of the training part.
func (f *areaFile) want(neurons, found int) {
	if f.err == nil && (found != neurons || found == 0) {
		f.fail("responses", "%d neurons, want %d as in training and at least 1", found, neurons)
	}
}

// images reads inputs, [n, 1, height, width].
func (f *areaFile) images() (im datasets.Images) {
	shape, values := f.floats("inputs")
	if f.err == nil && (len(shape) != 4 || shape[1] != 1) {
		f.fail("inputs", "shape %s, want [images, 1, height, width]", array.FormatShape(shape))
	}
	if f.err != nil {
		return im
	}
	return datasets.Images{N: shape[0], Height: shape[2], Width: shape[3], Channels: 1, Pixels: values}
}

func (f *areaFile) responses() (r datasets.Responses) {
	shape, values := f.floats("responses")
	if f.err == nil && len(shape) != 2 {
		f.fail("responses", "shape %s, want [images, neurons]", array.FormatShape(shape))
	}
	if f.err != nil {
		return r
	}
	return datasets.Responses{N: shape[0], Neurons: shape[1], Values: values}
}

// same stores the images of the first area and checks that other areas have the same images.
func (f *areaFile) same(first bool, have *datasets.Images, images datasets.Images) {
	switch {
	case f.err != nil:
	case first:
		*have = images
	case have.N != images.N || have.Height != images.Height || have.Width != images.Width:
		f.fail("inputs", "%d images of %d x %d, want %d of %d x %d as in the first area", images.N, images.Height, images.Width, have.N, have.Height, have.Width)
	default:
		for i := range images.N {
			if !slices.Equal(have.At(i), images.At(i)) {
				f.fail("inputs", "image %d is not that of the first area; the areas must have seen the same", i)
				return
			}
		}
	}
}

// unitIDs reads the ids of the neurons.
func (f *areaFile) unitIDs(n int) []string {
	a := f.read("info/unit_ids")
	if f.err != nil {
		return nil
	}
	ids, err := a.Ints()
	if err != nil || len(ids) != n {
		f.fail("info/unit_ids", "%d values of %s, want a whole number for each of %d neurons", a.Len(), a.Type(), n)
		return nil
	}
	text := make([]string, n)
	for i, id := range ids {
		text[i] = strconv.Itoa(id)
	}
	return text
}

// grouped reads the test part, one row per trial, and groups trials by image id: images by ascending id, repeats in the order of the file.
// (The reference code sorts by id with an unstable sort, which leaves the order of repeats undefined.)
func (f *areaFile) grouped() (images datasets.Images, repeats datasets.Repeats) {
	trials, responses := f.images(), f.responses()
	a := f.read("image_ids")
	if f.err != nil {
		return images, repeats
	}
	ids, err := a.Ints()
	if err != nil || len(ids) != trials.N || responses.N != trials.N || trials.N == 0 {
		f.fail("image_ids", "%d values of %s for %d inputs and %d responses, want a whole number for each", a.Len(), a.Type(), trials.N, responses.N)
		return images, repeats
	}
	rows := map[int][]int{}
	for i, id := range ids {
		rows[id] = append(rows[id], i)
		repeats.Repeats = max(repeats.Repeats, len(rows[id]))
	}
	images = datasets.Images{N: len(rows), Height: trials.Height, Width: trials.Width, Channels: 1}
	repeats.N, repeats.Neurons = len(rows), responses.Neurons
	if values := float64(repeats.Repeats) * float64(repeats.N); values > 1000*float64(trials.N) {
		f.fail("image_ids", "%d images of which one has %d repeats in %d trials", repeats.N, repeats.Repeats, trials.N)
		return images, repeats
	}
	repeats.Values = slices.Repeat([]float32{float32(math.NaN())}, repeats.Repeats*repeats.N*repeats.Neurons)
	sorted := make([]int, 0, len(rows))
	for id := range rows {
		sorted = append(sorted, id)
	}
	slices.Sort(sorted)
	for i, id := range sorted {
		picture := trials.At(rows[id][0])
		images.Pixels = append(images.Pixels, picture...)
		for repeat, row := range rows[id] {
			if !slices.Equal(picture, trials.At(row)) {
				f.fail("image_ids", "image %d is another picture in row %d than in row %d", id, row, rows[id][0])
				return images, repeats
			}
			copy(repeats.At(repeat, i), responses.At(row))
		}
	}
	return images, repeats
}

// sideBySide joins two populations that saw the same images.
func sideBySide(a, b datasets.Responses) datasets.Responses {
	if a.Neurons == 0 {
		return b
	}
	joined := datasets.Responses{N: a.N, Neurons: a.Neurons + b.Neurons, Values: make([]float32, 0, len(a.Values)+len(b.Values))}
	for i := range a.N {
		joined.Values = append(append(joined.Values, a.At(i)...), b.At(i)...)
	}
	return joined
}

// repeatsSideBySide joins the repeats of two populations. Repeats that only one of them has are NaN for the other.
func repeatsSideBySide(a, b datasets.Repeats) datasets.Repeats {
	if a.Neurons == 0 {
		return b
	}
	joined := datasets.Repeats{Repeats: max(a.Repeats, b.Repeats), N: a.N, Neurons: a.Neurons + b.Neurons}
	joined.Values = slices.Repeat([]float32{float32(math.NaN())}, joined.Repeats*joined.N*joined.Neurons)
	for at, r := range map[int]datasets.Repeats{0: a, a.Neurons: b} {
		for repeat := range r.Repeats {
			for i := range r.N {
				copy(joined.At(repeat, i)[at:], r.At(repeat, i))
			}
		}
	}
	return joined
}

// isFolder reports whether path is a folder.
func isFolder(path string) bool {
	stat, err := os.Stat(path)
	return err == nil && stat.IsDir()
}
