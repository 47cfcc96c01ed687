package readout_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/golden"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// reference is a readout's configuration in the reference's terms.
type reference struct {
	Kind    string `json:"readout"`
	Options struct {
		Sparsity        float64 `json:"readout_sparsity"`
		MaskSparsity    float64 `json:"mask_sparsity"`
		FeatureSparsity float64 `json:"feature_sparsity"`
		FeatureL2       float64 `json:"feature_l2"`
		Every           int     `json:"k_transfer"`
	} `json:"kwargs"`
	Variants map[string]struct {
		Positive bool `json:"positive_feature_weights"`
	} `json:"variants"`
}

func (r reference) config(variant string) readout.Config {
	o := r.Options
	return readout.Config{Kind: r.Kind, Sparsity: o.Sparsity, MaskSparsity: o.MaskSparsity, FeatureSparsity: o.FeatureSparsity, FeatureL2: o.FeatureL2,
		TransferEvery: o.Every, PositiveFeatures: r.Variants[variant].Positive}
}

// Everything the reference computed on a readout with free and with positive feature weights: rates, drive, loss, penalty and its
// terms, gradients, and start values of biases and of masks from spike-triggered averages.
func TestEqualsReference(t *testing.T) {
	for _, name := range []string{readout.JointL1, readout.SeparateL1, readout.Dense, readout.DenseSeparate, readout.Transfer} {
		t.Run(name, func(t *testing.T) {
			f := golden.Open(t, "../testdata/readout_"+name+".npz")
			var reference reference
			f.Config(&reference)
			if reference.Kind != name || len(reference.Variants) != 2 {
				t.Fatalf("kind %s, variants %v, want %s with any and pos", reference.Kind, reference.Variants, name)
			}
			c := comparison{t, f, map[string]bool{"config": true}}
			for variant := range reference.Variants {
				c.answers(variant, reference.config(variant))
			}
			c.start(reference.config("any"))
			for _, k := range f.Keys() {
				if !c.compared[k] {
					t.Errorf("reference array %s was not compared", k)
				}
			}
		})
	}
}

// comparison remembers what was compared, or used to compute.
type comparison struct {
	t        *testing.T
	file     golden.File
	compared map[string]bool
}

func (c comparison) use(key string) array.Array {
	c.compared[key] = true
	return c.file.Float32(key)
}

func (c comparison) equal(key string, got []float32, tolerance float64) {
	c.t.Helper()
	golden.Compare(c.t, key, got, c.use(key).Data.([]float32), tolerance)
}

// answers compares what a variant computes on a batch.
func (c comparison) answers(variant string, config readout.Config) {
	c.t.Helper()
	input, responses := c.use("input"), c.use("responses")
	r := sized(c.t, config, input.Shape[1], input.Shape[2], input.Shape[3], responses.Shape[1])
	values := weights.Values{}
	for name := range c.file.Weights("var.") {
		values["readout/"+name] = c.use("var." + name)
	}
	if err := values.Check(withBiases(r, responses.Shape[1])); err != nil {
		c.t.Fatal(err)
	}
	got := golden.Run(c.t, pjrttest.Backend(c.t), values, []array.Array{input, responses}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		return outputs(r, w, in[0], in[1])
	})
	for name, values := range got {
		tolerance := golden.Value
		if strings.HasPrefix(name, "grad") {
			tolerance = golden.Gradient
		}
		c.equal(variant+"."+name, values, tolerance)
	}
	masks, features := r.Effective(values)
	if !slices.Equal(masks.Shape, c.use(variant+".masks_effective").Shape) || !slices.Equal(features.Shape, c.use(variant+".feature_weights_effective").Shape) {
		c.t.Errorf("%s: effective masks %v and features %v", variant, masks.Shape, features.Shape)
	}
	c.equal(variant+".masks_effective", masks.Data.([]float32), 0)
	c.equal(variant+".feature_weights_effective", features.Data.([]float32), 0)
}

// outputs names everything a readout computes as the reference files do.
func outputs(r readout.Readout, w weights.Nodes, maps, responses *graph.Node) map[string]*graph.Node {
	out := r.Apply(w, placesFirst(maps), true)
	predicted := rates(w, out)
	data, penalty := poisson.MeanNode(predicted, responses), readout.Penalty(r, w)
	named := map[string]*graph.Node{
		"output": predicted, "h": out.Drive, "masked": graph.TransposeAllAxes(out.Pooled, 1, 2, 0), "poisson": data, "readout_reg": penalty,
	}
	if terms := r.Penalties(w); len(terms) > 1 {
		for _, term := range terms {
			named[term.Weight+"_reg"] = term.Value
		}
	}
	for i, d := range graph.Gradient(data, w.Get(readout.Masks), w.Get(readout.Features), w.Get(readout.Biases), maps) {
		named["grad_poisson."+[]string{"masks", "feature_weights", "biases", "input"}[i]] = d
	}
	for i, d := range graph.Gradient(penalty, w.Get(readout.Masks), w.Get(readout.Features)) {
		named["grad_reg."+[]string{"masks", "feature_weights"}[i]] = d
	}
	return named
}

// start compares what a fit starts from.
func (c comparison) start(config readout.Config) {
	c.t.Helper()
	images, responses, batch := c.use("images_train"), c.use("responses_train"), c.use("input")
	neurons := responses.Shape[1]
	data := &datasets.Dataset{Train: datasets.Part{
		Images:    datasets.Images{N: images.Shape[0], Height: images.Shape[1], Width: images.Shape[2], Channels: images.Shape[3], Pixels: images.Data.([]float32)},
		Responses: datasets.Responses{N: responses.Shape[0], Neurons: neurons, Values: responses.Data.([]float32)}}}
	c.use("sta.noise")
	noise := c.file.Float64("sta.noise")
	masks := func(height, width int, noise []float64) []float32 {
		r := sized(c.t, config, height, width, batch.Shape[3], neurons)
		values := weights.Init(withBiases(r, neurons), 1)
		if silent := startBiases(values, data); len(silent) > 0 {
			c.t.Errorf("silent neurons %v", silent)
		}
		c.equal("init.biases", values.Float32(readout.Biases), golden.Value)
		c.equal("bias_formula_float64", values.Float32(readout.Biases), golden.Value)
		if err := readout.StartMasksWith(r, values, data.Train, noise); err != nil {
			c.t.Fatal(err)
		}
		if err := values.Check(withBiases(r, neurons)); err != nil {
			c.t.Error(err)
		}
		return values.Float32(readout.Masks)
	}
	cropped := masks(batch.Shape[1], batch.Shape[2], noise)
	c.equal("init.masks_sta", cropped, golden.Value)
	c.equal("sta.init_masks_float64", cropped, golden.Value)
	// Maps of the images' size, as SAME padding makes them: nothing is cut off.
	c.equal("sta.envelope_scaled", masks(images.Shape[1], images.Shape[2], make([]float64, len(noise))), golden.Value)
}
