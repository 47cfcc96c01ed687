package nwb2

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// pictureSet is a list of images in the file, not yet read: an Images group, or the frames of an ImageSeries.
type pictureSet struct {
	path  string
	names []string // paths of the images in the order of their indices; nil for an ImageSeries
	n     int
	shape []int  // of an image as stored: [a, b] or [a, b, channels]
	order string // what gives the order of the images
}

// Types of images within an Images group.
var imageTypes = []string{"GrayscaleImage", "RGBImage", "RGBAImage", "Image"}

// pictureSet looks at the images at a path.
func (f *file) pictureSet(group string, w wishes) (*pictureSet, error) {
	if f.types[group] != "Images" {
		return f.frames(group)
	}
	p := &pictureSet{path: group}
	ordered := false
	for _, name := range f.children(group) {
		kind, err := f.text(group+"/"+name, "neurodata_type")
		if err != nil {
			return nil, err
		}
		if kind == "ImageReferences" {
			ordered = true
		} else if slices.Contains(imageTypes, kind) {
			p.names = append(p.names, group+"/"+name)
		}
	}
	const order = "order_of_images"
	switch {
	case ordered:
		_, paths, err := f.References(group + "/" + order)
		if err != nil {
			return nil, err
		}
		p.names, p.order = paths, order
	case w.byName:
		p.order = "names"
	default:
		if p.names, p.order = numbered(p.names); p.order == "" && len(p.names) > 1 {
			return nil, f.fault(group, "no order_of_images tells which image has which index, and the names (%s) are not numbered one after another; accepted: option order=names, which counts in alphabetical order", list(bases(p.names[:min(len(p.names), 3)])))
		}
	}
	if len(p.names) == 0 {
		return nil, f.fault(group, "no images in it")
	}
	p.n = len(p.names)
	for i, name := range p.names {
		info, err := f.Info(name)
		if err != nil {
			return nil, err
		}
		if p.shape == nil {
			p.shape = info.Shape
		}
		if !slices.Equal(info.Shape, p.shape) {
			return nil, f.fault(name, "shape %s, want %s as %s has", array.FormatShape(info.Shape), array.FormatShape(p.shape), path.Base(p.names[0]))
		}
		if i == 0 && !isPicture(p.shape) {
			return nil, f.fault(name, "shape %s, want [height, width], or that with 1, 3 or 4 channels", array.FormatShape(p.shape))
		}
	}
	return p, nil
}

// isPicture tells whether an image may have a shape.
func isPicture(shape []int) bool {
	return !slices.Contains(shape, 0) && (len(shape) == 2 || len(shape) == 3 && (shape[2] == 1 || shape[2] == 3 || shape[2] == 4))
}

// frames looks at the frames of an ImageSeries.
func (f *file) frames(group string) (*pictureSet, error) {
	const outside = "/external_file"
	if f.has(group + outside) {
		a, err := f.Read(group + outside)
		if err != nil {
			return nil, err
		}
		return nil, f.fault(group, "its images are in another file, %s (external_file), which is not read: convert them to images in the file, or write npz:", list(a.Strings()))
	}
	name := group + "/data"
	info, err := f.Info(name)
	if err != nil {
		return nil, err
	}
	if len(info.Shape) < 3 || info.Shape[0] == 0 || !isPicture(info.Shape[1:]) {
		return nil, f.fault(name, "shape %s, want [frames, height, width], or that with 1, 3 or 4 channels", array.FormatShape(info.Shape))
	}
	return &pictureSet{path: group, n: info.Shape[0], shape: info.Shape[1:], order: "frames"}, nil
}

func bases(paths []string) []string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = path.Base(p)
	}
	return names
}

var numberIn = regexp.MustCompile(`^(.*?)([0-9]+)([^0-9]*)$`)

// numbered sorts names that differ only in one number. It returns what gave the order, "" if nothing does: the numbers must follow each other
// from 0 or 1, or be written with as many digits, so that alphabetical order is that of the numbers.
func numbered(names []string) (sorted []string, order string) {
	type entry struct {
		name   string
		number int
	}
	entries := make([]entry, len(names))
	var first []string
	for i, name := range names {
		m := numberIn.FindStringSubmatch(path.Base(name))
		if m == nil || first != nil && (m[1] != first[1] || m[3] != first[3]) {
			return names, ""
		}
		if first == nil {
			first = m
		}
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return names, ""
		}
		entries[i] = entry{name, n}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return a.number - b.number })
	successive, alphabetical := true, slices.IsSortedFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	for i, e := range entries {
		sorted = append(sorted, e.name)
		successive = successive && e.number == entries[0].number+i && entries[0].number <= 1
		if i > 0 && e.number == entries[i-1].number {
			return names, ""
		}
	}
	if !successive && !alphabetical {
		return names, ""
	}
	return sorted, "numbers in names"
}

// size returns the images as they are after reading.
func (p *pictureSet) size(turned bool) datasets.Images {
	im := datasets.Images{Height: p.shape[0], Width: p.shape[1], Channels: 1}
	if turned {
		im.Height, im.Width = im.Width, im.Height
	}
	if len(p.shape) == 3 && p.shape[2] > 1 {
		im.Channels = 3
	}
	return im
}

// read reads all images. turned is true if they are stored as [width, height].
func (p *pictureSet) read(f *file, turned bool) (datasets.Images, error) {
	im := p.size(turned)
	im.N = p.n
	if p.names == nil {
		return p.readFrames(f, im, turned)
	}
	var one []float32
	for i, name := range p.names {
		a, err := f.Read(name)
		if err != nil {
			return im, err
		}
		if one, err = a.Float32s(); err != nil {
			return im, f.fault(name, "%w", err)
		}
		if i == 0 {
			im.Pixels = make([]float32, im.N*im.Size())
		}
		if !p.place(im.At(i), one, turned, im.Channels) {
			return im, f.fault(name, "transparent pixels; accepted: images without transparency")
		}
	}
	return im, nil
}

func (p *pictureSet) readFrames(f *file, im datasets.Images, turned bool) (datasets.Images, error) {
	name := p.path + "/data"
	scale, err := f.number(name, "conversion", 1)
	if err != nil {
		return im, err
	}
	offset, err := f.number(name, "offset", 0)
	if err != nil {
		return im, err
	}
	a, err := f.Read(name)
	if err != nil {
		return im, err
	}
	all, err := a.Float32s()
	if err != nil {
		return im, f.fault(name, "%w", err)
	}
	if len(p.shape) == 2 && !turned {
		im.Pixels = all
	} else {
		im.Pixels = make([]float32, im.N*im.Size())
		stored := len(all) / p.n
		for i := range p.n {
			if !p.place(im.At(i), all[i*stored:(i+1)*stored], turned, im.Channels) {
				return im, f.fault(name, "transparent pixels in frame %d; accepted: images without transparency", i)
			}
		}
	}
	if scale != 1 || offset != 0 {
		for i, v := range im.Pixels {
			im.Pixels[i] = float32(float64(v)*scale + offset)
		}
	}
	return im, nil
}

// place copies an image as stored to [height, width, channels]. It returns false if pixels are transparent.
func (p *pictureSet) place(to, stored []float32, turned bool, channels int) bool {
	rows, columns, depth := p.shape[0], p.shape[1], 1
	if len(p.shape) == 3 {
		depth = p.shape[2]
	}
	for a := range rows {
		for b := range columns {
			from := stored[(a*columns+b)*depth:][:depth]
			if depth == 4 && from[3] != stored[3] || depth == 4 && from[3] != 1 && from[3] != 255 {
				return false
			}
			at := a*columns + b
			if turned {
				at = b*rows + a
			}
			copy(to[at*channels:(at+1)*channels], from)
		}
	}
	return true
}
