package ondevice

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// maxChunk limits the images of one call of a program, and with them its memory.
const maxChunk = 128

// Rates predicts the responses to images in normalised units: rates [images, neurons] in units of the normalised responses. If ctx ends, it
// stops after the current chunk and returns ctx's error. A model with covariates is computed at their training means: see RatesAt.
func (d *Model) Rates(ctx context.Context, images datasets.Images) (datasets.Responses, error) {
	return d.RatesAt(ctx, images, nil)
}

// RatesAt is Rates for raw covariates [images, covariates], in the order of the config's Covariates. NaN, and nil, stand for the training means.
func (d *Model) RatesAt(ctx context.Context, images datasets.Images, raw []float32) (datasets.Responses, error) {
	rates := datasets.Responses{N: images.N, Neurons: d.Shape.Neurons}
	name := "rates"
	if raw != nil {
		if names := d.Config.Covariates(); len(raw) != images.N*len(names) {
			return rates, fmt.Errorf("%d values of covariates for %d images; accepted: %d for each, %q", len(raw), images.N, len(names), names)
		}
		name = "rates at covariates"
	}
	err := d.runInChunks(ctx, name, images, raw, func(w weights.Nodes, in []*graph.Node) []*graph.Node {
		var covariates *graph.Node
		if len(in) > 2 {
			covariates = in[2]
		}
		return []*graph.Node{d.ForwardAt(w, in[0], covariates, false).Rates()}
	}, func(used int, results [][]float32) {
		rates.Values = append(rates.Values, results[0][:used*rates.Neurons]...)
	})
	return rates, err
}

// Covariance returns the covariance of the core's feature maps over images (in normalised units) and positions, [channels, channels].
func (d *Model) Covariance(ctx context.Context, images datasets.Images) ([]float64, error) {
	height, width, channels := d.Core.OutputShape()
	sum, product := make([]float64, channels), make([]float64, channels*channels)
	err := d.runInChunks(ctx, "covariance of feature maps", images, nil, func(w weights.Nodes, in []*graph.Node) []*graph.Node {
		maps := d.ImageCore(d.Core).Apply(w, in[0], false).Maps
		maps = graph.Mul(maps, graph.ExpandAxes(in[1], 1, 2, 3))
		rows := graph.Reshape(maps, -1, channels)
		return []*graph.Node{graph.ReduceSum(rows, 0), graph.Einsum("pc,pd->cd", rows, rows)}
	}, func(_ int, results [][]float32) {
		for i, v := range results[0] {
			sum[i] += float64(v)
		}
		for i, v := range results[1] {
			product[i] += float64(v)
		}
	})
	n := float64(images.N * height * width)
	for c := range channels {
		for d := range channels {
			product[c*channels+d] = product[c*channels+d]/n - sum[c]/n*sum[d]/n
		}
	}
	return product, err
}

// runInChunks runs a program over images in chunks of one size. The program's inputs are images [chunk, height, width, channels], counted [chunk], 1 for
// images and 0 for the padding of the last chunk, and, if there is a table [images, columns], its rows. each is called with the number of images in the
// chunk and the results.
func (d *Model) runInChunks(ctx context.Context, name string, images datasets.Images, table []float32, f Function, each func(used int, results [][]float32)) error {
	s := d.Shape
	if images.Height != s.Height || images.Width != s.Width || images.Channels != s.Channels {
		return fmt.Errorf("images are %dx%d with %d channels, the model was made for %dx%d with %d", images.Height, images.Width, images.Channels, s.Height, s.Width, s.Channels)
	}
	if images.N == 0 {
		return fmt.Errorf("no images to predict")
	}
	program, err := d.Program(name, func() (Function, error) { return f, nil })
	if err != nil {
		return err
	}
	chunk := min(maxChunk, images.N)
	for start := 0; start < images.N; start += chunk {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: stopped after %d of %d images: %w", name, start, images.N, err)
		}
		used := min(chunk, images.N-start)
		pixels, counted := make([]float32, chunk*images.Size()), make([]float32, chunk)
		copy(pixels, images.Pixels[start*images.Size():(start+used)*images.Size()])
		for i := range used {
			counted[i] = 1
		}
		inputs := []*tensors.Tensor{tensors.FromFlatDataAndDimensions(pixels, chunk, s.Height, s.Width, s.Channels), tensors.FromFlatDataAndDimensions(counted, chunk)}
		if table != nil {
			columns := len(table) / images.N
			rows := make([]float32, chunk*columns)
			copy(rows, table[start*columns:(start+used)*columns])
			inputs = append(inputs, tensors.FromFlatDataAndDimensions(rows, chunk, columns))
		}
		outputs, err := program.Call(inputs...)
		if err != nil {
			return err
		}
		var results [][]float32
		for _, o := range outputs {
			values, err := ToHost[float32](o)
			if err != nil {
				return err
			}
			results = append(results, values)
		}
		each(used, results)
	}
	return nil
}

// Filters returns the filters of each layer as they are convolved, [size, size, in, rotations*features].
func (d *Model) Filters() ([]array.Array, error) {
	filtered, err := core.Need[core.Filtered](d.Core, d.Config.Core.Kind, "a picture of the filters")
	if err != nil {
		return nil, err
	}
	program, err := d.Program("filters", func() (Function, error) {
		return func(w weights.Nodes, _ []*graph.Node) []*graph.Node { return filtered.Filters(w) }, nil
	})
	if err != nil {
		return nil, err
	}
	outputs, err := program.Call()
	if err != nil {
		return nil, err
	}
	var filters []array.Array
	for _, o := range outputs {
		shape := o.Shape().Dimensions
		values, err := ToHost[float32](o)
		if err != nil {
			return nil, err
		}
		filters = append(filters, array.New(values, shape...))
	}
	return filters, nil
}
