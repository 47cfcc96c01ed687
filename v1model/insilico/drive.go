package insilico

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// readouts holds the readout of one neuron for each image of a batch.
type readouts struct {
	masks    *Node // [batch, height', width']
	features *Node // [batch, channels]
	biases   *Node // [batch]
}

// mapsBeforeLinear builds the feature maps that enter the core's last layer, if that layer is linear, or else the core's output. A linear last layer is
// merged with the readout, which is linear too. images are [batch, height, width, channels].
func mapsBeforeLinear(c core.Core, w weights.Nodes, images *Node) *Node {
	return beforeLinear(c.Apply(w, images, false))
}

func beforeLinear(out core.Output) *Node {
	if out.BeforeLinear != nil {
		return out.BeforeLinear
	}
	return out.Maps
}

// merge combines each readout and the core's linear last layer into one template [batch, height, width, channels] over the maps of mapsBeforeLinear:
//
//	rate = link(sum of template * maps + constant)
//
// This equals the whole model up to rounding. The link is that of the loss. size is height, width and channels of an image.
func merge(c core.Core, size [3]int, w weights.Nodes, r readouts) (template, constant *Node) {
	drive := func(batch int) (maps, drive *Node) {
		images := Zeros(r.biases.Graph(), shapes.Make(dtypes.Float32, batch, size[0], size[1], size[2]))
		out := c.Apply(w, images, false)
		maps = beforeLinear(out)
		under := ReduceSum(Mul(out.Maps, ExpandAxes(r.masks, -1)), 1, 2) // [batch, channels]
		return maps, ReduceSum(Mul(under, r.features), -1)
	}
	maps, sum := drive(r.biases.Shape().Dim(0))
	template = Gradient(ReduceAllSum(sum), maps)[0] // the sum is linear in maps, so its gradient is the same everywhere
	maps, sum = drive(1)
	return template, Add(r.biases, Sub(sum, ReduceSum(Mul(template, maps), 1, 2, 3)))
}

// driveOfTemplate is the drive of each image's neuron, [batch]. Its rate is the link of the drive.
func driveOfTemplate(template, constant, maps *Node) *Node {
	return Add(dotTemplate(template, maps), constant)
}

// dotTemplate sums template * maps, both [batch, height, width, channels], over all axes but the batch. Height and width come first, as cores compute
// maps, so that the sum runs over long rows.
func dotTemplate(template, maps *Node) *Node {
	rows := Mul(TransposeAllAxes(template, 1, 2, 0, 3), TransposeAllAxes(maps, 1, 2, 0, 3))
	return ReduceSum(ReduceSum(rows, 0, 1), 1)
}
