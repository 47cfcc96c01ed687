package insilico

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"v1lab/v1model/ops"
	"v1lab/v1model/weights"
)

// Constants of apartValue, in shares of the neuron's maximum and of twice the squared norm.
const (
	shareForce   = 10   // how much a missing rate counts beside distance
	shareWidth   = 0.01 // over which that begins
	nearestWidth = 0.5  // distances that differ by less count alike; with less, images far apart do not feel each other and stay in groups
)

// apartValue builds, for each image of sets of k one after the other, [batch], what its set maximises:
//
//	d_ij = ||image_i - image_j||^2 / (2 norm^2)
//	near = -nearestWidth * log mean over j != i of exp(-d_ij / nearestWidth)
//	kept = -shareForce * shareWidth * log(1 + exp((share - rate / most) / shareWidth))
//	value = most * (near + kept)
//
// near is the distance to the nearest images of the set, so that images spread evenly instead of falling into two opposite groups; kept holds the rate at
// the share of the maximum most [batch]. Both are returned times most, because each depends on one of its inputs alone. shown is [batch, channels, height, width].
func (a *ascent) apartValue(rate, most, shown *Node) (near, kept *Node) {
	k, d := a.options.Images, shown.Shape().Dimensions
	g := shown.Graph()
	unit := DivScalar(Reshape(shown, d[0]/k, k, d[1]*d[2]*d[3]), a.options.Norm)
	distance := OneMinus(DotGeneral(unit, []int{2}, []int{0}, unit, []int{2}, []int{0})) // [sets, k, k]
	others := OneMinus(ConvertDType(Equal(Iota(g, shapes.Make(dtypes.Int32, 1, k, k), 1), Iota(g, shapes.Make(dtypes.Int32, 1, k, k), 2)), dtypes.Float32))
	close := DivScalar(ReduceSum(Mul(Exp(DivScalar(distance, -nearestWidth)), others), -1), float64(k-1))
	near = Reshape(MulScalar(Log(close), -nearestWidth), d[0])
	missing := DivScalar(AddScalar(Neg(Div(rate, most)), a.options.Share), shareWidth)
	kept = MulScalar(ops.Softplus(missing), -shareForce*shareWidth)
	return Mul(most, near), Mul(most, kept)
}

// seeApart builds the value of each image and the gradient of their sum by the images shown.
func (a *ascent) seeApart(w weights.Nodes, templates []*Node, cut cutter, most, shown *Node) (value, gradient *Node) {
	seen := channelsLast(cut.crop(shown))
	near, kept := a.apartValue(a.rate(w, templates, seen), most, shown)
	gradient = Add(Gradient(ReduceAllSum(near), shown)[0], cut.uncrop(channelsFirst(Gradient(ReduceAllSum(kept), seen)[0])))
	return Add(near, kept), gradient
}

// apartGradients is gradients for sets: the loss of each image is the mean of its set's, so that a set ends as one. most is [batch].
func (a *ascent) apartGradients(w weights.Nodes, templates []*Node, cut cutter, most, raw *Node) (loss, byRaw *Node) {
	loss, _, _, byRaw = a.lossAndGradients(raw, func(shown *Node) (value, gradient *Node) { return a.seeApart(w, templates, cut, most, shown) })
	k := a.options.Images
	ofSet := ReduceAndKeep(Reshape(loss, -1, k), ReduceMean, 1)
	return Reshape(BroadcastToShape(ofSet, shapes.Make(loss.DType(), loss.Shape().Dim(0)/k, k)), -1), byRaw
}
