package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"

	"v1lab/v1model/weights"
)

// Penalties is s_f sum |w|.
func (r gaussian) Penalties(w weights.Nodes) []Term { return []Term{r.FeatureL1(w)} }

// Apply reads maps [height, width, batch, channels] at each neuron's position and weighs the features there. Training advances the random generator.
func (r gaussian) Apply(w weights.Nodes, maps *Node, training bool) Output {
	updates := weights.Nodes{}
	read := r.readPositions(w, maps, training, updates)
	return Output{Drive: r.Drive(w, read), Pooled: read, Updates: updates}
}

// readPositions reads maps at each neuron's position, [neurons, batch, channels]: at its mean, or in training at a sample per
// image and neuron,
//
//	position = mu + A z, z ~ N(0, 1)
//
// so that gradients reach mu and A (the reparameterisation trick). Positions beyond the maps are moved to their edge.
func (r gaussian) readPositions(w weights.Nodes, maps *Node, training bool, updates weights.Nodes) *Node {
	return Transpose(r.interpolate(maps, ClipScalar(r.positions(w, maps, training, updates), -1, 1)), 0, 1)
}

// positions builds each neuron's position for each image, [batch, neurons, 2], see readPositions; they may lie beyond the maps.
func (r gaussian) positions(w weights.Nodes, maps *Node, training bool, updates weights.Nodes) *Node {
	batch := maps.Shape().Dim(2)
	positions := BroadcastToDims(ExpandAxes(r.means(w), 0), batch, r.Size.Neurons, 2)
	if training {
		z := r.noise(w, positions, updates)
		sigma := ExpandAxes(w.Get(Sigma), 0)
		if r.Config.covariance() == Full {
			z = ReduceSum(Mul(sigma, ExpandAxes(z, 2)), -1) // [1, neurons, 2, 2] * [batch, neurons, 1, 2]
		} else {
			z = Mul(sigma, z)
		}
		positions = Add(positions, z)
	}
	return positions
}

// means is the mean of each neuron's position, [neurons, 2]: column, row.
func (r gaussian) means(w weights.Nodes) *Node {
	switch r.Config.Grid {
	case CortexMLP:
		return r.Config.predict(w)
	case Cortex:
	default:
		return w.Get(Means)
	}
	shared := Add(MatMul(w.Get(CortexPlaces), w.Get(GridMap)), ExpandAxes(w.Get(GridOffset), 0))
	return Add(shared, w.Get(Means))
}

// noise draws standard normal values in the shape of like. They depend on the noise state only: the number drawn from the seed
// and the steps made are the key of a counter-based generator, so a resumed fit draws the same values as an uninterrupted one.
func (r gaussian) noise(w weights.Nodes, like *Node, updates weights.Nodes) *Node {
	state := w.Get(NoiseState)
	one := Const(state.Graph(), []float32{0, 1})
	updates[NoiseState] = Add(state, ConvertDType(one, state.DType()))
	words := ConvertDType(state, dtypes.Uint64)
	stream, steps := Slice(words, AxisElem(0)), Slice(words, AxisElem(1)) // each [1]
	key := Add(MulScalar(stream, 1<<32), steps)
	_, z := RandomNormal(Concatenate([]*Node{key, ZerosLike(key), ZerosLike(key)}, 0), like.Shape())
	return StopGradient(z)
}

// interpolate reads maps [height, width, batch, channels] at positions [batch, neurons, 2], [batch, neurons, channels], by bilinear interpolation: -1 and 1
// are the centres of the first and the last pixel (PyTorch's grid_sample with align_corners).
func (r gaussian) interpolate(maps, positions *Node) *Node {
	batch := maps.Shape().Dim(2)
	column, columnNext, right := r.neighbours(positions, 0, r.Size.Width)
	row, rowNext, below := r.neighbours(positions, 1, r.Size.Height)
	flat := Reshape(maps, r.Size.Height*r.Size.Width*batch, r.Size.Channels)
	image := Iota(maps.Graph(), column.Shape(), 0)
	corner := func(row, column, share *Node) *Node {
		place := Add(MulScalar(Add(MulScalar(row, r.Size.Width), column), batch), image)
		return Mul(Gather(flat, ExpandAxes(place, -1)), ExpandAxes(share, -1))
	}
	left, above := OneMinus(right), OneMinus(below)
	return Add(
		Add(corner(row, column, Mul(above, left)), corner(row, columnNext, Mul(above, right))),
		Add(corner(rowNext, column, Mul(below, left)), corner(rowNext, columnNext, Mul(below, right))))
}

// neighbours gives the pixels on both sides of a position along one axis, int32, and the share of the second, each [batch, neurons].
func (r gaussian) neighbours(positions *Node, axis, size int) (low, high, share *Node) {
	p := Squeeze(Slice(positions, AxisRange(), AxisRange(), AxisElem(axis)), 2)
	pixel := MulScalar(AddScalar(p, 1), float64(size-1)/2)
	floor := StopGradient(MinScalar(Floor(pixel), float64(max(size-2, 0))))
	low = ConvertDType(floor, dtypes.Int32)
	return low, MinScalar(AddScalar(low, 1), float64(size-1)), Sub(pixel, floor)
}

// Constrain keeps means on the maps and SDs at 0 or above.
func (r gaussian) Constrain(next weights.Nodes) {
	if r.Config.Grid != Cortex && r.Config.Grid != CortexMLP {
		next[Means] = ClipScalar(next.Get(Means), -1, 1)
	}
	if r.Config.covariance() != Full {
		next[Sigma] = MaxScalar(next.Get(Sigma), 0)
	}
}
