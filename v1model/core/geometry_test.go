package core_test

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/weights"
)

// A position of the maps depends on the pixels that Geometry names and on no others, with strides, filters of even size and padding that differs between rows
// and columns.
func TestGeometry(t *testing.T) {
	const height, width = 22, 19
	for _, c := range []struct {
		sizes, strides []int
		padding        string
	}{
		{[]int{5, 3}, []int{1, 1}, "same"}, {[]int{5, 3}, []int{2, 1}, "same"}, {[]int{5, 3}, []int{1, 2}, "same"}, {[]int{4, 3}, []int{2, 2}, "same"}, {[]int{4, 2}, []int{1, 1}, "same"},
		{[]int{5, 4}, []int{2, 1}, "valid"},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			config := core.Config{Kind: core.CNN, Rotations: 1, FilterSizes: c.sizes, Features: []int{2, 2}, Strides: c.strides, Padding: []string{c.padding, c.padding},
				Activations: []string{"none", "none"}, SmoothRel: []float64{1, 1}, SparseRel: []float64{1, 1}}
			m, err := core.New(config, height, width, 1)
			if err != nil {
				t.Fatal(err)
			}
			values := weights.Values{}
			for _, s := range m.Specs() {
				n := 1
				for _, d := range s.Shape {
					n *= d
				}
				v := make([]float32, n)
				weights.TruncatedNormal(1)(weights.Stream(3, s.Name), v)
				for i := range v {
					v[i] = 1 + v[i]/10 // variances are positive, and nothing cancels
				}
				values[s.Name] = array.New(v, s.Shape...)
			}
			rows, columns, _ := m.OutputShape()
			row, column := rows/2, columns/2
			got := golden.Run(t, pjrttest.Backend(t), values, []array.Array{array.New(make([]float32, height*width), 1, height, width, 1)}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
				at := graph.Slice(m.Apply(w, in[0], false).Maps, graph.AxisElem(0), graph.AxisElem(row), graph.AxisElem(column))
				return map[string]*graph.Node{"gradient": graph.Gradient(graph.ReduceAllSum(at), in[0])[0]}
			})["gradient"]
			first, last := [2]int{height, width}, [2]int{-1, -1}
			for i, v := range got {
				if v != 0 {
					for axis, at := range [2]int{i / width, i % width} {
						first[axis], last[axis] = min(first[axis], at), max(last[axis], at)
					}
				}
			}
			g := m.(core.Local).Geometry()
			for axis, p := range [2]int{row, column} {
				want := p*g.Stride - g.Low[axis]
				if first[axis] != want || last[axis] != want+g.Field-1 {
					t.Errorf("axis %d: position %d depends on pixels %d to %d, geometry %+v says %d to %d", axis, p, first[axis], last[axis], g, want, want+g.Field-1)
				}
			}
		})
	}
}
