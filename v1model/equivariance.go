package v1model

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute"

	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// Equivariance tells how well a rotation of the image rotates a core's maps. An error of 0 is perfect, about 1.4 (the square root of 2) means unrelated
// maps, and more means that the rotation even changes the maps' means.
type Equivariance struct {
	Quarter float64 // largest error of rotations by multiples of 90 degrees, NaN if the core has none
	Eighth  float64 // largest error of rotations by odd multiples of 45 degrees, NaN if the core has none
	Angles  []AngleError
}

// AngleError is the error at one angle: the RMS difference between the maps of the rotated image and the rotated maps, divided by the RMS
// deviation of the maps from each channel's mean.
type AngleError struct {
	Degrees float64 `json:"degrees"` // counter-clockwise as displayed
	Error   float64 `json:"error"`
}

// MarshalJSON writes NaN as null.
func (e Equivariance) MarshalJSON() ([]byte, error) {
	number := func(v float64) *float64 {
		if math.IsNaN(v) {
			return nil
		}
		return &v
	}
	return json.Marshal(struct {
		Quarter *float64     `json:"quarter"`
		Eighth  *float64     `json:"eighth"`
		Turns   []AngleError `json:"turns"`
	}{number(e.Quarter), number(e.Eighth), e.Angles})
}

const (
	equivarianceImages = 64   // random images
	equivarianceWaves  = 64   // plane waves that make up one image
	equivarianceBand   = 0.25 // highest spatial frequency in cycles per pixel, half of what pixels can carry
)

// EquivarianceError rotates random images by each angle of the model's core and compares rotate-then-core with core-then-rotate. Rotating the maps shifts
// their orientations: for a rotation by s/R of 360 degrees, maps_rotated[r+s, f] is compared with maps[r, f]. For a core with one orientation,
// such as a plain CNN, images are rotated in steps of 45 degrees and the maps are compared unshifted. This control tells how far its
// features are from being invariant to orientation.
//
// The images have SD 1 and are sums of plane waves below half of the pixels' limit, so a rotated image is computed without interpolation. They are
// as large as the core's receptive field without padding, and are rotated about its centre. So the maps are compared at one position,
// away from every border; it stands for all positions because convolutions are the same everywhere.
// Only multiples of 90 degrees can be exact; in between, the error is the effect of the pixel grid on the filters. Batch normalisation is in inference mode.
// Unless the model has core.shared_biases, its values differ between orientations after a fit, which counts as error.
//
// w holds all of the model's variables. Equal seeds give equal images. It is an error if the maps are not finite or don't depend on the image.
func EquivarianceError(backend compute.Backend, m *Model, w weights.Values, seed uint64) (Equivariance, error) {
	if err := w.Check(m.Specs()); err != nil {
		return Equivariance{}, err
	}
	orientations, size, patch, err := onePosition(m)
	if err != nil {
		return Equivariance{}, fmt.Errorf("equivariance: %w", err)
	}
	steps := orientations
	if orientations == 1 {
		steps = 8
	}
	scenes := newScenes(seed, m.Shape.Channels)
	images := make([][]float32, steps)
	for s := range images {
		images[s] = scenes.images(size, 2*math.Pi*float64(s)/float64(steps))
	}
	maps, err := coreMaps(backend, patch, w, images, []int{equivarianceImages, size, size, m.Shape.Channels})
	if err != nil {
		return Equivariance{}, fmt.Errorf("equivariance: %w", err)
	}
	_, _, channels := patch.OutputShape()
	scale := deviation(maps[0], channels)
	if !(scale > 0) || math.IsInf(scale, 0) {
		return Equivariance{}, errors.New("equivariance: the core's maps are not finite or do not depend on the image, there is nothing to compare")
	}
	e := Equivariance{Quarter: math.NaN(), Eighth: math.NaN()}
	for s := 1; s < steps; s++ {
		t := AngleError{Degrees: 360 * float64(s) / float64(steps), Error: shiftedDifference(maps[0], maps[s], channels, s%orientations*channels/orientations) / scale}
		e.Angles = append(e.Angles, t)
		switch {
		case 4*s%steps == 0:
			e.Quarter = larger(e.Quarter, t.Error)
		case 8*s%steps == 0:
			e.Eighth = larger(e.Eighth, t.Error)
		}
	}
	return e, nil
}

// onePosition lays out a model's core for the size x size pixels that one position of its maps sees. The error names a capability that the core lacks.
func onePosition(m *Model) (orientations, size int, patch core.Core, err error) {
	oriented, errOriented := core.Need[core.Oriented](m.Core, m.Config.Core.Kind, "equivariance")
	local, errLocal := core.Need[core.Local](m.Core, m.Config.Core.Kind, "equivariance")
	resizable, errResizable := core.Need[core.Resizable](m.Core, m.Config.Core.Kind, "equivariance")
	if err := cmp.Or(errOriented, errLocal, errResizable); err != nil {
		return 0, 0, nil, err
	}
	size = local.Geometry().Field
	patch, err = resizable.Resize(core.Layout{Height: size, Width: size, Unpadded: true}) // small: evaluated directly
	return oriented.Rotations(), size, patch, err
}

// larger returns the larger of two values; of a NaN and a number it returns b.
func larger(a, b float64) float64 {
	if math.IsNaN(a) || b > a || math.IsNaN(b) {
		return b
	}
	return a
}

// deviation is the RMS of maps [images, channels] around each channel's mean.
func deviation(maps []float32, channels int) float64 {
	images := float64(len(maps) / channels)
	mean, sum := make([]float64, channels), 0.0
	for i, v := range maps {
		mean[i%channels] += float64(v) / images
	}
	for i, v := range maps {
		d := float64(v) - mean[i%channels]
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(maps)))
}

// shiftedDifference is the RMS of rotated[image, channel+shift] - maps[image, channel], with the channel index taken modulo channels.
func shiftedDifference(maps, rotated []float32, channels, shift int) float64 {
	sum := 0.0
	for i, v := range maps {
		image, channel := i/channels, i%channels
		d := float64(rotated[image*channels+(channel+shift)%channels]) - float64(v)
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(maps)))
}

// scenes holds random pictures on the whole plane: sums of plane waves.
type scenes struct {
	channels int
	waves    []wave // [image][channel][wave]
}

// wave is cos(x*u + y*v + phase), rows downwards.
type wave struct{ u, v, phase float64 }

func newScenes(seed uint64, channels int) scenes {
	rng := weights.Stream(seed, "equivariance")
	s := scenes{channels, make([]wave, equivarianceImages*channels*equivarianceWaves)}
	for i := range s.waves {
		frequency := 2 * math.Pi * equivarianceBand * math.Sqrt(rng.Float64()) // uniform over a disc
		sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
		s.waves[i] = wave{frequency * cos, frequency * sin, 2 * math.Pi * rng.Float64()}
	}
	return s
}

// images samples the pictures on size x size pixels around the origin, rotated about it counter-clockwise as displayed by angle
// radians: [images, size, size, channels].
func (s scenes) images(size int, angle float64) []float32 {
	sin, cos := math.Sincos(angle)
	pixels := make([]float32, 0, equivarianceImages*size*size*s.channels)
	middle := float64(size-1) / 2
	for image := range equivarianceImages {
		for at := range size * size {
			dx, dy := float64(at%size)-middle, float64(at/size)-middle
			x, y := cos*dx-sin*dy, sin*dx+cos*dy
			for channel := range s.channels {
				first := (image*s.channels + channel) * equivarianceWaves
				sum := 0.0
				for _, w := range s.waves[first : first+equivarianceWaves] {
					sum += math.Cos(w.u*x + w.v*y + w.phase)
				}
				pixels = append(pixels, float32(sum/math.Sqrt(equivarianceWaves/2)))
			}
		}
	}
	return pixels
}
