package predict

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// maxChunk bounds the images of one call of a program, and so its memory.
const maxChunk = 128

// Predictor answers for one model with one set of weights. Close frees the device.
type Predictor struct {
	Model   *v1model.Model
	backend compute.Backend
	specs   []weights.Spec
	weights []*tensors.Tensor
	rates   *graph.Exec // made by the first call of Rates
}

// New puts weights on the device.
func New(backend compute.Backend, m *v1model.Model, w weights.Values) (*Predictor, error) {
	p := &Predictor{Model: m, backend: backend, specs: m.Specs()}
	if err := w.Check(p.specs); err != nil {
		return nil, err
	}
	p.weights = w.Tensors(p.specs)
	return p, nil
}

// Open loads the best weights of a run.
func Open(backend compute.Backend, run *runfolder.Folder) (*Predictor, error) {
	m, w, err := run.Fitted()
	if err != nil {
		return nil, err
	}
	return New(backend, m, w)
}

// Close frees the device's memory.
func (p *Predictor) Close() error {
	if p.rates != nil {
		p.rates.Finalize()
	}
	for _, t := range p.weights {
		if err := t.FinalizeAll(); err != nil {
			return err
		}
	}
	return nil
}

// Rates predicts the responses to images in normalised units: rates [images, neurons] in units of the normalised responses.
func (p *Predictor) Rates(images datasets.Images) (datasets.Responses, error) {
	rates := datasets.Responses{N: images.N, Neurons: p.Model.Shape.Neurons}
	if p.rates == nil {
		program, err := p.program(func(w weights.Nodes, images, _ *graph.Node) []*graph.Node {
			return []*graph.Node{p.Model.Forward(w, images, false).Rates()}
		})
		if err != nil {
			return rates, err
		}
		p.rates = program
	}
	err := p.chunks(images, p.rates, func(used int, results [][]float32) {
		rates.Values = append(rates.Values, results[0][:used*rates.Neurons]...)
	})
	return rates, err
}

// Covariance returns the covariance of the core's feature maps over images (in normalised units) and positions, [channels, channels].
func (p *Predictor) Covariance(images datasets.Images) ([]float64, error) {
	height, width, channels := p.Model.Core.OutputShape()
	sum, product := make([]float64, channels), make([]float64, channels*channels)
	program, err := p.program(func(w weights.Nodes, images, counted *graph.Node) []*graph.Node {
		maps := p.Model.Core.Apply(w, images, false).Maps
		maps = graph.Mul(maps, graph.ExpandAxes(counted, 1, 2, 3))
		rows := graph.Reshape(maps, -1, channels)
		return []*graph.Node{graph.ReduceSum(rows, 0), graph.Einsum("pc,pd->cd", rows, rows)}
	})
	if err != nil {
		return nil, err
	}
	defer program.Finalize()
	err = p.chunks(images, program, func(_ int, results [][]float32) {
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

// program compiles what build makes of the weights, images [chunk, height, width, channels] and counted [chunk], 1 for images and 0 for the
// padding of the last chunk.
func (p *Predictor) program(build func(w weights.Nodes, images, counted *graph.Node) []*graph.Node) (*graph.Exec, error) {
	return graph.NewExec(p.backend, func(nodes []*graph.Node) []*graph.Node {
		n := len(p.specs)
		return build(weights.FromList(p.specs, nodes[:n]), nodes[n], nodes[n+1])
	})
}

// chunks runs a program over images, a fixed number at a time; each gets the results as they come and how many images of the chunk count.
func (p *Predictor) chunks(images datasets.Images, exec *graph.Exec, each func(used int, results [][]float32)) error {
	s := p.Model.Shape
	if images.Height != s.Height || images.Width != s.Width || images.Channels != s.Channels {
		return fmt.Errorf("images are %dx%d with %d channels, the model was made for %dx%d with %d", images.Height, images.Width, images.Channels, s.Height, s.Width, s.Channels)
	}
	if images.N == 0 {
		return fmt.Errorf("no images to predict")
	}
	chunk := min(maxChunk, images.N)
	for start := 0; start < images.N; start += chunk {
		used := min(chunk, images.N-start)
		pixels, counted := make([]float32, chunk*images.Size()), make([]float32, chunk)
		copy(pixels, images.Pixels[start*images.Size():(start+used)*images.Size()])
		for i := range used {
			counted[i] = 1
		}
		args := make([]any, 0, len(p.weights)+2)
		for _, t := range p.weights {
			args = append(args, t)
		}
		args = append(args, tensors.FromFlatDataAndDimensions(pixels, chunk, s.Height, s.Width, s.Channels), tensors.FromFlatDataAndDimensions(counted, chunk))
		outputs, err := exec.Call(args...)
		if err != nil {
			return fmt.Errorf("prediction: %w", err)
		}
		var results [][]float32
		for _, o := range outputs {
			values, err := tensors.CopyFlatData[float32](o)
			if err != nil {
				return fmt.Errorf("prediction: %w", err)
			}
			results = append(results, values)
			o.MustFinalizeAll()
		}
		each(used, results)
	}
	return nil
}

// Filters returns the filters of each layer as they are convolved, [size, size, in, rotations*features].
func (p *Predictor) Filters() ([]array.Array, error) {
	filtered, err := core.Need[core.Filtered](p.Model.Core, p.Model.Config.Core.Kind, "a picture of the filters")
	if err != nil {
		return nil, err
	}
	exec, err := graph.NewExec(p.backend, func(nodes []*graph.Node) []*graph.Node {
		return filtered.Filters(weights.FromList(p.specs, nodes))
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	args := make([]any, len(p.weights))
	for i, t := range p.weights {
		args[i] = t
	}
	outputs, err := exec.Call(args...)
	if err != nil {
		return nil, fmt.Errorf("filters: %w", err)
	}
	var filters []array.Array
	for _, o := range outputs {
		values, err := tensors.CopyFlatData[float32](o)
		if err != nil {
			return nil, fmt.Errorf("filters: %w", err)
		}
		filters = append(filters, array.New(values, o.Shape().Dimensions...))
	}
	return filters, nil
}
