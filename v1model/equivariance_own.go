package v1model

import (
	"math"

	"github.com/gomlx/compute"

	"v1lab/v1model/core"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

const (
	ownMapValues = 1 << 24 // of the maps of all images together, which bounds the memory
	ownNeurons   = 256     // whose rates are compared
)

// turned holds the errors of one rotation.
type turned struct{ maps, rates float64 }

// ownTurns measures rotations by 0 to 3 quarters of a turn on images of the model's own size; steps is the number of rotations by which the core's
// orientations shift in a whole turn. Rotations that are not among them are left 0.
func ownTurns(backend compute.Backend, m *Model, w weights.Values, s scenes, steps int) (turns [4]turned, err error) {
	height, width, imageChannels := m.Shape.Height, m.Shape.Width, m.Shape.Channels
	mapHeight, mapWidth, channels := m.Core.OutputShape()
	n := min(max(ownMapValues/(max(mapHeight*mapWidth, height*width)*channels), 2), equivarianceImages)
	images := s.images(n, height, width, 0)
	upright := view{core: m.ImageCore(m.Core), height: mapHeight, width: mapWidth}
	if upright.maps, err = upright.of(backend, w, images, []int{n, height, width, imageChannels}); err != nil {
		return turns, err
	}
	neurons := chosenNeurons(m, w)
	rates, err := neurons.rates(backend, m, upright, n)
	if err != nil {
		return turns, err
	}
	mapScale, rateScale := deviation(upright.maps, channels), deviation(rates, len(neurons.biases))
	if !(mapScale > 0) || math.IsInf(mapScale, 0) {
		return turns, errNothingToCompare
	}
	rotations, _ := core.Rotations(m.Core)
	for q := 1; q < 4; q++ {
		if q*steps%4 != 0 {
			continue
		}
		shift := 0
		if rotations > 1 {
			shift = q * steps / 4 * channels / rotations
		}
		v := upright
		size := []int{n, height, width, imageChannels}
		if q%2 == 1 && height != width {
			if v.core, err = m.Core.(core.Resizable).Resize(core.Layout{Height: width, Width: height, Batch: n}); err != nil {
				return turns, err
			}
			v.core = m.ImageCore(v.core)
		}
		if q%2 == 1 {
			size[1], size[2] = width, height
			v.height, v.width = mapWidth, mapHeight
		}
		if v.maps, err = v.of(backend, w, quarterTurns(images, n, height, width, imageChannels, q), size); err != nil {
			return turns, err
		}
		turns[q].maps = shiftedDifference(quarterTurns(upright.maps, n, mapHeight, mapWidth, channels, q), v.maps, channels, shift) / mapScale
		again, err := neurons.turned(q, mapHeight, mapWidth, channels, shift).rates(backend, m, v, n)
		if err != nil {
			return turns, err
		}
		turns[q].rates = math.NaN()
		if rateScale > 0 && !math.IsInf(rateScale, 0) {
			turns[q].rates = shiftedDifference(rates, again, len(neurons.biases), 0) / rateScale
		}
	}
	return turns, nil
}

// view is a core in some layout, and its maps of some images.
type view struct {
	core          core.Core
	height, width int
	maps          []float32 // [images, height, width, channels]
}

func (v view) of(backend compute.Backend, w weights.Values, images []float32, size []int) ([]float32, error) {
	maps, err := coreMaps(backend, v.core, w, [][]float32{images}, size)
	if err != nil {
		return nil, err
	}
	return maps[0], nil
}

// linear holds the readout of some neurons.
type linear struct {
	masks    []float32 // [neurons, height*width]
	features []float32 // [neurons, channels]
	biases   []float32
}

// chosenNeurons returns the readout of ownNeurons neurons that are spread evenly, or of all if there are fewer.
func chosenNeurons(m *Model, w weights.Values) linear {
	masks, features := m.Effective(w)
	all, each, channels := m.Shape.Neurons, masks.Len()/m.Shape.Neurons, features.Len()/m.Shape.Neurons
	var l linear
	for i := range min(all, ownNeurons) {
		at := i * all / min(all, ownNeurons)
		l.masks = append(l.masks, masks.Data.([]float32)[at*each:(at+1)*each]...)
		l.features = append(l.features, features.Data.([]float32)[at*channels:(at+1)*channels]...)
		l.biases = append(l.biases, w.Float32(readout.Biases)[at])
	}
	return l
}

// turned rotates masks by quarters of a turn and shifts the feature weights, as the maps do.
func (l linear) turned(quarters, height, width, channels, shift int) linear {
	n := len(l.biases)
	features := make([]float32, len(l.features))
	for i, v := range l.features {
		features[i/channels*channels+(i%channels+shift)%channels] = v
	}
	return linear{quarterTurns(l.masks, n, height, width, 1, quarters), features, l.biases}
}
