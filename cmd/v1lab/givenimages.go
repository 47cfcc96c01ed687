package main

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
)

// givenImages are the user's images as the model sees them.
type givenImages struct {
	datasets.Images
	absent  []bool                  // images of dead neurons, which do not exist: their pixels are 0; nil: none
	compare *fitted.ImageStatistics // with the training images; nil if those are not known, and for an archive of v1lab mei, whose units are known
}

// givenTo reads a user's images, a .npy file or an archive of v1lab mei, and prepares them for a run; number is one of them, or -1 for all. It says what it
// assumes about them, and warns if they are unlike the training images.
func (a *app) givenTo(run *fitted.Run, path string, number int, flag string) (g givenImages, err error) {
	prepare := a.prepareFile
	if strings.EqualFold(filepath.Ext(path), ".npz") {
		prepare = a.prepareArchive
	}
	if g, err = prepare(run, path); err != nil {
		return g, err
	}
	if number >= 0 {
		if number >= g.N {
			return g, usagef("--%s: %d, %s has %d images; accepted: 0 to %d", flag, number, path, g.N, g.N-1)
		}
		if g.absent != nil && g.absent[number] {
			return g, fmt.Errorf("%s: image %d is of a dead neuron: it does not exist", path, number)
		}
		g.Pixels, g.N, g.absent = g.At(number), 1, nil
	}
	if g.compare == nil {
		return g, nil
	}
	if c, ok := run.Compare(g.Images); ok {
		if g.compare = &c; c.Unlike {
			a.sayf("warning: %s: %s: other units than the recording's, or another kind of images", path, c)
		}
	} else {
		g.compare = nil
	}
	return g, nil
}

// prepareFile prepares the images of a .npy file, which are in recorded units.
func (a *app) prepareFile(run *fitted.Run, path string) (givenImages, error) {
	images, err := readImages(path)
	if err != nil {
		return givenImages{}, err
	}
	prepared, asIs, err := run.Prepare(images)
	if err != nil {
		return givenImages{}, fmt.Errorf("%s: %w", path, err)
	}
	if asIs {
		a.sayf("%s: images have the size that the model sees, %s: taken as cropped, grey and resized already, and normalised only", path, images.Shape())
	}
	return givenImages{Images: prepared, compare: &fitted.ImageStatistics{}}, nil
}

// prepareArchive prepares the images of an archive of v1lab mei. Archives of earlier versions have normalised units only, those of the run with their weights.
func (a *app) prepareArchive(run *fitted.Run, path string) (g givenImages, err error) {
	arrays, err := array.ReadNPZ(path)
	if err != nil {
		return g, err
	}
	m, err := insilico.MEIsFromArrays(arrays)
	if err != nil {
		return g, fmt.Errorf("%s: %w; accepted: an archive of v1lab mei, or a .npy file of images", path, err)
	}
	from := m.Recorded
	if m.Units == nil {
		w, err := run.Weights()
		if err != nil {
			return g, err
		}
		if key := arrays["key"].Strings(); run.Dataset.Normalisation != nil && (len(key) != 1 || !strings.HasPrefix(key[0], w.Fingerprint()+" ")) {
			return g, fmt.Errorf("%s: images in normalised units of another run; accepted: an archive with recorded_images, or one made from the weights of run %s", path, run.Path)
		}
		from = m.Images
		a.sayf("%s: no recorded_images: taken as normalised already, as v1lab mei of earlier versions and of runs without a recording writes them", path)
	}
	shape := from.Shape
	g.Images = datasets.Images{N: shape[0] * shape[1], Height: shape[2], Width: shape[3], Channels: 1}
	if len(shape) == 5 {
		g.Channels = shape[4]
	}
	if g.Pixels, err = from.Float32s(); err != nil {
		return g, fmt.Errorf("%s: %w", path, err)
	}
	if len(shape) > 5 || g.N == 0 || g.Size() == 0 {
		return g, fmt.Errorf("%s: images %s; accepted: [neurons, images, height, width], none of them 0", path, array.FormatShape(shape))
	}
	g.Pixels = slices.Clone(g.Pixels)
	for i, v := range g.Pixels {
		if !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) {
			continue
		}
		at := i / g.Size()
		if !m.Dead[at/shape[1]] {
			return g, fmt.Errorf("%s: image %d has the value %v; accepted: finite numbers", path, at, v)
		}
		if g.absent == nil {
			g.absent = make([]bool, g.N)
		}
		g.absent[at], g.Pixels[i] = true, 0
	}
	if m.Units == nil {
		return g, run.CheckSize(g.Images)
	}
	if g.Images, err = run.Normalise(g.Images); err != nil {
		return g, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}
