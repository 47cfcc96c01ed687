package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"v1lab/v1model/weights"
)

// moveMaps reads maps [height, width, batch, channels] at places that a shift [batch, 2] moves:
//
//	maps'(p) = sum_q hat(q - p - s) maps(q)    hat(d) = max(0, 1 - |d|) along each axis
//
// A mask on the moved maps sums what the mask, shifted by s, sums on the maps. All neurons move alike, so that the maps are moved once an image instead
// of each mask.
func moveMaps(maps, shift *Node) *Node {
	s := maps.Shape()
	rows, columns := moveMatrix(shift, 1, s.Dim(0)), moveMatrix(shift, 0, s.Dim(1))
	height, width, batch, channels := s.Dim(0), s.Dim(1), s.Dim(2), s.Dim(3)
	// The products are plain ones of matrices, one for each image: ONNX Runtime fails on the einsum of the maps as they are.
	moved := Einsum("bpq,bqk->bpk", rows, Reshape(TransposeAllAxes(maps, 2, 0, 1, 3), batch, height, width*channels))
	moved = Reshape(TransposeAllAxes(Reshape(moved, batch, height, width, channels), 0, 2, 1, 3), batch, width, height*channels)
	moved = Einsum("bxw,bwk->bxk", columns, moved)
	return TransposeAllAxes(Reshape(moved, batch, width, height, channels), 2, 1, 0, 3)
}

// moveMatrix is hat(q - p - s) along one axis, [batch, p, q].
func moveMatrix(shift *Node, axis, size int) *Node {
	pixels := MulScalar(Reshape(Slice(shift, AxisRange(), AxisElem(axis)), -1, 1, 1), float64(size-1)/2)
	square := shapes.Make(shift.DType(), 1, size, size)
	apart := Sub(Iota(shift.Graph(), square, 2), Iota(shift.Graph(), square, 1))
	near := OneMinus(Abs(Sub(apart, pixels)))
	return Max(near, ZerosLike(near))
}

// interpolateZero is interpolate for positions [batch, neurons, 2] that may leave the maps: each of the four neighbours that lies outside counts as zero
// (PyTorch's grid_sample with align_corners and padding_mode zeros).
func (r gaussian) interpolateZero(maps, positions *Node) *Node {
	batch := maps.Shape().Dim(2)
	columns, rows := r.around(positions, 0, r.Size.Width), r.around(positions, 1, r.Size.Height)
	flat := Reshape(maps, r.Size.Height*r.Size.Width*batch, r.Size.Channels)
	image := Iota(maps.Graph(), columns[0].pixel.Shape(), 0)
	var sum *Node
	for _, row := range rows {
		for _, column := range columns {
			place := Add(MulScalar(Add(MulScalar(row.pixel, r.Size.Width), column.pixel), batch), image)
			corner := Mul(Gather(flat, ExpandAxes(place, -1)), ExpandAxes(Mul(row.share, column.share), -1))
			if sum == nil {
				sum = corner
			} else {
				sum = Add(sum, corner)
			}
		}
	}
	return sum
}

// neighbour is a pixel beside a position along one axis, int32, and its share, 0 if it lies outside of the maps; each [batch, neurons].
type neighbour struct{ pixel, share *Node }

func (r gaussian) around(positions *Node, axis, size int) [2]neighbour {
	p := Squeeze(Slice(positions, AxisRange(), AxisRange(), AxisElem(axis)), 2)
	at := MulScalar(AddScalar(p, 1), float64(size-1)/2)
	floor := StopGradient(ClipScalar(Floor(at), -2, float64(size)))
	at = ClipScalar(at, -2, float64(size)+1) // far outside, where all counts as zero
	share := Sub(at, floor)
	inside := func(pixel, share *Node) neighbour {
		last := Scalar(pixel.Graph(), pixel.DType(), float64(size-1))
		zero := ZerosLike(pixel)
		there := LogicalAnd(GreaterOrEqual(pixel, zero), LessOrEqual(pixel, last))
		return neighbour{ConvertDType(ClipScalar(pixel, 0, float64(size-1)), dtypes.Int32), Where(there, share, ZerosLike(share))}
	}
	return [2]neighbour{inside(floor, OneMinus(share)), inside(AddScalar(floor, 1), share)}
}

// ApplyMoved reads maps at positions that a shift [batch, 2] moves. In training too, positions are kept on the maps before they are moved, not after.
func (r gaussian) ApplyMoved(w weights.Nodes, maps, shift *Node, training bool) Output {
	updates := weights.Nodes{}
	positions := ClipScalar(r.positions(w, maps, training, updates), -1, 1)
	read := Transpose(r.interpolateZero(maps, Add(positions, ExpandAxes(shift, 1))), 0, 1)
	return Output{Drive: r.Drive(w, read), Pooled: read, Updates: updates}
}
