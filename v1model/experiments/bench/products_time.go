package bench

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model"
)

// Image is the name of the program that climbs images: the gradient of rates by images.
const Image = "image"

// evaluation is a way to compute a product.
type evaluation struct {
	as     string
	shapes [2]shapes.Shape
	build  func(a, b *graph.Node) []*graph.Node
}

// evaluations lists ways to compute a product: as the program has it, with the sides exchanged, with either factor stored the other way round, and in blocks of
// rows or columns. The results differ in layout, which the program around it would have to suit.
func (d dot) evaluations() []evaluation {
	list := []evaluation{
		{"as built", [2]shapes.Shape{d.left, d.right}, func(a, b *graph.Node) []*graph.Node {
			return []*graph.Node{graph.DotGeneral(a, d.inner[0], d.batch[0], b, d.inner[1], d.batch[1])}
		}},
		{"exchanged", [2]shapes.Shape{d.left, d.right}, func(a, b *graph.Node) []*graph.Node {
			return []*graph.Node{graph.DotGeneral(b, d.inner[1], d.batch[1], a, d.inner[0], d.batch[0])}
		}},
	}
	batch, rows, inner, columns := d.sizes()
	matrix := func(turned bool, height, width int) shapes.Shape {
		if turned {
			height, width = width, height
		}
		return shapes.Make(d.left.DType, batch, height, width)
	}
	axis := func(turned bool, usual int) []int { // of the inner axis
		if turned {
			usual = 3 - usual
		}
		return []int{usual}
	}
	for _, t := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
		shape := [2]shapes.Shape{matrix(t[0], rows, inner), matrix(t[1], inner, columns)}
		left, right := axis(t[0], 2), axis(t[1], 1)
		name := turnedName[t]
		list = append(list, evaluation{name, shape, func(a, b *graph.Node) []*graph.Node {
			return []*graph.Node{graph.DotGeneral(a, left, []int{0}, b, right, []int{0})}
		}}, evaluation{name + ", exchanged", shape, func(a, b *graph.Node) []*graph.Node {
			return []*graph.Node{graph.DotGeneral(b, right, []int{0}, a, left, []int{0})}
		}})
	}
	plain := [2]shapes.Shape{matrix(false, rows, inner), matrix(false, inner, columns)}
	for _, n := range []int{2, 4, 8} {
		if rows >= 64*n {
			list = append(list, evaluation{fmt.Sprintf("%d blocks of rows", n), plain, func(a, b *graph.Node) (parts []*graph.Node) {
				for i := range n {
					part := graph.Slice(a, graph.AxisRange(), graph.AxisRange(i*rows/n, (i+1)*rows/n))
					parts = append(parts, graph.DotGeneral(part, []int{2}, []int{0}, b, []int{1}, []int{0}))
				}
				return parts
			}})
		}
		if columns >= 64*n {
			list = append(list, evaluation{fmt.Sprintf("%d blocks of columns", n), plain, func(a, b *graph.Node) (parts []*graph.Node) {
				for i := range n {
					part := graph.Slice(b, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(i*columns/n, (i+1)*columns/n))
					parts = append(parts, graph.DotGeneral(a, []int{2}, []int{0}, part, []int{1}, []int{0}))
				}
				return parts
			}})
		}
	}
	return list
}

// turnedName says how the two factors are stored.
var turnedName = map[[2]bool]string{
	{false, false}: "rows x inner, inner x columns", {false, true}: "rows x inner, columns x inner",
	{true, false}: "inner x rows, inner x columns", {true, true}: "inner x rows, columns x inner",
}

// products measures every evaluation of the products of the loaded model's programs: of each program those with the most arithmetic, or all if largest is 0.
func (s *server) products(ctx context.Context, largest int) (all []Product, err error) {
	programs, err := programsOf(s.backend, s.model)
	if err != nil {
		return nil, err
	}
	var known []dot
	var speeds [][]Speed
	for _, name := range []string{Step, Predict, Image} {
		for _, c := range countDots(programs[name], largest) {
			k := slices.IndexFunc(known, c.dot.same)
			if k < 0 {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				measured, err := s.speeds(c.dot)
				if err != nil {
					return nil, err
				}
				known, speeds, k = append(known, c.dot), append(speeds, measured), len(speeds)
			}
			p := Product{Program: name, Times: c.times, GFLOP: c.operations() / 1e9, Share: c.share, Speed: speeds[k], Built: speeds[k][0].GFLOPS}
			p.Batch, p.Rows, p.Inner, p.Columns = c.dot.sizes()
			for _, e := range p.Speed {
				if e.GFLOPS > p.Best {
					p.Best, p.As = e.GFLOPS, e.As
				}
			}
			all = append(all, p)
		}
	}
	return all, nil
}

// counted is a product that a program has one or several times.
type counted struct {
	dot   dot
	times int
	share float64 // of the operations of the program's products
}

// operations counts those of all times.
func (c counted) operations() float64 { return float64(c.times) * c.dot.operations() }

// countDots lists different products by their operations, the most first: so many, or all if largest is 0.
func countDots(dots []dot, largest int) (list []counted) {
	total := 0.0
	for _, d := range dots {
		total += d.operations()
		i := slices.IndexFunc(list, func(c counted) bool { return c.dot.same(d) })
		if i < 0 {
			i, list = len(list), append(list, counted{dot: d})
		}
		list[i].times++
	}
	for i := range list {
		list[i].share = list[i].operations() / total
	}
	slices.SortStableFunc(list, func(a, b counted) int { return cmp.Compare(b.operations(), a.operations()) })
	if largest > 0 && largest < len(list) {
		list = list[:largest]
	}
	return list
}

// speeds measures the evaluations of a product, each in turn in several rounds.
func (s *server) speeds(d dot) ([]Speed, error) {
	list := d.evaluations()
	times := make([][]float64, len(list))
	timers := make([]func() (float64, error), len(list))
	for i, e := range list {
		time, done, err := s.timer(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.as, err)
		}
		defer done()
		timers[i] = time
	}
	for range productRounds {
		for i, seconds := range timers {
			took, err := seconds()
			if err != nil {
				return nil, err
			}
			times[i] = append(times[i], took)
		}
	}
	speeds := make([]Speed, len(list))
	for i, e := range list {
		speeds[i] = Speed{e.as, d.operations() / 1e9 / SpreadOf(times[i]).Median}
	}
	return speeds, nil
}

const (
	productRounds  = 5
	productSeconds = 0.02 // that a timing takes at least
)

// timer compiles an evaluation and returns what measures the seconds of one, and what frees the memory.
func (s *server) timer(e evaluation) (seconds func() (float64, error), done func(), err error) {
	exec, err := graph.NewExec(s.backend, func(a, b *graph.Node) []*graph.Node {
		parts := e.build(a, b)
		return append(parts, element(parts[len(parts)-1]))
	})
	if err != nil {
		return nil, nil, err
	}
	var factors []any
	for _, shape := range e.shapes {
		t := tensors.FromShape(shape)
		if err := t.ToDevice(s.backend, 0); err != nil {
			return nil, nil, err
		}
		factors = append(factors, t)
	}
	done = func() {
		exec.Finalize()
		for _, f := range factors {
			f.(*tensors.Tensor).MustFinalizeAll()
		}
	}
	run := func(times int) (float64, error) {
		begin := time.Now()
		for range times {
			results, err := exec.Call(factors...)
			if err != nil {
				return 0, err
			}
			tensors.ToScalar[float32](results[len(results)-1]) // waits
			for _, r := range results {
				r.MustFinalizeAll()
			}
		}
		return time.Since(begin).Seconds() / float64(times), nil
	}
	if _, err := run(1); err != nil { // compiles
		done()
		return nil, nil, err
	}
	once, err := run(2)
	if err != nil {
		done()
		return nil, nil, err
	}
	times := max(1, int(productSeconds/once))
	return func() (float64, error) { return run(times) }, done, nil
}

// element is one number of a result. The result is computed as a whole, since it is an output too.
func element(x *graph.Node) *graph.Node {
	if x.DType().IsComplex() {
		x = graph.Real(x)
	}
	first := make([]graph.SliceAxisSpec, x.Rank())
	for i := range first {
		first[i] = graph.AxisElem(0)
	}
	return graph.Reshape(graph.Slice(x, first...))
}

// timeProducts measures the products of every case.
func (b *bench) timeProducts(ctx context.Context) error {
	for _, c := range b.Cases {
		err := b.folder(c, func(dir string, _ *v1model.Model) error {
			b.progressf("%s: %d neurons, batch %d: matrix products", c.Name, c.Neurons, c.Batch)
			crew, err := startWorkers(ctx, b.Systems[:1], dir, dir)
			if err != nil {
				return err
			}
			defer crew.stop()
			a, err := crew[0].do(job{Do: doProducts, N: b.Products})
			b.report.Products = append(b.report.Products, Products{c, a.Products})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
