package v1model

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute"

	"v1lab/v1model/core"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/weights"
)

// Equivariance tells how well a rotation of the image rotates what a model computes. An error of 0 is perfect, about 1.4 (the square root of 2) means
// unrelated maps, and more means that the rotation even changes the maps' means. A number that does not exist is NaN, and null in JSON.
type Equivariance struct {
	Quarter  jsonfloat.Float `json:"quarter"`  // largest error of rotations by multiples of 90 degrees, over the whole maps of the model's own images
	Rates    jsonfloat.Float `json:"rates"`    // the same of the neurons' rates, if masks and feature weights rotate with the image
	Position jsonfloat.Float `json:"position"` // the same of the maps at one position away from borders: of filters and batch normalisation alone
	Eighth   jsonfloat.Float `json:"eighth"`   // largest error of rotations by odd multiples of 45 degrees, at one position away from borders
	Angles   []AngleError    `json:"turns"`    // by angle
}

// Displaced tells whether the layout on the model's own images, not the filters, makes most of the error at multiples of 90 degrees: strides on maps of
// even size, or filters of even size.
func (e Equivariance) Displaced() bool { return e.Quarter > 0.01 && e.Quarter > 2*e.Position }

// AngleError is the error at one angle: the RMS difference between the maps of the rotated image and the rotated maps, divided by the RMS deviation of the
// maps from each channel's mean. At multiples of 90 degrees the maps are whole, at other angles of one position.
type AngleError struct {
	Degrees float64         `json:"degrees"` // counter-clockwise as displayed
	Error   jsonfloat.Float `json:"error"`   // as quarter or eighth
}

// EquivarianceError rotates random images by each angle of the model's core and compares rotate-then-core with core-then-rotate. Rotating the maps shifts
// their orientations: for a rotation by s/R of 360 degrees, maps_rotated[r+s, f] is compared with maps[r, f]. For a core with one orientation, such as a
// plain CNN, images are rotated in steps of 45 degrees and the maps are compared unshifted. This control tells how far its features are from being
// invariant to orientation.
//
// The images have SD 1 and are sums of plane waves below half of the pixels' limit, so a rotated image is computed without interpolation. Batch
// normalisation is in inference mode. Unless the model has core.shared_biases, its values differ between orientations after a fit, which counts as error.
//
// Rotations by multiples of 90 degrees are measured on images of the model's own size, with its own layout, padding and strides, over all positions:
// only they can be exact. A stride on maps of even size and a filter of even size displace the maps, which counts as error. So do the rates of the
// neurons, up to 256 of them, whose masks and feature weights rotate with the image.
//
// At all angles, images as large as the core's receptive field, without padding, are rotated about its centre, and the maps are compared at this one
// position. The error in between is that of the pixel grid on the filters.
//
// w holds all of the model's variables. Equal seeds give equal images. It is an error if the maps are not finite or don't depend on the image.
func EquivarianceError(backend compute.Backend, m *Model, w weights.Values, seed uint64) (Equivariance, error) {
	if err := w.Check(m.Specs()); err != nil {
		return Equivariance{}, err
	}
	e, err := equivarianceError(backend, m, w, seed)
	if err != nil {
		return Equivariance{}, fmt.Errorf("equivariance: %w", err)
	}
	return e, nil
}

var errNothingToCompare = errors.New("the core's maps are not finite or do not depend on the image, there is nothing to compare")

func equivarianceError(backend compute.Backend, m *Model, w weights.Values, seed uint64) (Equivariance, error) {
	orientations, size, patch, err := onePosition(m)
	if err != nil {
		return Equivariance{}, err
	}
	steps := orientations
	if orientations == 1 {
		steps = 8
	}
	scenes := newScenes(seed, m.Shape.Channels)
	images := make([][]float32, steps)
	for s := range images {
		images[s] = scenes.images(equivarianceImages, size, size, 2*math.Pi*float64(s)/float64(steps))
	}
	maps, err := coreMaps(backend, patch, w, images, []int{equivarianceImages, size, size, m.Shape.Channels})
	if err != nil {
		return Equivariance{}, err
	}
	_, _, channels := patch.OutputShape()
	scale := deviation(maps[0], channels)
	if !(scale > 0) || math.IsInf(scale, 0) {
		return Equivariance{}, errNothingToCompare
	}
	none := jsonfloat.Float(math.NaN())
	e := Equivariance{Quarter: none, Rates: none, Position: none, Eighth: none}
	var own [4]turned
	if steps%2 == 0 {
		if own, err = ownTurns(backend, m, w, scenes, steps); err != nil {
			return Equivariance{}, err
		}
	}
	for s := 1; s < steps; s++ {
		worst := shiftedDifference(maps[0], maps[s], channels, s%orientations*channels/orientations) / scale
		switch {
		case 4*s%steps == 0:
			e.Position = larger(e.Position, worst)
			quarter := own[4*s/steps]
			worst = quarter.maps
			e.Quarter, e.Rates = larger(e.Quarter, quarter.maps), larger(e.Rates, quarter.rates)
		case 8*s%steps == 0:
			e.Eighth = larger(e.Eighth, worst)
		}
		e.Angles = append(e.Angles, AngleError{Degrees: 360 * float64(s) / float64(steps), Error: jsonfloat.Float(worst)})
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
	return oriented.Rotations(), size, m.ImageCore(patch), err
}

// larger returns the larger of two values; of a NaN and a number it returns b.
func larger(a jsonfloat.Float, b float64) jsonfloat.Float {
	if f := float64(a); math.IsNaN(f) || b > f || math.IsNaN(b) {
		return jsonfloat.Float(b)
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
