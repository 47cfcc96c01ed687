package npyfolder

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// Folder is a folder of .npy files.
type Folder struct {
	path  string
	files []string // without extension
}

// Open lists the folder at path. scheme is for the error about an empty path.
func Open(scheme, path string) (Folder, error) {
	if path == "" {
		return Folder{}, fmt.Errorf("%s: no folder, want %s:FOLDER", scheme, scheme)
	}
	info, err := os.Stat(path)
	if err == nil {
		err = infile.Check(info)
	}
	var entries []os.DirEntry
	if err == nil {
		entries, err = os.ReadDir(path)
	}
	if err != nil {
		var pathErr *os.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return Folder{}, fmt.Errorf("%s: %w", path, err)
	}
	f := Folder{path: path}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".npy"); ok && !e.IsDir() {
			f.files = append(f.files, name)
		}
	}
	return f, nil
}

// Names returns the names of the files, without extension.
func (f Folder) Names() []string { return slices.Clone(f.files) }

// Has reports whether NAME.npy is in the folder.
func (f Folder) Has(name string) bool { return slices.Contains(f.files, name) }

// File returns the path of NAME.npy.
func (f Folder) File(name string) string { return filepath.Join(f.path, name+".npy") }

// Need returns an error that lists the files found, unless all named files are in the folder.
func (f Folder) Need(names ...string) error {
	for _, name := range names {
		if !f.Has(name) {
			found := "no .npy file"
			if len(f.files) > 0 {
				found = strings.Join(f.files[:min(20, len(f.files))], ".npy, ") + ".npy"
			}
			return fmt.Errorf("%s: no %s.npy, found %s", f.path, name, found)
		}
	}
	return nil
}

// Images reads [n, height*width] of square images, [n, height, width] or [n, height, width, channels].
func (f Folder) Images(name string) (datasets.Images, error) {
	shape, values, err := f.read(name)
	if err != nil {
		return datasets.Images{}, err
	}
	im := datasets.Images{Channels: 1, Pixels: values}
	switch len(shape) {
	case 2:
		side := int(math.Round(math.Sqrt(float64(shape[1]))))
		if side*side != shape[1] {
			return datasets.Images{}, fmt.Errorf("%s: %d values for each image, want the square of a side or [images, height, width]", f.File(name), shape[1])
		}
		im.N, im.Height, im.Width = shape[0], side, side
	case 3:
		im.N, im.Height, im.Width = shape[0], shape[1], shape[2]
	case 4:
		im.N, im.Height, im.Width, im.Channels = shape[0], shape[1], shape[2], shape[3]
	default:
		return datasets.Images{}, f.unfit(name, shape, "[images, height*width] of squares, [images, height, width] or [images, height, width, channels]")
	}
	return im, nil
}

// Responses reads [n, neurons].
func (f Folder) Responses(name string) (datasets.Responses, error) {
	shape, values, err := f.read(name)
	if err != nil {
		return datasets.Responses{}, err
	}
	if len(shape) != 2 {
		return datasets.Responses{}, f.unfit(name, shape, "[images, neurons]")
	}
	return datasets.Responses{N: shape[0], Neurons: shape[1], Values: values}, nil
}

// Repeats reads [repeats, n, neurons].
func (f Folder) Repeats(name string) (datasets.Repeats, error) {
	shape, values, err := f.read(name)
	if err != nil {
		return datasets.Repeats{}, err
	}
	if len(shape) != 3 {
		return datasets.Repeats{}, f.unfit(name, shape, "[repeats, images, neurons]")
	}
	return datasets.Repeats{Repeats: shape[0], N: shape[1], Neurons: shape[2], Values: values}, nil
}

// Agree returns an error unless found, a number in the file NAME, equals want, the number in the file other. what is the noun for the error.
func (f Folder) Agree(name, what string, found, want int, other string) error {
	if found != want {
		return fmt.Errorf("%s: %d %s, want %d as in %s.npy", f.File(name), found, what, want, other)
	}
	return nil
}

func (f Folder) read(name string) ([]int, []float32, error) {
	a, err := array.ReadNPY(f.File(name))
	if err != nil {
		return nil, nil, err
	}
	// A shape without values could claim any number of images.
	if a.Len() == 0 {
		return nil, nil, fmt.Errorf("%s: shape %s, want every length above 0", f.File(name), array.FormatShape(a.Shape))
	}
	values, err := a.Float32s()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.File(name), err)
	}
	return a.Shape, values, nil
}

func (f Folder) unfit(name string, shape []int, want string) error {
	return fmt.Errorf("%s: shape %s, want %s", f.File(name), array.FormatShape(shape), want)
}
