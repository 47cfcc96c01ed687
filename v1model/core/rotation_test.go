package core_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/weights"
)

// single is a core of one layer with one feature.
func single(t *testing.T, kind, interpolation string, size, rotations int) core.Core {
	t.Helper()
	c, err := core.New(core.Config{Kind: kind, Rotations: rotations, Upsampling: 1, Interpolation: interpolation, FilterSizes: []int{size},
		Features: []int{1}, Strides: []int{1}, Padding: []string{"valid"}, Activations: []string{"none"}, SmoothRel: []float64{0}, SparseRel: []float64{0}}, size, size, 1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Every pixel of filters turned by the nearest neighbour, and of their gradients, comes from where the reference takes it, also
// where rounding decides between two pixels.
func TestNearestTurnsAsReference(t *testing.T) {
	f := golden.Open(t, "testdata/nearest.npz")
	probe := make([]float32, 16*7*7)
	weights.TruncatedNormal(1)(weights.Stream(1, "probe"), probe)
	inputs := []array.Array{array.New(probe)}
	values, cores := weights.Values{}, map[string]core.Core{}
	for _, k := range f.Keys() {
		var size, rotations int
		if _, err := fmt.Sscanf(k, "forth.%d.%d", &size, &rotations); err != nil {
			continue
		}
		if testing.Short() && size > 4 {
			continue
		}
		numbers := make([]float32, size*size) // of the pixels, from 1
		for i := range numbers {
			numbers[i] = float32(i + 1)
		}
		name := strings.TrimPrefix(k, "forth.")
		cores[name], values[name] = single(t, core.Rotated, core.Nearest, size, rotations), array.New(numbers, size, size, 1, 1)
	}
	got := golden.Run(t, pjrttest.Backend(t), values, inputs, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		named := map[string]*graph.Node{}
		for _, name := range slices.Sorted(maps.Keys(cores)) {
			c := cores[name]
			filters := c.(core.Filtered).Filters(weights.Nodes{"core/conv1/weights": w.Get(name)})[0]
			size, rotations := filters.Shape().Dim(0), filters.Shape().Dim(3)
			turned := graph.TransposeAllAxes(filters, 3, 0, 1, 2)
			pattern := graph.Reshape(graph.Slice(in[0], graph.AxisRange(0, turned.Shape().Size())), turned.Shape().Dimensions...)
			named["forth."+name] = graph.Reshape(turned, rotations, size*size)
			named["back."+name] = graph.Gradient(graph.ReduceAllSum(graph.Mul(turned, pattern)), w.Get(name))[0]
		}
		return named
	})
	for name, c := range cores {
		field := c.(core.Local).Geometry().Field
		area, rotations := field*field, c.(core.Oriented).Rotations()
		for i, from := range f.Ints("forth." + name) {
			if int(got["forth."+name][i]) != from+1 {
				t.Errorf("size and rotations %s: pixel %d of rotation %d takes pixel %g, want %d (-1: none)", name, i%area, i/area, got["forth."+name][i]-1, from)
				break
			}
		}
		want := make([]float32, area)
		for i, from := range f.Ints("back." + name) {
			if from >= 0 {
				want[i%area] += probe[i/area*area+from]
			}
		}
		golden.Compare(t, fmt.Sprintf("gradient, size and rotations %s (%d)", name, rotations), got["back."+name], want, 1e-5)
	}
}

// Between quarter turns, which are exact, bilinear turns keep what a turn keeps: a constant filter away from its edge, and a plane
// a x + b y through the middle, which turns into (a cos + b sin) x + (b cos - a sin) y.
func TestBilinearTurnsPlanes(t *testing.T) {
	const size, rotations = 9, 8
	plane, flat := make([]float32, size*size), make([]float32, size*size)
	for i := range plane {
		plane[i], flat[i] = 2*float32(i%size-size/2)-float32(i/size-size/2), 1
	}
	c := single(t, core.Rotated, core.Bilinear, size, rotations)
	got := golden.Run(t, pjrttest.Backend(t), weights.Values{"plane": array.New(plane, size, size, 1, 1), "flat": array.New(flat, size, size, 1, 1)}, nil,
		func(w weights.Nodes, _ []*graph.Node) map[string]*graph.Node {
			named := map[string]*graph.Node{}
			for _, k := range []string{"plane", "flat"} {
				named[k] = c.(core.Filtered).Filters(weights.Nodes{"core/conv1/weights": w.Get(k)})[0]
			}
			return named
		})
	const half = 0.70710678
	cos, sin := [rotations]float64{1, half, 0, -half, -1, -half, 0, half}, [rotations]float64{0, half, 1, half, 0, -half, -1, -half}
	for y := 2; y < size-2; y++ {
		for x := 2; x < size-2; x++ {
			for r := range rotations {
				dx, dy := float64(x-size/2), float64(y-size/2)
				want := 2*(cos[r]*dx-sin[r]*dy) - (sin[r]*dx + cos[r]*dy)
				i := (y*size+x)*rotations + r
				if d := float64(got["plane"][i]) - want; d > 1e-5 || d < -1e-5 {
					t.Errorf("plane, rotation %d, (%d, %d): %g, want %g", r, x, y, got["plane"][i], want)
				}
				if d := got["flat"][i] - 1; d > 1e-6 || d < -1e-6 {
					t.Errorf("flat, rotation %d, (%d, %d): %g, want 1", r, x, y, got["flat"][i])
				}
			}
		}
	}
}
