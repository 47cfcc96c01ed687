package covariates

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// Known replaces what is NaN in raw covariates [batch, covariates] by the training means, [covariates]. Without raw covariates, nil, all are the training means.
func Known(means, raw *Node, batch int) *Node {
	mean := BroadcastToDims(ExpandAxes(means, 0), batch, means.Shape().Dim(0))
	if raw == nil {
		return mean
	}
	return Where(Equal(raw, raw), raw, mean) // NaN alone does not equal itself; the ONNX backend lacks IsNaN
}

// ColumnsAt selects columns of x [batch, covariates], [batch, len(at)].
func ColumnsAt(x *Node, at []int) *Node {
	columns := make([]*Node, len(at))
	for i, j := range at {
		columns[i] = Slice(x, AxisRange(), AxisElem(j))
	}
	return Concatenate(columns, 1)
}

// Standardised is (x - mean)/SD of columns of x [batch, covariates].
func Standardised(mean, sd, x *Node, at []int) *Node {
	return ColumnsAt(Div(Sub(x, ExpandAxes(mean, 0)), ExpandAxes(sd, 0)), at)
}

// Scaled is x/SD of columns of x [batch, covariates], not centred.
func Scaled(w weights.Nodes, x *Node, at []int) *Node {
	return ColumnsAt(Div(x, ExpandAxes(w.Get(SD), 0)), at)
}
