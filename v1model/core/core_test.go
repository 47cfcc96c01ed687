package core_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"pgregory.net/rapid"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/objective"
	"v1lab/v1model/weights"
)

// Everything the reference computed on three cores that differ in sizes, rotations, upsampling, padding, stride, activations and
// shared biases: filters, outputs, gradients, moving averages and penalties.
func TestHermiteCoreEqualsReference(t *testing.T) {
	for _, name := range []string{"core_hermite_a", "core_hermite_b", "core_hermite_c"} {
		t.Run(name, func(t *testing.T) {
			f := golden.Open(t, "../testdata/"+name+".npz")
			var reference golden.CoreConfig
			f.Config(&reference)
			input := f.Float32("input")
			c, err := core.New(reference.Core(), input.Shape[1], input.Shape[2], input.Shape[3])
			if err != nil {
				t.Fatal(err)
			}
			values := f.Weights("var.")
			if err := values.Check(c.Specs()); err != nil {
				t.Fatal(err)
			}
			compared := map[string]bool{"config": true, "input": true, "probe_pattern": true}
			for _, k := range f.Keys() {
				if strings.HasPrefix(k, "var.") {
					compared[k] = true
				}
			}
			for _, training := range []bool{true, false} {
				got := golden.Run(t, pjrttest.Backend(t), values, []array.Array{input, f.Float32("probe_pattern")},
					func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
						return outputs(c, w, in[0], in[1], training)
					})
				for key, values := range got {
					tolerance := golden.Value
					if strings.HasPrefix(key, "grad") {
						tolerance = golden.Gradient
					}
					if strings.HasPrefix(key, "reg.") || strings.HasPrefix(key, "weights") {
						if !training {
							continue
						}
					}
					golden.Compare(t, key, values, f.Float32(key).Data.([]float32), tolerance)
					compared[key] = true
				}
			}
			for _, k := range f.Keys() {
				if !compared[k] {
					t.Errorf("reference array %s was not compared", k)
				}
			}
		})
	}
}

// outputs names everything a core computes as the reference files do.
func outputs(c *core.Core, w weights.Nodes, images, pattern *graph.Node, training bool) map[string]*graph.Node {
	mode := map[bool]string{true: "train", false: "eval"}[training]
	key := func(name string) string { return strings.ReplaceAll(name, "/", ".") }
	out := c.Apply(w, images, training)
	named := map[string]*graph.Node{"conv0_pre_bn": out.PreNorm[0]}
	smooth, sparse := c.Penalties(out.Filters)
	total := graph.ScalarZero(images.Graph(), images.DType())
	var smoothUnit, sparseUnit []*graph.Node
	for i, filters := range out.Filters {
		named[fmt.Sprintf("out_%s.%d", mode, i)] = out.Layers[i]
		named[fmt.Sprintf("weights_all.%d", i)] = filters
		named[fmt.Sprintf("weights.%d", i)] = graph.Slice(filters, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, c.Config.Features[i]))
		smoothUnit = append(smoothUnit, objective.Smoothness(filters))
		sparseUnit = append(sparseUnit, objective.GroupSparsity(filters))
		total = graph.Add(total, graph.Add(smooth[i], sparse[i]))
	}
	named["reg.smooth_weighted"], named["reg.sparse_weighted"] = graph.Stack(smooth, 0), graph.Stack(sparse, 0)
	named["reg.smooth_unit"], named["reg.sparse_unit"] = graph.Stack(smoothUnit, 0), graph.Stack(sparseUnit, 0)
	named["reg.total"] = total
	for name, node := range out.Updates {
		named["after_update."+key(name)] = node
	}
	probe := graph.ReduceAllSum(graph.Mul(out.Maps, pattern))
	names, reg := []string{"grad_probe_" + mode + ".input"}, []string{}
	of, ofReg := []*graph.Node{images}, []*graph.Node{}
	for _, s := range c.Specs() {
		if s.Trainable {
			names, of = append(names, "grad_probe_"+mode+"."+key(s.Name)), append(of, w.Get(s.Name))
		}
		if strings.HasSuffix(s.Name, "/coeffs") {
			reg, ofReg = append(reg, "grad_reg."+key(s.Name)), append(ofReg, w.Get(s.Name))
		}
	}
	for i, d := range graph.Gradient(probe, of...) {
		named[names[i]] = d
	}
	for i, d := range graph.Gradient(total, ofReg...) {
		named[reg[i]] = d
	}
	return named
}

// Turning the image by a quarter turn turns the maps and shifts their orientations by a quarter of the full turn.
func TestQuarterTurnsAreExact(t *testing.T) {
	backend := pjrttest.Backend(t)
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.IntRange(6, 14).Draw(r, "image size")
		config := core.Config{Kind: core.Hermite, Rotations: 4 * rapid.IntRange(1, 2).Draw(r, "rotations/4"), Upsampling: rapid.IntRange(1, 2).Draw(r, "upsampling"),
			FilterSizes: []int{rapid.SampledFrom([]int{3, 5}).Draw(r, "first filter"), 3}, Features: rapid.SliceOfN(rapid.IntRange(1, 3), 2, 2).Draw(r, "features"),
			Strides: []int{1, 1}, Padding: []string{rapid.SampledFrom(core.Paddings).Draw(r, "padding"), "same"},
			Activations: []string{"softplus", "none"}, SharedBiases: true, SmoothRel: []float64{1, 1}, SparseRel: []float64{1, 1}}
		c, err := core.New(config, size, size, 1)
		if err != nil {
			r.Fatal(err)
		}
		values := weights.Init(c.Specs(), rapid.Uint64().Draw(r, "seed"))
		training := rapid.Bool().Draw(r, "training")
		image := make([]float32, size*size)
		weights.TruncatedNormal(1)(weights.Stream(1, "image"), image)
		worst := golden.Run(t, backend, values, []array.Array{array.New(image, 1, size, size, 1)}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			maps, turned := c.Apply(w, in[0], training).Maps, c.Apply(w, quarterTurn(in[0]), training).Maps
			h, wd, channels := c.OutputShape()
			quarter := channels / 4
			maps = quarterTurn(maps)
			shifted := graph.Concatenate([]*graph.Node{
				graph.Slice(maps, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(channels-quarter)),
				graph.Slice(maps, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, channels-quarter))}, 3)
			if h != wd {
				r.Fatalf("square image, maps %dx%d", h, wd)
			}
			return map[string]*graph.Node{
				"error": graph.ReduceAllMax(graph.Abs(graph.Sub(turned, shifted))), "scale": graph.ReduceAllMax(graph.Abs(maps))}
		})
		if e := worst["error"][0] / worst["scale"][0]; !(e < 1e-5) {
			r.Fatalf("relative error %g", e)
		}
	})
}

// quarterTurn turns images [batch, size, size, channels] counter-clockwise as displayed: (y, x) comes from (x, size-1-y).
func quarterTurn(x *graph.Node) *graph.Node {
	return graph.Reverse(graph.TransposeAllAxes(x, 0, 2, 1, 3), 1)
}

func TestNewNamesTheField(t *testing.T) {
	good := core.Config{Kind: core.Hermite, Rotations: 8, Upsampling: 2, FilterSizes: []int{7, 5}, Features: []int{2, 2}, Strides: []int{1, 1},
		Padding: []string{"valid", "valid"}, Activations: []string{"softplus", "none"}, SmoothRel: []float64{1, 1}, SparseRel: []float64{0, 1}}
	if _, err := core.New(good, 11, 11, 1); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(c *core.Config){
		"core.kind":         func(c *core.Config) { c.Kind = "hermit" },
		"core.rotations":    func(c *core.Config) { c.Rotations = 0 },
		"core.upsampling":   func(c *core.Config) { c.Upsampling = 0 },
		"core.filter_sizes": func(c *core.Config) { c.FilterSizes = []int{7, 0} },
		"core.features: 1 values for the 2 layers": func(c *core.Config) { c.Features = []int{2} },
		"core.features: 0":                         func(c *core.Config) { c.Features = []int{2, 0} },
		"core.strides":                             func(c *core.Config) { c.Strides = []int{1, 0} },
		"core.padding":                             func(c *core.Config) { c.Padding = []string{"full", "same"} },
		"core.activations":                         func(c *core.Config) { c.Activations = []string{"softplus", "maxout"} },
		"core.smoothness":                          func(c *core.Config) { c.Smoothness = -1 },
		"core.sparsity":                            func(c *core.Config) { c.Sparsity = -1 },
		"does not fit into its 5x5 input":          func(c *core.Config) { c.FilterSizes = []int{7, 6} },
	} {
		bad := good
		change(&bad)
		if _, err := core.New(bad, 11, 11, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
