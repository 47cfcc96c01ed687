package core_test

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/weights"
)

// small is a core of two layers of one kind.
func small(kind string, shared bool) core.Config {
	c := core.Config{Kind: kind, Rotations: 4, Upsampling: 1, FilterSizes: []int{3, 3}, Features: []int{2, 5}, Strides: []int{1, 1}, Padding: []string{"same", "valid"},
		Activations: []string{"softplus", "none"}, SmoothRel: []float64{1, 1}, SparseRel: []float64{1, 1}, SharedBiases: shared}
	if kind == core.CNN || kind == core.Stacked {
		c.Rotations = 1
	}
	if kind == core.Stacked {
		c.ConvBiases = []bool{false, true}
	}
	return c
}

// A core without some of its features computes the maps of the others, in every orientation, whatever the kind.
func TestKeptFeaturesStay(t *testing.T) {
	const height, width, batch = 7, 6, 2
	keep := []int{3, 0, 4}
	for name, config := range map[string]core.Config{
		"hermite": small(core.Hermite, false), "shared": small(core.Hermite, true), "rotated": small(core.Rotated, false), "cnn": small(core.CNN, false), "stacked": small(core.Stacked, false),
	} {
		t.Run(name, func(t *testing.T) {
			whole, err := core.New(config, height, width, 1)
			if err != nil {
				t.Fatal(err)
			}
			values, rng := weights.Init(whole.Specs(), 1), weights.Stream(1, "values")
			for _, s := range whole.Specs() {
				for i := range values.Float32(s.Name) {
					values.Float32(s.Name)[i] += float32(rng.Float64()) // every value another
				}
			}
			fewer, kept, err := whole.(core.Prunable).Keep(keep, values)
			if err != nil {
				t.Fatal(err)
			}
			part, err := core.New(fewer, height, width, 1)
			if err != nil {
				t.Fatal(err)
			}
			if err := kept.Check(part.Specs()); err != nil {
				t.Fatal(err)
			}
			images := make([]float32, batch*height*width)
			for i := range images {
				images[i] = float32(rng.NormFloat64())
			}
			maps := func(c core.Core, values weights.Values) []float32 {
				return golden.Run(t, pjrttest.Backend(t), values, []array.Array{array.New(images, batch, height, width, 1)}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
					return map[string]*graph.Node{"maps": c.Apply(w, in[0], false).Maps}
				})["maps"]
			}
			all, some := maps(whole, values), maps(part, kept)
			channels := core.Channels(keep, 5, config.Rotations)
			var want []float32
			for i := 0; i < len(all); i += 5 * config.Rotations {
				for _, c := range channels {
					want = append(want, all[i+c])
				}
			}
			if len(some) != batch*5*4*len(channels) {
				t.Fatalf("%d values, want maps of 5 x 4 and %d channels", len(some), len(channels))
			}
			golden.Compare(t, "maps", some, want, 1e-6)
		})
	}
}

func TestFeaturesThatCannotBeKeptAreNamed(t *testing.T) {
	separable := small(core.Stacked, false)
	separable.Convolutions = []string{core.Plain, core.Separable}
	for want, c := range map[string]struct {
		config core.Config
		keep   []int
	}{
		"core.convolutions: found separable in the last layer":    {separable, []int{0}},
		"core: no features to keep; accepted: at least 1 of 5":    {small(core.CNN, false), []int{}},
		"core: feature 5 to keep; accepted: each once, of 0 to 4": {small(core.CNN, false), []int{1, 5}},
		"core: feature 1 to keep; accepted: each once, of 0 to 4": {small(core.CNN, false), []int{1, 1}},
	} {
		whole, err := core.New(c.config, 7, 6, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := whole.(core.Prunable).Keep(c.keep, weights.Init(whole.Specs(), 1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
