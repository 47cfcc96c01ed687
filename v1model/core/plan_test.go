package core_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/weights"
)

// oneLayer is a plain layer whose every cost counts: its input is the batch of feature maps of a layer before.
func oneLayer(size, features int, padding string) core.Config {
	return plain(padding, []int{size}, []int{features})
}

// plain is a CNN without activations.
func plain(padding string, sizes, features []int) core.Config {
	n := len(sizes)
	return core.Config{Kind: core.CNN, Rotations: 1, FilterSizes: sizes, Features: features, Strides: slices.Repeat([]int{1}, n), Padding: slices.Repeat([]string{padding}, n),
		Activations: slices.Repeat([]string{"none"}, n), SmoothRel: make([]float64, n), SparseRel: make([]float64, n)}
}

// Filters of one pixel and short batches with many channels stay direct: there the filters' transforms cost more than they save. The
// paper's layers of 5x5 on 128 channels do not.
func TestPlan(t *testing.T) {
	for _, c := range []struct {
		size, channels, batch int
		want                  string
	}{{1, 128, 128, core.Direct}, {3, 128, 1, core.Direct}, {5, 128, 32, core.Spectral}, {5, 128, 256, core.Spectral}, {5, 48, 64, core.Spectral}} {
		plan, err := core.Plan(plain("same", []int{1, c.size}, []int{c.channels, c.channels}), 36, 64, 1, c.batch)
		if err != nil {
			t.Fatal(err)
		}
		if plan[1] != c.want {
			t.Errorf("%dx%d, %d channels, batch of %d: %v, want %s", c.size, c.size, c.channels, c.batch, plan, c.want)
		}
	}
	// The first layer of a model for small images is unfolded; no other is, whatever its size.
	plan, err := core.Plan(plain("valid", []int{7, 5, 5}, []int{48, 48, 64}), 24, 24, 1, 128)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{core.Unfolded, core.Spectral, core.Spectral}; !slices.Equal(plan, want) {
		t.Errorf("layers of the quickstart's size: %v, want %v", plan, want)
	}
	if _, err := core.Plan(oneLayer(25, 8, "valid"), 24, 24, 1, 8); err == nil {
		t.Error("no error for filters larger than the image")
	}
}

// Where images change and filters stay, no layer is direct: not one of many channels and a short batch either, whose filters' transforms are then there already.
func TestPlanImages(t *testing.T) {
	for _, c := range []struct{ first, height, width int }{{7, 24, 24}, {13, 36, 64}} {
		plan, err := core.PlanImages(plain("same", []int{c.first, 3, 5}, []int{128, 128, 128}), c.height, c.width, 1, 4)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{core.Unfolded, core.Spectral, core.Spectral}; !slices.Equal(plan, want) {
			t.Errorf("first layer of %dx%d on %dx%d pixels: %v, want %v", c.first, c.first, c.height, c.width, plan, want)
		}
	}
	if _, err := core.PlanImages(oneLayer(25, 8, "valid"), 24, 24, 1, 8); err == nil {
		t.Error("no error for filters larger than the image")
	}
}

// Separable layers are computed in the frequency domain, but for the smallest filters where only images change.
func TestPlanSeparable(t *testing.T) {
	config := plain("same", []int{9, 7, 3, 1}, []int{64, 64, 64, 64})
	config.Kind, config.Convolutions = core.Stacked, []string{core.Plain, core.Separable, core.Separable, core.Separable}
	for _, c := range []struct {
		name string
		plan func(config core.Config, height, width, channels, batch int) ([]string, error)
		want []string
	}{
		{"training", core.Plan, []string{core.Unfolded, core.Spectral, core.Spectral, core.Direct}},
		{"images", core.PlanImages, []string{core.Unfolded, core.Spectral, core.Direct, core.Direct}},
	} {
		plan, err := c.plan(config, 28, 56, 1, 128)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(plan, c.want) {
			t.Errorf("%s: %v, want %v", c.name, plan, c.want)
		}
	}
}

// BenchmarkEvaluation measures value and gradients of one layer in each evaluation, which Plan's costs were fitted to.
func BenchmarkEvaluation(b *testing.B) {
	for _, size := range []struct {
		height, width, filter, in, out, batch int
		convolution                           string
	}{
		{36, 64, 5, 128, 128, 32, core.Plain}, {36, 64, 13, 1, 128, 32, core.Plain}, {18, 18, 5, 48, 48, 128, core.Plain}, {24, 24, 7, 1, 48, 128, core.Plain},
		{28, 56, 3, 64, 64, 128, core.Separable}, {28, 56, 7, 64, 64, 128, core.Separable},
	} {
		for _, evaluation := range core.Evaluations {
			if size.convolution == core.Separable && evaluation == core.Unfolded {
				continue
			}
			b.Run(fmt.Sprintf("%dx%d/%s=%d/channels=%d-%d/batch=%d/%s", size.height, size.width, size.convolution, size.filter, size.in, size.out, size.batch, evaluation), func(b *testing.B) {
				config := oneLayer(size.filter, size.out, "same")
				config.Kind, config.Convolutions, config.Evaluation = core.Stacked, []string{size.convolution}, []string{evaluation}
				c, err := core.New(config, size.height, size.width, size.in)
				if err != nil {
					b.Fatal(err)
				}
				specs := c.Specs()
				values := weights.Init(specs, 1)
				exec, err := graph.NewExec(pjrttest.Backend(b), func(nodes []*graph.Node) []*graph.Node {
					w, images := weights.FromList(specs, nodes), nodes[len(specs)]
					value := graph.ReduceAllSum(graph.Square(c.Apply(w, images, false).Places))
					gradients := graph.Gradient(value, w.Get(specs[0].Name), images)
					return []*graph.Node{value, gradients[0], graph.ReduceAllSum(gradients[1])}
				})
				if err != nil {
					b.Fatal(err)
				}
				defer exec.Finalize()
				var args []any
				for _, s := range specs {
					args = append(args, golden.Tensor(values[s.Name]))
				}
				images := weights.Init([]weights.Spec{{Name: "images", Shape: []int{size.batch, size.height, size.width, size.in}, Init: weights.TruncatedNormal(1)}}, 1)
				args = append(args, golden.Tensor(images["images"]))
				run := func() {
					results, err := exec.Call(args...)
					if err != nil {
						b.Fatal(err)
					}
					for _, r := range results {
						r.MustFinalizeAll()
					}
				}
				run()
				b.ResetTimer()
				for range b.N {
					run()
				}
			})
		}
	}
}
