package readout

import (
	"math"

	"v1lab/datasets/array"
	"v1lab/v1model/weights"

	. "github.com/gomlx/gomlx/core/graph"
)

// Mover is a Readout that moves with the eye in its own way. Others are moved by ApplyMoved and EffectiveMoved without knowing it: their masks are
// shifted by bilinear interpolation.
//
// A shift is across and down, in units of the feature maps: -1 and 1 are the centres of the first and the last pixel, so that a shift of 2 is a map's
// extent. What lies outside of the maps counts as zero.
type Mover interface {
	// ApplyMoved is Apply for a shift of each image's readouts, [batch, 2].
	ApplyMoved(w weights.Nodes, maps, shift *Node, training bool) Output
	// EffectiveMoved is Effective at one shift.
	EffectiveMoved(values weights.Values, shift [2]float64) (masks, features array.Array)
}

// ApplyMoved builds the drive of a readout that a shift [batch, 2] moves.
func ApplyMoved(r Readout, w weights.Nodes, maps, shift *Node, training bool) Output {
	if m, ok := r.(Mover); ok {
		return m.ApplyMoved(w, maps, shift, training)
	}
	return r.Apply(w, moveMaps(maps, shift), training)
}

// EffectiveMoved returns the masks [neurons, height, width] and feature weights [neurons, channels] of a readout at one shift.
func EffectiveMoved(r Readout, values weights.Values, shift [2]float64) (masks, features array.Array) {
	if m, ok := r.(Mover); ok {
		return m.EffectiveMoved(values, shift)
	}
	masks, features = r.Effective(values)
	return moveMasks(masks, shift), features
}

// moveMasks shifts masks [neurons, height, width]: m'(q) = sum_p m(p) hat(q - p - s), where hat interpolates.
func moveMasks(masks array.Array, shift [2]float64) array.Array {
	n, height, width := masks.Shape[0], masks.Shape[1], masks.Shape[2]
	right, down := float32(shift[0]*float64(width-1)/2), float32(shift[1]*float64(height-1)/2)
	from, moved := masks.Data.([]float32), make([]float32, n*height*width)
	for k := range n {
		for y := range height {
			for x := range width {
				m := from[(k*height+y)*width+x]
				if m == 0 {
					continue
				}
				for _, row := range [2]int{floor(float32(y) + down), floor(float32(y)+down) + 1} {
					for _, column := range [2]int{floor(float32(x) + right), floor(float32(x)+right) + 1} {
						if row >= 0 && row < height && column >= 0 && column < width {
							moved[(k*height+row)*width+column] += m * hat(float32(row-y)-down) * hat(float32(column-x)-right)
						}
					}
				}
			}
		}
	}
	return array.New(moved, n, height, width)
}

// floor is the largest whole number that is not above v.
func floor(v float32) int { return int(math.Floor(float64(v))) }
