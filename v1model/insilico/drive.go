package insilico

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// readouts are those of the neurons that a batch of images is shown to, one neuron per image.
type readouts struct {
	masks    *Node // [batch, height', width']
	features *Node // [batch, channels]
	biases   *Node // [batch]
}

// mapsOf is what a core makes of images [batch, height, width, channels] before its linear end, if it has one: that merges with the readout,
// which is linear too.
func mapsOf(c core.Core, w weights.Nodes, images *Node) *Node {
	return beforeEnd(c.Apply(w, images, false))
}

func beforeEnd(out core.Output) *Node {
	if out.Before != nil {
		return out.Before
	}
	return out.Maps
}

// merge joins each readout and the linear end of the core to one template over the maps before it, [batch, height, width, channels]:
//
//	rate = link(sum of template * maps + constant)
//
// which is the whole model, but for rounding; the link is that of the loss. size is that of an image: height, width, channels.
func merge(c core.Core, size [3]int, w weights.Nodes, r readouts) (template, constant *Node) {
	drive := func(batch int) (maps, drive *Node) {
		images := Zeros(r.biases.Graph(), shapes.Make(dtypes.Float32, batch, size[0], size[1], size[2]))
		out := c.Apply(w, images, false)
		maps = beforeEnd(out)
		under := ReduceSum(Mul(out.Maps, ExpandAxes(r.masks, -1)), 1, 2) // [batch, channels]
		return maps, ReduceSum(Mul(under, r.features), -1)
	}
	maps, sum := drive(r.biases.Shape().Dim(0))
	template = Gradient(ReduceAllSum(sum), maps)[0] // of a linear function: the same at all maps
	maps, sum = drive(1)
	return template, Add(r.biases, Sub(sum, ReduceSum(Mul(template, maps), 1, 2, 3)))
}

// answer is the rate of each image's own neuron, [batch].
func answer(link func(*Node) *Node, template, constant, maps *Node) *Node {
	return link(Add(weighted(template, maps), constant))
}

// weighted is the sum of template * maps, [batch, height, width, channels], over all but the batch. With places first, as cores compute maps, it is a sum
// over long rows.
func weighted(template, maps *Node) *Node {
	rows := Mul(TransposeAllAxes(template, 1, 2, 0, 3), TransposeAllAxes(maps, 1, 2, 0, 3))
	return ReduceSum(ReduceSum(rows, 0, 1), 1)
}
