package bench

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// Product is a matrix product of one or more programs, [batch, rows, inner] by [batch, inner, columns], with the speeds of its evaluations.
type Product struct {
	Program string  `json:"program"` // step, predict or image
	Times   int     `json:"times"`   // how often the program has it
	Batch   int     `json:"batch"`   // products of this size that are one operation
	Rows    int     `json:"rows"`
	Inner   int     `json:"inner"`
	Columns int     `json:"columns"`
	GFLOP   float64 `json:"gflop"` // of all times together
	Share   float64 `json:"share"` // of the operations of the program's products

	Built float64 `json:"built_gflops"` // 10^9 operations per second, as the program has it
	Best  float64 `json:"best_gflops"`  // of the fastest evaluation
	As    string  `json:"best"`         // the fastest evaluation
	Speed []Speed `json:"evaluations"`  // of all evaluations, that of the program first
}

// Speed is an evaluation of a product.
type Speed struct {
	As     string  `json:"as"`
	GFLOPS float64 `json:"gflops"` // 10^9 operations per second, median of several
}

// dot is a product in a graph.
type dot struct {
	left, right shapes.Shape
	inner       [2][]int // axes that are summed over, of left and right
	batch       [2][]int
}

// programsOf builds the products of a model's three programs: a training step's loss and gradients, the rates of images, and the gradient of rates by images.
func programsOf(backend compute.Backend, m *v1model.Model) (map[string][]dot, error) {
	programs := map[string][]dot{}
	for name, outputs := range map[string]func(w weights.Nodes, images, responses *graph.Node) []*graph.Node{
		Step: func(w weights.Nodes, images, responses *graph.Node) []*graph.Node {
			var trained []*graph.Node
			for _, s := range m.Specs() {
				if s.Trainable {
					trained = append(trained, w.Get(s.Name))
				}
			}
			return graph.Gradient(m.Loss(w, m.Forward(w, images, true), responses).Total, trained...)
		},
		Predict: func(w weights.Nodes, images, _ *graph.Node) []*graph.Node {
			return []*graph.Node{m.Forward(w, images, false).Rates()}
		},
		Image: func(w weights.Nodes, images, _ *graph.Node) []*graph.Node {
			return graph.Gradient(graph.ReduceAllSum(m.Forward(w, images, false).Rates()), images)
		},
	} {
		dots, err := dotsOf(backend, m, outputs)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		programs[name] = dots
	}
	return programs, nil
}

// dotsOf builds a program for a batch of images and lists the products that its outputs need.
func dotsOf(backend compute.Backend, m *v1model.Model, outputs func(w weights.Nodes, images, responses *graph.Node) []*graph.Node) (dots []dot, err error) {
	g := graph.NewGraph(backend, "products")
	defer g.Finalize()
	parameter := func(name string, dims ...int) *graph.Node {
		return graph.Parameter(g, name, shapes.Make(dtypes.Float32, dims...))
	}
	w := weights.Nodes{}
	for _, s := range m.Specs() {
		w[s.Name] = parameter(s.Name, s.Shape...)
	}
	batch, shape := m.Config.Fit.Batch, m.Shape
	needed, seen := outputs(w, parameter("images", batch, shape.Height, shape.Width, shape.Channels), parameter("responses", batch, shape.Neurons)), map[*graph.Node]bool{}
	for len(needed) > 0 {
		n := needed[len(needed)-1]
		needed = needed[:len(needed)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		needed = append(needed, n.Inputs()...)
		if n.Type() == graph.NodeTypeDotGeneral {
			d, err := dotOf(n)
			if err != nil {
				return nil, err
			}
			dots = append(dots, d)
		}
	}
	return dots, nil
}

// axesOf finds the axes in the description of a product, the only place where GoMLX tells them.
var axesOf = regexp.MustCompile(`(lhs|rhs)(Contracting|Batch)Axes=\[([\d ]*)\]`)

func dotOf(n *graph.Node) (dot, error) {
	d := dot{left: n.Inputs()[0].Shape(), right: n.Inputs()[1].Shape()}
	found := axesOf.FindAllStringSubmatch(n.String(), -1)
	if len(found) != 4 {
		return d, fmt.Errorf("bench: the axes of the product %s are not found", n)
	}
	for _, f := range found {
		side := strings.Index("lr", f[1][:1])
		to := &d.inner[side]
		if f[2] == "Batch" {
			to = &d.batch[side]
		}
		for _, text := range strings.Fields(f[3]) {
			axis, err := strconv.Atoi(text)
			if err != nil {
				return d, err
			}
			*to = append(*to, axis)
		}
	}
	return d, nil
}

// sizes returns the sizes of the product: how many, rows, inner and columns.
func (d dot) sizes() (batch, rows, inner, columns int) {
	of := func(s shapes.Shape, axes []int) int {
		n := 1
		for _, a := range axes {
			n *= s.Dim(a)
		}
		return n
	}
	batch, inner = of(d.left, d.batch[0]), of(d.left, d.inner[0])
	return batch, d.left.Size() / (batch * inner), inner, d.right.Size() / (batch * inner)
}

// operations counts those of the product; a product of two complex numbers and its sum are eight.
func (d dot) operations() float64 {
	batch, rows, inner, columns := d.sizes()
	each := 2.0
	if d.left.DType.IsComplex() {
		each = 8
	}
	return each * product64(batch, rows, inner, columns)
}

// same tells whether two products are the same operation on arrays of the same shapes.
func (d dot) same(as dot) bool {
	return d.left.Equal(as.left) && d.right.Equal(as.right) && slices.Equal(d.inner[0], as.inner[0]) && slices.Equal(d.inner[1], as.inner[1]) &&
		slices.Equal(d.batch[0], as.batch[0]) && slices.Equal(d.batch[1], as.batch[1])
}
