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

// parameters of Gabors, each [n], in the order of Gabor.
type parameters [7]*Node

// draw makes pictures [n, height, width] of Gabors.
func draw(p parameters, height, width int) *Node {
	g, n := p[0].Graph(), p[0].Shape().Dim(0)
	shape := shapes.Make(dtypes.Float32, n, height, width)
	of := func(i int) *Node { return Reshape(p[i], n, 1, 1) }
	x, y := Sub(Iota(g, shape, 2), of(0)), Sub(Iota(g, shape, 1), of(1))
	sin, cos := Sin(of(5)), Cos(of(5))
	u, v := Sub(Mul(cos, x), Mul(sin, y)), Add(Mul(sin, x), Mul(cos, y))
	envelope := Exp(Div(Add(Square(u), Square(v)), MulScalar(Square(of(2)), -2.0/16)))
	grating := Cos(Add(MulScalar(Mul(of(3), u), 2*math.Pi), of(6)))
	return Mul(MulScalar(of(4), 0.5), Mul(envelope, grating))
}

// number gives the parameters of a grid's Gabors by their numbers, [n] int32.
func (grid Grid) number(numbers *Node) parameters {
	var p parameters
	axes := grid.axes()
	for i := len(axes) - 1; i >= 0; i-- {
		size := Scalar(numbers.Graph(), numbers.DType(), len(axes[i]))
		table := ConstAsDType(numbers.Graph(), dtypes.Float32, axes[i])
		p[i] = Gather(table, ExpandAxes(Mod(numbers, size), -1))
		numbers = Div(numbers, size)
	}
	if grid.PerSize {
		p[3] = Div(p[3], p[2])
	}
	return p
}

// drawPlaids makes pictures [n, height, width] of plaids, parameters [n, gabors, 7].
func drawPlaids(values *Node, height, width int) *Node {
	n, gabors := values.Shape().Dim(0), values.Shape().Dim(1)
	var sum *Node
	for k := range gabors {
		var p parameters
		for i := range p {
			p[i] = Reshape(Slice(values, AxisRange(), AxisElem(k), AxisElem(i)), n)
		}
		if picture := draw(p, height, width); sum == nil {
			sum = picture
		} else {
			sum = Add(sum, picture)
		}
	}
	return sum
}

// pack lays plaids out for drawPlaids. Those with fewer Gabors than others get Gabors without contrast.
func pack(plaids []Plaid) (values []float32, gabors int) {
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

// Draw makes pictures of plaids on the device, [plaids, height, width].
func Draw(backend compute.Backend, plaids []Plaid, height, width int) ([]float32, error) {
	if len(plaids) == 0 || height < 1 || width < 1 {
		return nil, fmt.Errorf("gabors: %d pictures of %dx%d pixels to draw; at least 1 of each is needed", len(plaids), height, width)
	}
	values, gabors := pack(plaids)
	exec, err := NewExec(backend, func(values *Node) *Node { return drawPlaids(values, height, width) })
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	result, err := exec.Call1(tensors.FromFlatDataAndDimensions(values, len(plaids), gabors, 7))
	if err != nil {
		return nil, fmt.Errorf("gabors: %w", err)
	}
	return ondevice.Take[float32](result)
}
