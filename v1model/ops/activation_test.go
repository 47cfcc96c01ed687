package ops_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/ops"
)

// Values and gradients against the formulas in float64, from far below to far above where the plain forms overflow.
func TestActivations(t *testing.T) {
	want := map[string]func(x float64) (value, slope float64){
		"softplus": softplus,
		"relu":     func(x float64) (float64, float64) { return math.Max(x, 0), map[bool]float64{true: 1}[x > 0] },
		"elu": func(x float64) (float64, float64) {
			if x > 0 {
				return x, 1
			}
			return math.Expm1(x), math.Exp(x)
		},
		"none": func(x float64) (float64, float64) { return x, 1 },
	}
	x := []float32{-1000, -90, -20, -3, -1, -0.1, -1e-6, 0, 1e-6, 0.1, 1, 3, 20, 90, 1000}
	for _, name := range ops.Activations {
		exec, err := graph.NewExec(pjrttest.Backend(t), func(x *graph.Node) (y, dx *graph.Node) {
			y = ops.Activate(name, x)
			return y, graph.Gradient(graph.ReduceAllSum(y), x)[0]
		})
		if err != nil {
			t.Fatal(err)
		}
		y, dx, err := exec.Call2(x)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x {
			v, s := want[name](float64(x[i]))
			got, slope := float64(y.Value().([]float32)[i]), float64(dx.Value().([]float32)[i])
			if math.Abs(got-v) > 1e-6*math.Max(1, math.Abs(v)) || math.Abs(slope-s) > 1e-6 {
				t.Errorf("%s(%g) = %g with slope %g, want %g with slope %g", name, x[i], got, slope, v, s)
			}
		}
	}
}

func TestUnknownActivationIsAnError(t *testing.T) {
	_, err := graph.CallOnce(pjrttest.Backend(t), func(x *graph.Node) *graph.Node { return ops.Activate("sotplus", x) }, float32(1))
	if err == nil {
		t.Error("no error")
	}
}

func Example() {
	fmt.Println(ops.Activations)
	// Output:
	// [softplus relu elu none]
}
