package core_test

import (
	"fmt"
	"maps"
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

// Everything the reference computed on cores of each kind that differ in sizes, rotations, upsampling, padding, stride, dilation,
// activations and shared biases: filters, outputs, gradients, moving averages and penalties.
func TestCoreEqualsReference(t *testing.T) {
	for _, name := range golden.Matrix([]string{"core_hermite_a", "core_hermite_b", "core_hermite_c", "core_rotbilinear", "core_rotbilinear_b", "core_conv"}) {
		for _, evaluation := range golden.Matrix(core.Evaluations) {
			t.Run(name+"/"+evaluation, func(t *testing.T) {
				f := golden.Open(t, "../testdata/"+name+".npz")
				var reference golden.CoreConfig
				f.Config(&reference)
				input := f.Float32("input")
				config := reference.Core()
				config.SetEvaluation(evaluation)
				c, err := core.New(config, input.Shape[1], input.Shape[2], input.Shape[3])
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
				// Both modes in one program, which is compiled once; what they have in common is compared as training has it.
				got := golden.Run(t, pjrttest.Backend(t), values, []array.Array{input, f.Float32("probe_pattern")},
					func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
						named := outputs(config, c, w, in[0], in[1], false)
						maps.Copy(named, outputs(config, c, w, in[0], in[1], true))
						return named
					})
				for key, values := range got {
					if !f.Has(key) { // the reference has the unturned filters of Hermite cores alone
						continue
					}
					tolerance := golden.Value
					if strings.HasPrefix(key, "grad") {
						tolerance = golden.Gradient
					}
					golden.Compare(t, key, values, f.Float32(key).Data.([]float32), tolerance)
					compared[key] = true
				}
				for _, k := range f.Keys() {
					if !compared[k] {
						t.Errorf("reference array %s was not compared", k)
					}
				}
			})
		}
	}
}

// outputs names everything a core computes as the reference files do. Filters and penalties come with training, as they do not
// depend on the mode.
func outputs(config core.Config, c core.Core, w weights.Nodes, images, pattern *graph.Node, training bool) map[string]*graph.Node {
	mode := map[bool]string{true: "train", false: "eval"}[training]
	out := c.Apply(w, images, training)
	named := map[string]*graph.Node{"conv0_pre_bn": out.PreNorm[0]}
	for i := range out.Layers {
		named[fmt.Sprintf("out_%s.%d", mode, i)] = out.Layers[i]
	}
	for name, node := range out.Updates {
		named["after_update."+key(name)] = node
	}
	if training {
		addPenalties(named, config, c, w, out)
	}
	probe := graph.ReduceAllSum(graph.Mul(out.Maps, pattern))
	names, of := []string{"grad_probe_" + mode + ".input"}, []*graph.Node{images}
	for _, s := range c.Specs() {
		if s.Trainable {
			names, of = append(names, "grad_probe_"+mode+"."+key(s.Name)), append(of, w.Get(s.Name))
		}
	}
	for i, d := range graph.Gradient(probe, of...) {
		named[names[i]] = d
	}
	return named
}

// addPenalties adds filters, penalties and the penalties' gradients.
func addPenalties(named map[string]*graph.Node, config core.Config, c core.Core, w weights.Nodes, out core.Output) {
	filters := out.Filters
	smooth, sparse := c.Penalties(w, out)
	total := graph.ScalarZero(filters[0].Graph(), filters[0].DType())
	var smoothUnit, sparseUnit []*graph.Node
	for i, f := range filters {
		named[fmt.Sprintf("weights_all.%d", i)] = f
		named[fmt.Sprintf("weights.%d", i)] = graph.Slice(f, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, config.Features[i]))
		smoothUnit, sparseUnit = append(smoothUnit, objective.Smoothness(f)), append(sparseUnit, objective.GroupSparsity(f))
		total = graph.Add(total, graph.Add(smooth[i], sparse[i]))
	}
	named["reg.smooth_weighted"], named["reg.sparse_weighted"] = graph.Stack(smooth, 0), graph.Stack(sparse, 0)
	named["reg.smooth_unit"], named["reg.sparse_unit"] = graph.Stack(smoothUnit, 0), graph.Stack(sparseUnit, 0)
	named["reg.total"] = total
	var names []string
	var of []*graph.Node
	for _, s := range c.Specs() {
		if len(s.Shape) > 1 {
			names, of = append(names, "grad_reg."+key(s.Name)), append(of, w.Get(s.Name))
		}
	}
	for i, d := range graph.Gradient(total, of...) {
		named[names[i]] = d
	}
}

// key is a variable's name in the reference files.
func key(name string) string { return strings.ReplaceAll(name, "/", ".") }

// Turning the image by a quarter turn turns the maps and shifts their orientations by a quarter of the full turn: exactly for every
// filter of the Hermite basis or turned bilinearly, by the nearest pixel where no pixel lies half-way between two.
func TestQuarterTurnsAreExact(t *testing.T) {
	backend := pjrttest.Backend(t)
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.IntRange(6, 14).Draw(r, "image size")
		config := core.Config{Kind: rapid.SampledFrom([]string{core.Hermite, core.Rotated}).Draw(r, "kind"), Rotations: 4 * rapid.IntRange(1, 2).Draw(r, "rotations/4"),
			Upsampling: rapid.IntRange(1, 2).Draw(r, "upsampling"), Interpolation: rapid.SampledFrom(core.Interpolations).Draw(r, "interpolation"),
			FilterSizes: []int{rapid.IntRange(3, 5).Draw(r, "first filter"), 3}, Features: rapid.SliceOfN(rapid.IntRange(1, 3), 2, 2).Draw(r, "features"),
			Strides: []int{1, 1}, Padding: []string{rapid.SampledFrom(core.Paddings).Draw(r, "padding"), "same"},
			Activations: []string{"softplus", "none"}, SharedBiases: true, SmoothRel: []float64{1, 1}, SparseRel: []float64{1, 1}}
		if config.FilterSizes[0]%2 == 0 { // padding of even filters has a larger half, and 45 degrees put their pixels half-way
			config.Padding[0], config.Rotations = "valid", 4
		}
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
	hermite := core.Config{Kind: core.Hermite, Rotations: 8, Upsampling: 2, FilterSizes: []int{7, 5}, Features: []int{2, 2}, Strides: []int{1, 1},
		Padding: []string{"valid", "valid"}, Activations: []string{"softplus", "none"}, SmoothRel: []float64{1, 1}, SparseRel: []float64{0, 1}}
	rotated, cnn := hermite, hermite
	rotated.Kind, rotated.Upsampling = core.Rotated, 0 // means nearest neighbour
	cnn.Kind, cnn.Rotations = core.CNN, 1
	for _, good := range []core.Config{hermite, rotated, cnn} {
		if _, err := core.New(good, 11, 11, 1); err != nil {
			t.Errorf("%s: %v", good.Kind, err)
		}
	}
	for _, c := range []struct {
		want   string
		good   core.Config
		change func(c *core.Config)
	}{
		{`core.kind: "hermit", accepted: cnn, energy, hermite, misnamed, rotated`, hermite, func(c *core.Config) { c.Kind = "hermit" }},
		{"core.rotations: 0", hermite, func(c *core.Config) { c.Rotations = 0 }},
		{"core.rotations: 8, must be 1 where core.kind is cnn", cnn, func(c *core.Config) { c.Rotations = 8 }},
		{"core.shared_biases: true, must be false where core.kind is cnn", cnn, func(c *core.Config) { c.SharedBiases = true }},
		{"core.upsampling: 0", hermite, func(c *core.Config) { c.Upsampling = 0 }},
		{`core.interpolation: "cubic", accepted: nearest, bilinear`, rotated, func(c *core.Config) { c.Interpolation = "cubic" }},
		{"core.filter_sizes: 0 in layer 2", hermite, func(c *core.Config) { c.FilterSizes = []int{7, 0} }},
		{"core.filter_sizes: empty", hermite, func(c *core.Config) { c.FilterSizes = nil }},
		{"core.features: 1 values for the 2 layers", hermite, func(c *core.Config) { c.Features = []int{2} }},
		{"core.features: 0 in layer 2", hermite, func(c *core.Config) { c.Features = []int{2, 0} }},
		{"core.strides: 0 in layer 2", hermite, func(c *core.Config) { c.Strides = []int{1, 0} }},
		{"core.dilations: 1 values for the 2 layers", cnn, func(c *core.Config) { c.Dilations = []int{2} }},
		{"core.dilations: 0 in layer 1", cnn, func(c *core.Config) { c.Dilations = []int{0, 1} }},
		{"core.dilations: 2 in layer 2, must be 1 where core.kind is hermite", hermite, func(c *core.Config) { c.Dilations = []int{1, 2} }},
		{"core.dilations: 2 in layer 1, must be 1 where core.kind is rotated", rotated, func(c *core.Config) { c.Dilations = []int{2, 1} }},
		{"core.dilations: 2 in layer 1, must be 1 where core.strides is above 1 (here 3)", cnn, func(c *core.Config) { c.Dilations, c.Strides = []int{2, 1}, []int{3, 1} }},
		{`core.padding: "full" in layer 1`, hermite, func(c *core.Config) { c.Padding = []string{"full", "same"} }},
		{`core.activations: "maxout" in layer 2`, hermite, func(c *core.Config) { c.Activations = []string{"softplus", "maxout"} }},
		{`core.options: found "wavelength"; accepted: none, as the kind is cnn`, cnn, func(c *core.Config) { c.Options = map[string]float64{"wavelength": 6} }},
		{"core.smoothness: -1", hermite, func(c *core.Config) { c.Smoothness = -1 }},
		{"core.sparsity: -1", hermite, func(c *core.Config) { c.Sparsity = -1 }},
		{"core.smoothness_rel, core.sparsity_rel: negative in layer 2", hermite, func(c *core.Config) { c.SparseRel = []float64{0, -1} }},
		{"core.filter_sizes: 6 in layer 2 does not fit into its 5x5 input", hermite, func(c *core.Config) { c.FilterSizes = []int{7, 6} }},
	} {
		bad := c.good
		c.change(&bad)
		if _, err := core.New(bad, 11, 11, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}
