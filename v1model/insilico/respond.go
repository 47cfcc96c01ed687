package insilico

import (
	"context"
	"fmt"
	"math"
	"time"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/weights"
)

// stimulusBatch bounds the stimuli of one pass, and so its memory.
const stimulusBatch = 64

// rates builds the whole model's rates of images [batch, height, width, channels], [batch, neurons], evaluated as is cheapest.
func (s *Subject) rates() (func(w weights.Nodes, images *Node) *Node, error) {
	m := *s.Model
	var err error
	if m.Core, err = s.coreFor(s.field(), stimulusBatch, false); err != nil {
		return nil, err
	}
	return func(w weights.Nodes, images *Node) *Node { return m.Forward(w, images, false).Rates() }, nil
}

// own picks each image's own neuron's rate out of rates [batch, neurons].
func own(rates, neurons *Node) *Node {
	return ReduceSum(Mul(rates, OneHot(neurons, rates.Shape().Dim(1), rates.DType())), 1)
}

// responses are rates of neurons to images [n, height, width, channels], neuron i to image i.
func (s *Subject) responses(images []float32, neurons []int) ([]float32, error) {
	size := s.size()
	return s.inBatches("images", neurons, func(rates func(weights.Nodes, *Node) *Node, w weights.Nodes, in []*Node) *Node {
		return own(rates(w, in[0]), in[1])
	}, func(first, used, batch int) *tensors.Tensor {
		pixels := make([]float32, batch*s.pixels())
		copy(pixels, images[first*s.pixels():(first+used)*s.pixels()])
		return tensors.FromFlatDataAndDimensions(pixels, batch, size[0], size[1], size[2])
	})
}

// Respond returns the rates of neurons to plaids, neuron i to plaid i.
func (s *Subject) Respond(neurons []int, plaids []Plaid) ([]float32, error) {
	if err := s.check(neurons); err != nil {
		return nil, err
	}
	if len(plaids) != len(neurons) {
		return nil, fmt.Errorf("insilico: %d plaids for %d neurons; needed is one for each", len(plaids), len(neurons))
	}
	if err := s.checkGrey(); err != nil {
		return nil, err
	}
	values, gabors := pack(plaids)
	size := s.size()
	return s.inBatches(fmt.Sprint("plaids of ", gabors), neurons, func(rates func(weights.Nodes, *Node) *Node, w weights.Nodes, in []*Node) *Node {
		return own(rates(w, ExpandAxes(drawPlaids(in[0], size[0], size[1]), -1)), in[1])
	}, func(first, used, batch int) *tensors.Tensor {
		part := make([]float32, batch*gabors*7)
		for i := range part {
			part[i] = 1 // a Gabor that can be drawn
		}
		copy(part, values[first*gabors*7:(first+used)*gabors*7])
		return tensors.FromFlatDataAndDimensions(part, batch, gabors, 7)
	})
}

// checkGrey refuses models of colour images, for which Gabors are not defined.
func (s *Subject) checkGrey() error {
	if c := s.Model.Shape.Channels; c != 1 {
		return fmt.Errorf("gabors: the model was made for images with %d channels; accepted: 1", c)
	}
	return nil
}

// inBatches runs a program over stimuli, each with its neuron, a fixed number at a time.
func (s *Subject) inBatches(what string, neurons []int, build func(rates func(weights.Nodes, *Node) *Node, w weights.Nodes, in []*Node) *Node,
	stimuli func(first, used, batch int) *tensors.Tensor) ([]float32, error) {
	p, err := s.program("responses to "+what, func() (func(w weights.Nodes, in []*Node) []*Node, error) {
		rates, err := s.rates()
		return func(w weights.Nodes, in []*Node) []*Node { return []*Node{build(rates, w, in)} }, err
	})
	if err != nil {
		return nil, err
	}
	batch := min(stimulusBatch, len(neurons))
	all := make([]float32, 0, len(neurons))
	for first := 0; first < len(neurons); first += batch {
		used := min(batch, len(neurons)-first)
		who := make([]int32, batch)
		for i := range used {
			who[i] = int32(neurons[first+i])
		}
		results, err := p.call(stimuli(first, used, batch), tensors.FromFlatDataAndDimensions(who, batch))
		if err != nil {
			return nil, err
		}
		values, err := take[float32](results[0])
		if err != nil {
			return nil, err
		}
		all = append(all, values[:used]...)
	}
	return all, nil
}

// Optimal is the Gabor of a grid that excites each of n neurons most. What belongs to dead neurons is NaN, their numbers are -1.
type Optimal struct {
	Neurons []int
	Numbers []int // in the grid; of several that excite alike, the first
	Rates   []float32
	Gabors  []Gabor
	Dead    []bool // [n], neurons that nothing excites
}

// OptimalGabors shows every Gabor of a grid to all neurons. They are drawn on the device, and only the best is kept there.
// progress, which may be nil, is called after each call, of about a second.
func (s *Subject) OptimalGabors(ctx context.Context, neurons []int, grid Grid, progress func(Progress)) (*Optimal, error) {
	if err := s.checkGrey(); err != nil {
		return nil, err
	}
	if err := grid.Validate(); err != nil {
		return nil, err
	}
	dead, err := s.dead(neurons)
	if err != nil {
		return nil, err
	}
	best, number, err := s.search(ctx, grid, progress)
	if err != nil {
		return nil, err
	}
	o := &Optimal{Neurons: neurons, Dead: dead}
	for i, n := range neurons {
		rate, at, gabor := best[n], int(number[n]), grid.At(int(number[n]))
		if dead[i] {
			none := math.NaN()
			rate, at, gabor = float32(none), -1, Gabor{none, none, none, none, none, none, none}
		}
		o.Numbers, o.Rates, o.Gabors = append(o.Numbers, at), append(o.Rates, rate), append(o.Gabors, gabor)
	}
	return o, nil
}

// search finds the highest rate of every neuron of the model, and the number of its Gabor.
func (s *Subject) search(ctx context.Context, grid Grid, progress func(Progress)) (best []float32, number []int32, err error) {
	all, batch := grid.Len(), min(stimulusBatch, grid.Len())
	p, err := s.program(fmt.Sprintf("optimal gabors of %v", grid), func() (func(w weights.Nodes, in []*Node) []*Node, error) {
		rates, err := s.rates()
		return func(w weights.Nodes, in []*Node) []*Node { return s.searchLoop(rates, grid, batch, w, in) }, err
	})
	if err != nil {
		return nil, nil, err
	}
	best, number = make([]float32, s.Model.Shape.Neurons), make([]int32, s.Model.Shape.Neurons)
	for i := range best {
		best[i] = float32(math.Inf(-1))
	}
	begun, perCall := time.Now(), 4*batch
	for start := 0; start < all; {
		if err := ctx.Err(); err != nil {
			return nil, nil, fmt.Errorf("stopped after %d of %d Gabors: %w", start, all, err)
		}
		end, began := min(start+perCall, all), time.Now()
		results, err := p.call(tensors.FromScalar(int32(start)), tensors.FromScalar(int32(end)),
			tensors.FromFlatDataAndDimensions(best, len(best)), tensors.FromFlatDataAndDimensions(number, len(number)))
		if err != nil {
			return nil, nil, err
		}
		if best, err = take[float32](results[0]); err != nil {
			return nil, nil, err
		}
		if number, err = take[int32](results[1]); err != nil {
			return nil, nil, err
		}
		if took := time.Since(began).Seconds(); took < 0.5 && start > 0 {
			perCall *= 2
		} else if took > 2 && perCall > batch {
			perCall = (perCall/batch + 1) / 2 * batch
		}
		start = end
		if progress != nil {
			elapsed := time.Since(begun)
			progress(Progress{Done: start, Total: all, Elapsed: elapsed, Left: time.Duration(float64(elapsed) / float64(start) * float64(all-start))})
		}
	}
	return best, number, nil
}

// searchLoop goes from one number of the grid to before another; in: first, end, best [neurons], number [neurons].
func (s *Subject) searchLoop(rates func(weights.Nodes, *Node) *Node, grid Grid, batch int, w weights.Nodes, in []*Node) []*Node {
	size, given := s.size(), []*Node{in[1]}
	for _, spec := range s.specs {
		given = append(given, w.Get(spec.Name))
	}
	return loop(given, []*Node{in[0], in[2], in[3]}, func(given, state []*Node) *Node {
		return LessThan(state[0], given[0])
	}, func(given, state []*Node) []*Node {
		end, first, best, number := given[0], state[0], state[1], state[2]
		// Beyond the end the last Gabor is shown again: it comes late and changes nothing.
		numbers := Min(Add(Iota(first.Graph(), shapes.Make(dtypes.Int32, batch), 0), first), AddScalar(end, -1))
		images := ExpandAxes(draw(grid.number(numbers), size[0], size[1]), -1)
		answers := rates(weights.FromList(s.specs, given[1:]), images) // [batch, neurons]
		highest, place := ReduceMax(answers, 0), Add(ArgMax(answers, 0, dtypes.Int32), first)
		higher := GreaterThan(highest, best)
		return []*Node{AddScalar(first, batch), Where(higher, highest, best), Where(higher, place, number)}
	})[1:]
}
