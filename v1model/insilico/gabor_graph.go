package insilico

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/ondevice"
)

// parameters holds the parameters of n Gabors, each [n], in the order of the fields of Gabor.
type parameters [7]*Node

// drawGabors builds pictures [n, height, width] of Gabors.
func drawGabors(p parameters, height, width int) *Node {
	g, n := p[0].Graph(), p[0].Shape().Dim(0)
	shape := shapes.Make(dtypes.Float32, n, height, width)
	parameter := func(i int) *Node { return Reshape(p[i], n, 1, 1) }
	x, y := Sub(Iota(g, shape, 2), parameter(0)), Sub(Iota(g, shape, 1), parameter(1))
	sin, cos := Sin(parameter(5)), Cos(parameter(5))
	u, v := Sub(Mul(cos, x), Mul(sin, y)), Add(Mul(sin, x), Mul(cos, y))
	envelope := Exp(Div(Add(Square(u), Square(v)), MulScalar(Square(parameter(2)), -2.0/16)))
	grating := Cos(Add(MulScalar(Mul(parameter(3), u), 2*math.Pi), parameter(6)))
	return Mul(MulScalar(parameter(4), 0.5), Mul(envelope, grating))
}

// inChannels shows pictures [n, height, width] in all channels alike, [n, height, width, channels].
func inChannels(pictures *Node, channels int) *Node {
	images := ExpandAxes(pictures, -1)
	if channels > 1 {
		images = BroadcastToDims(images, append(pictures.Shape().Clone().Dimensions, channels)...)
	}
	return images
}

// parameters builds the parameters of the grid's Gabors with the given indices, [n] int32.
func (grid Grid) parameters(indices *Node) parameters {
	var p parameters
	axes := grid.axes()
	for i := len(axes) - 1; i >= 0; i-- {
		size := Scalar(indices.Graph(), indices.DType(), len(axes[i]))
		table := ConstAsDType(indices.Graph(), dtypes.Float32, axes[i])
		p[i] = Gather(table, ExpandAxes(Mod(indices, size), -1))
		indices = Div(indices, size)
	}
	if grid.PerSize {
		p[3] = Div(p[3], p[2])
	}
	return p
}

// drawPlaids builds pictures [n, height, width] of plaids from their parameters [n, gabors, 7].
func drawPlaids(values *Node, height, width int) *Node {
	n, gabors := values.Shape().Dim(0), values.Shape().Dim(1)
	var sum *Node
	for k := range gabors {
		var p parameters
		for i := range p {
			p[i] = Reshape(Slice(values, AxisRange(), AxisElem(k), AxisElem(i)), n)
		}
		if picture := drawGabors(p, height, width); sum == nil {
			sum = picture
		} else {
			sum = Add(sum, picture)
		}
	}
	return sum
}

// packPlaids returns the parameters that drawPlaids takes, [plaids, gabors, 7]. Plaids with fewer Gabors than others are filled up with Gabors of contrast 0.
func packPlaids(plaids []Plaid) (values []float32, gabors int) {
	gabors = 1
	for _, p := range plaids {
		gabors = max(gabors, len(p))
	}
	for _, p := range plaids {
		for k := range gabors {
			g := Gabor{Size: 1}
			if k < len(p) {
				g = p[k]
			}
			for _, v := range g.values() {
				values = append(values, float32(v))
			}
		}
	}
	return values, gabors
}

// Draw draws plaids on the device and returns pictures [plaids, height, width] in units of normalised images.
func Draw(backend compute.Backend, plaids []Plaid, height, width int) ([]float32, error) {
	if len(plaids) == 0 || height < 1 || width < 1 {
		return nil, fmt.Errorf("gabors: %d pictures of %dx%d pixels to draw; at least 1 of each is needed", len(plaids), height, width)
	}
	values, gabors := packPlaids(plaids)
	exec, err := NewExec(backend, func(values *Node) *Node { return drawPlaids(values, height, width) })
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	result, err := exec.Call1(tensors.FromFlatDataAndDimensions(values, len(plaids), gabors, 7))
	if err != nil {
		return nil, fmt.Errorf("gabors: %w", err)
	}
	return ondevice.ToHost[float32](result)
}
