package objective_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"pgregory.net/rapid"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/objective"
	"v1lab/v1model/weights"
)

// program is a scalar function of one array and its gradient, in float64, compiled once.
type program struct {
	t    testing.TB
	dims []int
	exec *graph.Exec
}

func compile(t testing.TB, f func(x *graph.Node) *graph.Node, dims ...int) program {
	t.Helper()
	exec, err := graph.NewExec(pjrttest.Backend(t), func(x *graph.Node) (*graph.Node, *graph.Node) {
		y := f(x)
		return y, graph.Gradient(y, x)[0]
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	return program{t, dims, exec}
}

func (p program) run(x []float64) (y float64, gradient []float64) {
	p.t.Helper()
	out, err := p.exec.Call(tensors.FromFlatDataAndDimensions(x, p.dims...))
	if err != nil {
		p.t.Fatal(err)
	}
	return tensors.ToScalar[float64](out[0]), tensors.MustCopyFlatData[float64](out[1])
}

func (p program) random(seed uint64) []float64 {
	n := 1
	for _, d := range p.dims {
		n *= d
	}
	x := make([]float64, n)
	rng := weights.Stream(seed, "values")
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// gradientHolds compares the gradient with central differences.
func (p program) gradientHolds(x []float64) {
	p.t.Helper()
	const h = 1e-5
	_, gradient := p.run(x)
	for i := range x {
		at := x[i]
		x[i] = at + h
		above, _ := p.run(x)
		x[i] = at - h
		below, _ := p.run(x)
		x[i] = at
		if want := (above - below) / (2 * h); math.Abs(gradient[i]-want) > 1e-6*(1+math.Abs(want)) {
			p.t.Errorf("gradient[%d] = %g, differences give %g", i, gradient[i], want)
		}
	}
}

func smoothness(t testing.TB) program    { return compile(t, objective.Smoothness, 4, 3, 2, 3) }
func groupSparsity(t testing.TB) program { return compile(t, objective.GroupSparsity, 4, 3, 2, 3) }

func TestGradientsEqualDifferences(t *testing.T) {
	for name, p := range map[string]program{"smoothness": smoothness(t), "group sparsity": groupSparsity(t)} {
		t.Run(name, func(*testing.T) {
			p.gradientHolds(p.random(1))
			x := p.random(2)
			for i := 0; i < len(x); i += 6 {
				x[i] = 1e3 * x[i] // one slice far larger than the others
			}
			p.gradientHolds(x)
		})
	}
}

// Both penalties measure shape: scaling one output's filter, its sign included, changes nothing but for the epsilon.
func TestPenaltiesDoNotDependOnScale(t *testing.T) {
	programs := map[string]program{"smoothness": smoothness(t), "group sparsity": groupSparsity(t)}
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64().Draw(r, "seed")
		scale := rapid.SliceOfN(rapid.Float64Range(0.1, 1e3), 3, 3).Draw(r, "scales")
		if rapid.Bool().Draw(r, "turn the sign") {
			scale[0] = -scale[0]
		}
		for name, p := range programs {
			x := p.random(seed)
			scaled := make([]float64, len(x))
			for i := range x {
				scaled[i] = x[i] * scale[i%3]
			}
			a, gradient := p.run(x)
			b, _ := p.run(scaled)
			if !(a > 0) || math.Abs(b/a-1) > 1e-5 { // energy above 0.01 each, epsilon 1e-8
				r.Fatalf("%s: %g, scaled %g", name, a, b)
			}
			along := make([]float64, 3) // the gradient has no part along the filter
			for i := range x {
				along[i%3] += x[i] * gradient[i]
			}
			for o, v := range along {
				if math.Abs(v) > 1e-5 {
					r.Fatalf("%s: derivative %g along filter %d", name, v, o)
				}
			}
		}
	})
}

// Group sparsity of k equal slices is the square root of k; it lies between 1 and the square root of the inputs.
func TestGroupSparsityCountsInputs(t *testing.T) {
	p := compile(t, objective.GroupSparsity, 3, 3, 4, 1)
	for used := 1; used <= 4; used++ {
		x := make([]float64, 36)
		for i := range x {
			if i%4 < used {
				x[i] = float64(1 + i/4)
			}
		}
		if got, gradient := p.run(x); math.Abs(got-math.Sqrt(float64(used))) > 1e-8 {
			t.Errorf("%d of 4 inputs: %g", used, got)
		} else {
			for i, g := range gradient {
				if i%4 >= used && g != 0 {
					t.Errorf("gradient %g of a slice that is zero", g)
				}
			}
		}
	}
}

// A filter of a single pixel is as rough as the stencil's energy inside the picture.
func TestSmoothnessByHand(t *testing.T) {
	p := compile(t, objective.Smoothness, 5, 4, 1, 1)
	const centre, edge, corner = 9.0, 0.25, 0.0625 // squares of -3, 0.5, 0.25
	for pixel, want := range map[int]float64{
		2*4 + 1: centre + 4*edge + 4*corner, // inside
		1 * 4:   centre + 3*edge + 2*corner, // at an edge
		0:       centre + 2*edge + corner,   // in a corner
		19:      centre + 2*edge + corner,
	} {
		x := make([]float64, 20)
		x[pixel] = -2
		if got, _ := p.run(x); math.Abs(got-want) > 1e-6 {
			t.Errorf("pixel %d: %g, want %g", pixel, got, want)
		}
	}
}

func TestZeroFiltersHaveFiniteGradients(t *testing.T) {
	for name, p := range map[string]program{"smoothness": smoothness(t), "group sparsity": groupSparsity(t)} {
		for _, zero := range []func(i int) bool{
			func(int) bool { return true },         // all
			func(i int) bool { return i%3 == 1 },   // a filter
			func(i int) bool { return i/3%2 == 0 }, // the slices of one input
		} {
			x := p.random(1)
			for i := range x {
				if zero(i) {
					x[i] = 0
				}
			}
			y, gradient := p.run(x)
			for _, v := range append(gradient, y) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%s: value %g, gradient %v", name, y, gradient)
				}
			}
			if y < 0 || zero(5) && y != 0 { // zero(5): all
				t.Errorf("%s: %g of filters that are zero", name, y)
			}
		}
	}
}
