package table

import (
	"fmt"
	"image"
	"image/draw"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"v1lab/datasets"
	"v1lab/datasets/infile"
)

const (
	maxName = 400
	maxSide = 4096
	maxFile = 64 << 20
	// maxValues is how many float32 values images, and test responses, may have together: 4 GiB.
	maxValues = 1 << 30
)

// loader reads the images of all parts, each file once.
type loader struct {
	folder string
	size   picture // of the first image; the others must have it too
	first  string
	names  []string // in the order of first use
	places map[string][][]float32
	parts  []part
}

type part struct {
	names  []string
	images *datasets.Images
}

// picture is the size in an image file's header.
type picture struct{ height, width, channels int }

func (p picture) String() string {
	kind := "grey"
	if p.channels == 3 {
		kind = "colour"
	}
	return fmt.Sprintf("%d x %d pixels (height x width) in %s", p.height, p.width, kind)
}

func newLoader(folder string) *loader {
	return &loader{folder: folder, places: map[string][][]float32{}}
}

// plan registers that images will hold the named files.
func (l *loader) plan(names []string, images *datasets.Images) error {
	for _, name := range names {
		if len(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("picture %s, want a name inside the folder of images", quoted(name))
		}
		if _, ok := l.places[name]; !ok {
			l.places[name] = nil
			l.names = append(l.names, name)
		}
	}
	l.parts = append(l.parts, part{names, images})
	return nil
}

// load reads the first image, allocates memory for all, and reads the others on all processors.
func (l *loader) load() error {
	root, err := os.OpenRoot(l.folder)
	if err != nil {
		return blame(l.folder, 0, err)
	}
	defer root.Close()
	// Decode the first image before memory is allocated for all: a few damaged bytes must not ask for much memory.
	l.first = l.names[0]
	if _, l.size, err = l.decode(root, l.first); err != nil {
		return err
	}
	one := l.size.height * l.size.width * l.size.channels
	if err := l.checkPacked(root, uint64(one)); err != nil {
		return err
	}
	total := 0
	for _, p := range l.parts {
		total += len(p.names)
	}
	if total > maxValues/one {
		return fmt.Errorf("%s: %d pictures of %v, want at most %d values together", l.folder, total, l.size, maxValues)
	}
	if err := infile.Room(4 * uint64(total) * uint64(one)); err != nil {
		return fmt.Errorf("%s: %d pictures of %v: %w", l.folder, total, l.size, err)
	}
	for _, p := range l.parts {
		*p.images = datasets.Images{N: len(p.names), Height: l.size.height, Width: l.size.width, Channels: l.size.channels, Pixels: make([]float32, len(p.names)*one)}
		for i, name := range p.names {
			l.places[name] = append(l.places[name], p.images.At(i))
		}
	}

	failures := make([]error, len(l.names))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(l.names)) {
		workers.Go(func() {
			for i := range next {
				failures[i] = l.read(root, l.names[i])
			}
		})
	}
	for i := range l.names {
		next <- i
	}
	close(next)
	workers.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkPacked refuses files too small for pictures of so many bytes each.
func (l *loader) checkPacked(root *os.Root, each uint64) error {
	packed := uint64(0)
	for _, name := range l.names {
		info, err := root.Stat(filepath.FromSlash(name))
		if err == nil {
			err = infile.Check(info)
		}
		if err != nil {
			return blame(filepath.Join(l.folder, filepath.FromSlash(name)), 0, err)
		}
		packed += uint64(info.Size())
	}
	if want, most := uint64(len(l.names))*each, infile.Unpacked(packed); want > most {
		return fmt.Errorf("%s: %d pictures of %v in files of %d bytes together, which may unpack to %d", l.folder, len(l.names), l.size, packed, most)
	}
	return nil
}

// open reads a file and checks its header, so that no image is decoded that is too large.
func (l *loader) open(root *os.Root, name string) (content []byte, of form, size picture, err error) {
	path := filepath.Join(l.folder, filepath.FromSlash(name))
	file, err := infile.OpenIn(root, filepath.FromSlash(name))
	if err != nil {
		return nil, of, size, blame(path, 0, err)
	}
	defer file.Close()
	content, err = io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, of, size, blame(path, 0, err)
	}
	if len(content) > maxFile {
		return nil, of, size, fmt.Errorf("%s: more than %d bytes", path, maxFile)
	}
	if of, err = formOf(content); err == nil {
		size, err = of.measure(content)
	}
	switch {
	case err != nil:
		return nil, of, size, fmt.Errorf("%s: %w", path, err)
	case size.width < 1 || size.height < 1 || size.width > maxSide || size.height > maxSide:
		return nil, of, size, fmt.Errorf("%s: %d x %d pixels (height x width), want 1 to %d each", path, size.height, size.width, maxSide)
	}
	return content, of, size, nil
}

// decode reads an image and returns a function that writes its pixels. It checks the size against that of the first, once known, before it decodes.
func (l *loader) decode(root *os.Root, name string) (func(pixels []float32) error, picture, error) {
	content, of, size, err := l.open(root, name)
	if err != nil {
		return nil, size, err
	}
	path := filepath.Join(l.folder, filepath.FromSlash(name))
	if l.size != (picture{}) && size != l.size {
		return nil, size, fmt.Errorf("%s: %v, want %v as %s has", path, size, l.size, quoted(l.first))
	}
	fill, err := of.decode(content, size)
	if err != nil {
		return nil, size, fmt.Errorf("%s: %w", path, err)
	}
	return fill, size, nil
}

func (l *loader) read(root *os.Root, name string) error {
	fill, _, err := l.decode(root, name)
	if err != nil {
		return err
	}
	places := l.places[name]
	if err := fill(places[0]); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(l.folder, filepath.FromSlash(name)), err)
	}
	for _, p := range places[1:] {
		copy(p, places[0])
	}
	return nil
}

// fill writes the pixels as values from 0 to 255, [height, width, channels].
func fill(pixels []float32, im image.Image, channels int) error {
	b := im.Bounds()
	switch im := im.(type) {
	case *image.Gray:
		for y := range b.Dy() {
			for x, v := range im.Pix[y*im.Stride : y*im.Stride+b.Dx()] {
				pixels[y*b.Dx()+x] = float32(v)
			}
		}
		return nil
	case *image.YCbCr: // of a JPEG
		opaque := image.NewRGBA(b)
		draw.Draw(opaque, b, im, b.Min, draw.Src)
		return fill8(pixels, opaque.Pix, opaque.Stride, b, channels)
	case *image.RGBA:
		return fill8(pixels, im.Pix, im.Stride, b, channels)
	case *image.NRGBA:
		return fill8(pixels, im.Pix, im.Stride, b, channels)
	}
	i := 0
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, b, alpha := im.At(b.Min.X+x, b.Min.Y+y).RGBA()
			if alpha != 0xffff {
				return transparent(y, x)
			}
			const scale = 257 // 16 bits to 0..255
			put(pixels[i:], channels, float32(r)/scale, float32(g)/scale, float32(b)/scale)
			i += channels
		}
	}
	return nil
}

// fill8 is fill for four bytes per pixel, the last of them opacity.
func fill8(pixels []float32, from []uint8, stride int, b image.Rectangle, channels int) error {
	for y := range b.Dy() {
		for x := range b.Dx() {
			p := from[y*stride+4*x:]
			if p[3] != 0xff {
				return transparent(y, x)
			}
			put(pixels[(y*b.Dx()+x)*channels:], channels, float32(p[0]), float32(p[1]), float32(p[2]))
		}
	}
	return nil
}

func put(pixel []float32, channels int, r, g, b float32) {
	pixel[0] = r
	if channels == 3 {
		pixel[1], pixel[2] = g, b
	}
}

func transparent(y, x int) error {
	return fmt.Errorf("transparent at row %d, column %d, want pictures without transparency", y, x)
}
