package ops_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"pgregory.net/rapid"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/ops"
)

// Values and slopes have the precision of float32 relative to themselves, also where they are tiny, and in float64 that of float64.
func TestSoftplusIsAsPreciseAsItsType(t *testing.T) {
	both := func(x *graph.Node) (y, dx *graph.Node) {
		y = ops.Softplus(x)
		return y, graph.Gradient(graph.ReduceAllSum(y), x)[0]
	}
	exec, err := graph.NewExec(pjrttest.Backend(t), both)
	if err != nil {
		t.Fatal(err)
	}
	near := func(t *rapid.T, what string, x, got, want, error float64) {
		if math.Abs(got-want) > error*want {
			t.Fatalf("%s of %g: %.17g, want %.17g", what, x, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-80, 80), 200, 200).Draw(t, "x")
		single := make([]float32, len(x))
		for i := range x {
			single[i] = float32(x[i])
		}
		y, dx, err := exec.Call2(single)
		if err != nil {
			t.Fatal(err)
		}
		y64, dx64, err := exec.Call2(x)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x {
			value, slope := softplus(float64(single[i]))
			near(t, "softplus", x[i], float64(y.Value().([]float32)[i]), value, 4e-7)
			near(t, "slope", x[i], float64(dx.Value().([]float32)[i]), slope, 4e-7)
			value, slope = softplus(x[i])
			near(t, "softplus", x[i], y64.Value().([]float64)[i], value, 1e-14)
			near(t, "slope", x[i], dx64.Value().([]float64)[i], slope, 1e-14)
		}
	})
}

func softplus(x float64) (value, slope float64) {
	return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))), 1 / (1 + math.Exp(-x))
}
