package core_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/objective"
	"v1lab/v1model/weights"

	"v1lab/datasets/array"
)

func twoLayers(change ...func(*core.Config)) core.Config {
	c := core.Config{Kind: core.Stacked, Rotations: 1, FilterSizes: []int{3, 5}, Features: []int{4, 3}, Strides: []int{1, 1}, Padding: []string{"valid", "same"},
		Activations: []string{"elu", "elu"}, Convolutions: []string{core.Plain, core.Separable}, SmoothRel: []float64{1, 0}, SparseRel: []float64{0, 0}, Smoothness: 2}
	for _, f := range change {
		f(&c)
	}
	return c
}

// A separable convolution is the plain one with the filters that Filters says, and its penalty is by hand what the formula says.
func TestSeparableIsItsComposite(t *testing.T) {
	for _, as := range []struct {
		stride     int
		evaluation string
	}{{1, core.Direct}, {2, core.Direct}, {1, core.Spectral}, {2, core.Spectral}} {
		config := twoLayers(func(c *core.Config) {
			c.Strides[1], c.Activations, c.Norms = as.stride, []string{"none", "none"}, []string{core.NoNorm, core.NoNorm}
			c.Evaluation = []string{core.Direct, as.evaluation}
		})
		separable, err := core.New(config, 11, 12, 1)
		if err != nil {
			t.Fatal(err)
		}
		values := weights.Init(separable.Specs(), 3)
		images := array.New(weightsNormal(2*11*12), 2, 11, 12, 1)
		got := golden.Run(t, pjrttest.Backend(t), values, []array.Array{images}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			out := separable.Apply(w, in[0], false)
			smooth, _ := separable.Penalties(w, out)
			plain := config
			plain.Convolutions, plain.Evaluation = nil, nil
			c, err := core.New(plain, 11, 12, 1)
			if err != nil {
				t.Fatal(err)
			}
			again := c.Apply(weights.Nodes{"core/conv0/weights": w.Get("core/conv0/weights"), "core/conv1/weights": out.Filters[1]}, in[0], false)
			return map[string]*graph.Node{"maps": out.Maps, "plain": again.Maps, "smooth": smooth[0], "filters": out.Filters[0]}
		})
		golden.Compare(t, "maps", got["maps"], got["plain"], golden.Value)
		var rough, energy float64
		f := got["filters"] // [3, 3, 1, 4]
		for map0 := range 4 {
			at := func(y, x int) float64 {
				if y < 0 || x < 0 || y > 2 || x > 2 {
					return 0
				}
				return float64(f[(y*3+x)*4+map0])
			}
			for y := range 3 {
				for x := range 3 {
					laplacian := 4*at(y, x) - at(y-1, x) - at(y+1, x) - at(y, x-1) - at(y, x+1)
					rough, energy = rough+laplacian*laplacian, energy+at(y, x)*at(y, x)
				}
			}
		}
		if want := 2 * rough / energy; math.Abs(float64(got["smooth"][0])-want) > 1e-4*want {
			t.Errorf("penalty %g, want %g", got["smooth"][0], want)
		}
	}
}

func weightsNormal(n int) []float32 {
	values := make([]float32, n)
	for i, v := range normal(5, "images", n) {
		values[i] = float32(v)
	}
	return values
}

// The mean norm of filters is by hand what the formula says; slices of zeros count as 0.
func TestMeanNorm(t *testing.T) {
	got := golden.Run(t, pjrttest.Backend(t), nil, []array.Array{array.New([]float32{3, 0, 0, 0, 4, 0, 0, 1}, 2, 1, 2, 2)}, func(_ weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		return map[string]*graph.Node{"norm": objective.MeanNorm(in[0])}
	})
	if math.Abs(float64(got["norm"][0])-6.0/4) > 1e-6 {
		t.Errorf("%v", got["norm"])
	}
}

// Variables follow from the config: what normalisation learns, biases, and how a separable convolution is divided.
func TestStackedVariables(t *testing.T) {
	c, err := core.New(twoLayers(func(c *core.Config) { c.Norms, c.ConvBiases = []string{core.Scale, core.NoNorm}, []bool{false, true} }), 9, 9, 2)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range c.Specs() {
		names = append(names, s.Name+array.FormatShape(s.Shape))
	}
	want := []string{"core/conv0/weights[3, 3, 2, 4]", "core/conv0/BatchNorm/gamma[4]", "core/conv0/BatchNorm/moving_mean[4]", "core/conv0/BatchNorm/moving_variance[4]",
		"core/conv1/weights[5, 5, 3]", "core/conv1/weights_in[4, 3]", "core/conv1/weights_out[3, 3]", "core/conv1/biases_in[3]", "core/conv1/biases[3]", "core/conv1/biases_out[3]"}
	if !slices.Equal(names, want) {
		t.Errorf("variables %v, want %v", names, want)
	}
	// 7x7 maps see 3x3 and then 5x5 pixels.
	if h, w, n := c.OutputShape(); h != 7 || w != 7 || n != 3 {
		t.Errorf("maps %dx%dx%d", h, w, n)
	}
	if g := c.(core.Local).Geometry(); g.Field != 7 || g.Low != [2]int{2, 2} {
		t.Errorf("%+v", g)
	}
}

func TestStackedConfigErrors(t *testing.T) {
	for want, change := range map[string]func(*core.Config){
		`core.convolutions: "grouped" in layer 2, accepted: plain, separable`: func(c *core.Config) { c.Convolutions[1] = "grouped" },
		`core.norms: "layer" in layer 1, accepted: affine, scale`:             func(c *core.Config) { c.Norms = []string{"layer", "none"} },
		"core.norms: 1 values for the 2 layers":                               func(c *core.Config) { c.Norms = []string{"none"} },
		"core.conv_biases: 3 values for the 2 layers":                         func(c *core.Config) { c.ConvBiases = make([]bool, 3) },
		`core.evaluation: "unfolded" in layer 1, which is separable`: func(c *core.Config) {
			c.Convolutions, c.SmoothRel = []string{core.Separable, core.Plain}, []float64{0, 0}
			c.Evaluation = []string{core.Unfolded, core.Direct}
		},
		"core.sparsity_rel: 1 in layer 2, which is separable":                                func(c *core.Config) { c.Sparsity, c.SparseRel = 1, []float64{0, 1} },
		"core.rotations: 8, must be 1 where core.kind is stacked":                            func(c *core.Config) { c.Rotations = 8 },
		"core.options: momentum 0, must be above 0":                                          func(c *core.Config) { c.Options = map[string]float64{"momentum": 0} },
		"core.convolutions: [plain separable], the kind is cnn, accepted with stacked alone": func(c *core.Config) { c.Kind = core.CNN },
		"core.conv_biases: [true true], the kind is cnn":                                     func(c *core.Config) { c.Kind, c.Convolutions, c.ConvBiases = core.CNN, nil, []bool{true, true} },
	} {
		if err := twoLayers(change).Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if err := twoLayers().Reusable(twoLayers(func(c *core.Config) { c.Norms = []string{"affine", "affine"} })); err != nil {
		t.Errorf("the default written out is another core: %v", err)
	}
	if err := twoLayers().Reusable(twoLayers(func(c *core.Config) { c.Convolutions = nil })); err == nil || !strings.Contains(err.Error(), "core.convolutions") {
		t.Errorf("error %v", err)
	}
}
