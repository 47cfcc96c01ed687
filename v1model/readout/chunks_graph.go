package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
)

// driveInChunks is the drive [batch, neurons] of maps [height, width, batch, channels] under masks [neurons, height, width] and feature weights
// [neurons, channels], of Config.Chunk neurons at a time:
//
//	drive_bn = sum_c w_nc a_nbc    a_nbc = sum_p m_np x_pbc
//
// The gradient computes a again instead of keeping it, so that memory is bounded by a chunk. With v the gradient by the drive, it is
//
//	m_np: sum_bc v_bn w_nc x_pbc    w_nc: sum_b v_bn a_nbc    x_pbc: sum_n m_np v_bn w_nc
func (r Masked) driveInChunks(maps, masks, features *Node) *Node {
	places, batch := r.Size.Height*r.Size.Width, maps.Shape().Dim(2)
	// The batch is last, see Pool: a_ncb.
	x, m := Reshape(TransposeAllAxes(maps, 0, 1, 3, 2), places, r.Size.Channels*batch), Reshape(masks, r.Size.Neurons, places)
	pool := func(m, x *Node) *Node {
		return Reshape(DotGeneral(m, []int{1}, nil, x, []int{0}, nil), -1, r.Size.Channels, batch)
	}
	drive := ops.WithGradient([]*Node{x, m, features},
		func(in []*Node) *Node {
			var drives []*Node
			for i, chunk := range r.chunks() {
				x, m := in[0], Slice(in[1], chunk)
				if i > 0 { // one chunk after the other
					x, m = StopGradient(x), SchedulingBarrier(StopGradient(m), drives[i-1])
				}
				drives = append(drives, ReduceSum(Mul(pool(m, x), ExpandAxes(Slice(in[2], chunk), -1)), 1))
			}
			return Concatenate(drives, 0)
		},
		func(v *Node) []*Node {
			var ofX *Node
			var ofM, ofW []*Node
			last := v
			for _, chunk := range r.chunks() {
				m := SchedulingBarrier(Slice(m, chunk), last) // also keeps the compiler from keeping a
				v := ExpandAxes(Slice(v, chunk), 1)
				weighted := Reshape(Mul(v, ExpandAxes(Slice(features, chunk), -1)), -1, r.Size.Channels*batch)
				ofM = append(ofM, DotGeneral(weighted, []int{1}, nil, x, []int{1}, nil))
				ofW = append(ofW, ReduceSum(Mul(v, pool(m, x)), -1))
				last = DotGeneral(m, []int{0}, nil, weighted, []int{0}, nil)
				if ofX != nil {
					last = Add(ofX, last)
				}
				ofX = last
			}
			return []*Node{ofX, Concatenate(ofM, 0), Concatenate(ofW, 0)}
		})
	return Transpose(drive, 0, 1)
}

// chunks divides the neurons.
func (r Masked) chunks() []SliceAxisSpec {
	var list []SliceAxisSpec
	for start := 0; start < r.Size.Neurons; start += r.Config.Chunk {
		list = append(list, AxisRange(start, min(start+r.Config.Chunk, r.Size.Neurons)))
	}
	return list
}
