package insilico

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets/array"
	"v1lab/v1model/core"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/weights"
)

// Fields holds the gradient receptive fields of n neurons. Those of dead neurons are NaN.
type Fields struct {
	Neurons []int
	Raw     array.Array // [n, height, width], or [n, height, width, channels]: derivative of the rate by each pixel
	Masked  array.Array // Raw times the neuron's mask, scaled to a peak of 1
	Dead    []bool      // [n], neurons that nothing excites, or that Silence marked
}

// fieldBatch limits the neurons of one call, and with them its memory.
const fieldBatch = 32

// A neuron is dead if an image of norm deadNorm, which is that of MEIs, changes its rate by less than minEffect. minEffect equals score.MinSD, the SD of
// predictions below which the test correlation counts as 0.
const (
	minEffect = 1e-5
	deadNorm  = 12
)

// Fields computes gradient receptive fields at an image [height, width, channels] in normalised units; nil means grey, which is 0.
// progress, which may be nil, is called after each batch.
func (s *Subject) Fields(ctx context.Context, neurons []int, at []float32, progress func(Progress)) (*Fields, error) {
	dead, err := s.dead(neurons)
	if err != nil {
		return nil, err
	}
	gradients, err := s.gradients(ctx, neurons, at, progress)
	if err != nil {
		return nil, err
	}
	masked := make([]float32, len(gradients))
	pixels, c := s.pixels(), s.Model.Shape.Channels
	for i, n := range neurons {
		field, under := gradients[i*pixels:(i+1)*pixels], masked[i*pixels:(i+1)*pixels]
		if dead[i] {
			fillNaN(field)
			fillNaN(under)
			continue
		}
		mask := s.maskOnPixels(n)
		for p, v := range field {
			under[p] = v * mask[p/c]
		}
	}
	shape := append([]int{len(neurons)}, s.Shape()...)
	return &Fields{Neurons: neurons, Raw: array.New(gradients, shape...), Masked: array.New(masked, shape...), Dead: dead}, nil
}

// dead finds neurons whose rate no stimulus changes, and those that Silence marked. It looks at the gradient at an image of noise, where symmetry cannot make it vanish.
func (s *Subject) dead(neurons []int) ([]bool, error) {
	noise := make([]float32, s.pixels())
	rng := weights.Stream(1, "insilico noise")
	for i := range noise {
		noise[i] = float32(rng.NormFloat64())
	}
	gradients, err := s.gradients(context.Background(), neurons, noise, nil)
	if err != nil {
		return nil, err
	}
	dead := make([]bool, len(neurons))
	for i := range dead {
		sum := 0.0
		for _, v := range gradients[i*s.pixels() : (i+1)*s.pixels()] {
			sum += float64(v) * float64(v)
		}
		dead[i] = !(math.Sqrt(sum)*deadNorm >= minEffect) || slices.Contains(s.silent, neurons[i])
	}
	return dead, nil
}

// gradients returns the gradient of each neuron's rate by the pixels of one image, [neurons, height, width, channels].
func (s *Subject) gradients(ctx context.Context, neurons []int, at []float32, progress func(Progress)) ([]float32, error) {
	if err := s.check(neurons); err != nil {
		return nil, err
	}
	if at == nil {
		at = make([]float32, s.pixels())
	}
	if len(at) != s.pixels() {
		return nil, fmt.Errorf("receptive fields: the image has %d values; accepted: %d, %v pixels", len(at), s.pixels(), s.imageSize())
	}
	batch, size, begun := min(fieldBatch, len(neurons)), s.imageSize(), time.Now()
	p, err := s.programs.Program(fmt.Sprint("receptive fields of ", batch), func() (func(w weights.Nodes, in []*Node) []*Node, error) {
		whole, part := make([]core.Core, len(s.members)), make([]core.Core, len(s.members))
		for k, m := range s.members {
			var err error
			if whole[k], err = m.directCore(); err != nil {
				return nil, err
			}
			if part[k], err = m.coreFor(s.fullField(), batch, true); err != nil {
				return nil, err
			}
		}
		return func(w weights.Nodes, in []*Node) []*Node {
			var rates []*Node
			var images *Node
			for k, m := range s.members {
				own := m.nodes(w)
				template, constant := merge(whole[k], size, own, readouts{in[3*k], in[3*k+1], in[3*k+2]})
				if k == 0 {
					images = BroadcastToDims(in[len(in)-1], batch, size[0], size[1], size[2])
				}
				rates = append(rates, m.model.Objective.Rate(driveOfTemplate(template, constant, mapsBeforeLinear(part[k], own, images))))
			}
			return []*Node{Gradient(ReduceAllSum(mean(rates)), images)[0]}
		}, nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]float32, 0, len(neurons)*s.pixels())
	for start := 0; start < len(neurons); start += batch {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("stopped with %d of %d receptive fields finished: %w", start, len(neurons), err)
		}
		used := min(batch, len(neurons)-start)
		var inputs []*tensors.Tensor
		for _, m := range s.members {
			var masks, features, biases []float32
			for i := range batch {
				n := neurons[start+min(i, used-1)]
				masks, features, biases = append(masks, m.mask(n)...), append(features, m.featureWeights(n)...), append(biases, m.biases[n])
			}
			inputs = append(inputs, tensors.FromFlatDataAndDimensions(masks, batch, m.grid[0], m.grid[1]), tensors.FromFlatDataAndDimensions(features, batch, m.grid[2]),
				tensors.FromFlatDataAndDimensions(biases, batch))
		}
		results, err := p.Call(append(inputs, tensors.FromFlatDataAndDimensions(at, 1, size[0], size[1], size[2]))...)
		if err != nil {
			return nil, err
		}
		values, err := ondevice.ToHost[float32](results[0])
		if err != nil {
			return nil, err
		}
		all = append(all, values[:used*s.pixels()]...)
		if progress != nil {
			done := start + used
			elapsed := time.Since(begun)
			progress(Progress{Done: done, Total: len(neurons), Elapsed: elapsed, Left: elapsed / time.Duration(done) * time.Duration(len(neurons)-done)})
		}
	}
	return all, nil
}

// maskOnPixels is the mean over members of their masks on the pixels of an image, [height, width], scaled to a peak of 1.
func (s *Subject) maskOnPixels(neuron int) []float32 {
	out := s.members[0].maskOnPixels(neuron)
	if len(s.members) == 1 {
		return out
	}
	for _, m := range s.members[1:] {
		for i, v := range m.maskOnPixels(neuron) {
			out[i] += v
		}
	}
	peak := float32(0)
	for _, v := range out {
		peak = max(peak, v, -v)
	}
	for i := range out {
		if peak > 0 {
			out[i] /= peak
		}
	}
	return out
}
