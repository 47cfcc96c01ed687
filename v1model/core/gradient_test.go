package core_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"pgregory.net/rapid"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// The slope of every variable, and of the images, along a random direction is what finite differences in float64 say, for random
// cores of every kind. (Nearest-neighbour turns have a gradient of their own, which is exact at quarter turns of odd filters.)
func TestGradientsAreSlopes(t *testing.T) {
	backend := pjrttest.Backend(t)
	rapid.Check(t, func(r *rapid.T) {
		config, height, width, channels := drawCore(r)
		c, err := core.New(config, height, width, channels)
		if err != nil {
			r.Fatal(err)
		}
		specs := append(c.Specs(), weights.Spec{Name: "images", Shape: []int{2, height, width, channels}, Trainable: true})
		outHeight, outWidth, outChannels := c.OutputShape()
		seed, training := rapid.Uint64().Draw(r, "seed"), rapid.Bool().Draw(r, "training")
		pattern := normal(seed, "pattern", 2*outHeight*outWidth*outChannels)
		exec, err := graph.NewExec(backend, func(nodes []*graph.Node) []*graph.Node {
			w := weights.FromList(specs, nodes)
			out := c.Apply(w, w.Get("images"), training)
			loss := graph.ReduceAllSum(graph.Mul(out.Maps, graph.Reshape(graph.Const(out.Maps.Graph(), pattern), out.Maps.Shape().Dimensions...)))
			smooth, sparse := c.Penalties(w, out)
			for i := range smooth {
				loss = graph.Add(loss, graph.Add(smooth[i], sparse[i]))
			}
			of := []*graph.Node{}
			for _, s := range specs {
				if s.Trainable {
					of = append(of, w.Get(s.Name))
				}
			}
			return append([]*graph.Node{loss}, graph.Gradient(loss, of...)...)
		})
		if err != nil {
			r.Fatal(err)
		}
		defer exec.Finalize()
		values := map[string][]float64{}
		for _, s := range specs {
			values[s.Name] = normal(seed, s.Name, s.Size())
			if !s.Trainable { // moving averages: variances must be positive
				for i, v := range values[s.Name] {
					values[s.Name][i] = 0.5 + v*v
				}
			}
		}
		run := func() [][]float64 {
			args := make([]any, len(specs))
			for i, s := range specs {
				args[i] = tensors.FromFlatDataAndDimensions(values[s.Name], s.Shape...)
			}
			results, err := exec.Call(args...)
			if err != nil {
				r.Fatal(err)
			}
			flat := make([][]float64, len(results))
			for i, t := range results {
				flat[i] = tensors.MustCopyFlatData[float64](t)
			}
			return flat
		}
		gradients, next := run()[1:], 0
		for _, s := range specs {
			if !s.Trainable {
				continue
			}
			slope, size := 0.0, 0.0
			direction, start := normal(seed, "direction of "+s.Name, s.Size()), values[s.Name]
			for i, d := range direction {
				slope += gradients[next][i] * d
				size += math.Abs(gradients[next][i] * d)
			}
			next++
			// A value that crosses the kink of its activation within one step bends the difference: a shorter step then misses it.
			want, near := 0.0, false
			for _, step := range []float64{1e-5, 1e-6, 1e-7} {
				var at [2]float64
				for side, sign := range []float64{1, -1} {
					moved := make([]float64, len(start))
					for i, d := range direction {
						moved[i] = start[i] + sign*step*d
					}
					values[s.Name] = moved
					at[side] = run()[0][0]
				}
				want = (at[0] - at[1]) / (2 * step)
				if near = math.Abs(slope-want) < 1e-6*size+1e-7; near {
					break
				}
			}
			values[s.Name] = start
			if !near {
				r.Errorf("%s: slope %.9g, finite differences %.9g (parts add to %.3g)", s.Name, slope, want, size)
			}
		}
	})
}

// drawCore draws a small core and images that it fits.
func drawCore(r *rapid.T) (config core.Config, height, width, channels int) {
	kind := rapid.SampledFrom([]string{"nearest", core.Hermite, core.Rotated, core.CNN, core.Stacked}).Draw(r, "kind")
	config = core.Config{Kind: kind, Rotations: rapid.SampledFrom([]int{1, 3, 4, 6}).Draw(r, "rotations"), Upsampling: rapid.IntRange(1, 2).Draw(r, "upsampling"),
		Interpolation: core.Bilinear, SharedBiases: rapid.Bool().Draw(r, "shared biases"), Smoothness: 0.3, Sparsity: 0.2}
	sizes := rapid.IntRange(1, 5)
	switch kind {
	case "nearest":
		config.Kind, config.Interpolation, config.Rotations = core.Rotated, core.Nearest, 4
		sizes = rapid.SampledFrom([]int{1, 3, 5})
	case core.CNN, core.Stacked:
		config.Rotations, config.SharedBiases = 1, false
	}
	for range 2 {
		config.FilterSizes = append(config.FilterSizes, sizes.Draw(r, "filter size"))
		config.Features = append(config.Features, rapid.IntRange(1, 3).Draw(r, "features"))
		config.Strides = append(config.Strides, rapid.IntRange(1, 3).Draw(r, "stride"))
		config.Padding = append(config.Padding, rapid.SampledFrom(core.Paddings).Draw(r, "padding"))
		config.Activations = append(config.Activations, rapid.SampledFrom([]string{"softplus", "elu", "none"}).Draw(r, "activation"))
		config.SmoothRel, config.SparseRel = append(config.SmoothRel, 1), append(config.SparseRel, 1)
		dilation := 1
		if last := len(config.Strides) - 1; (kind == core.CNN || kind == core.Stacked) && config.Strides[last] == 1 {
			dilation = rapid.IntRange(1, 3).Draw(r, "dilation")
		}
		config.Dilations = append(config.Dilations, dilation)
		evaluations := core.Evaluations
		if len(config.Evaluation) > 0 { // beyond the first layer
			evaluations = []string{core.Direct, core.Spectral}
		}
		if kind == core.Stacked {
			config.Convolutions = append(config.Convolutions, rapid.SampledFrom(core.Convolutions).Draw(r, "convolution"))
			config.Norms = append(config.Norms, rapid.SampledFrom(core.Norms).Draw(r, "norm"))
			config.ConvBiases = append(config.ConvBiases, rapid.Bool().Draw(r, "biases"))
			if last := len(config.Convolutions) - 1; config.Convolutions[last] == core.Separable {
				evaluations, config.SparseRel[last] = []string{core.Direct, core.Spectral}, 0
			}
		}
		config.Evaluation = append(config.Evaluation, rapid.SampledFrom(evaluations).Draw(r, "evaluation"))
	}
	reach := func(i int) int { return (config.FilterSizes[i]-1)*config.Dilations[i] + 1 }
	field := reach(0) + (reach(1)-1)*config.Strides[0]
	return config, field + rapid.IntRange(0, 4).Draw(r, "extra height"), field + rapid.IntRange(0, 4).Draw(r, "extra width"), rapid.IntRange(1, 2).Draw(r, "channels")
}

// normal draws numbers for one purpose.
func normal(seed uint64, purpose string, n int) []float64 {
	rng, values := weights.Stream(seed, purpose), make([]float64, n)
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	return values
}
