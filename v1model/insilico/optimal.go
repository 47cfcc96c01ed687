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

	"v1lab/v1model/ondevice"
	"v1lab/v1model/weights"
)

// Optimal holds the Gabor of a grid that excites each of n neurons most. Values of dead neurons are NaN, and their indices are -1.
type Optimal struct {
	Neurons []int
	Indices []int // in the grid; of several that excite alike, the first
	Rates   []float32
	Gabors  []Gabor
	Dead    []bool    // [n], neurons that nothing excites, or that Silence marked
	Spread  []float32 // [n], SD of Rates between the members of an ensemble; nil for one model
}

// SearchOptions are the settings of a search over a grid.
type SearchOptions struct {
	Partial  string         // file that keeps unfinished work and is removed at the end; empty: none
	Progress func(Progress) // called after each call of the device, about every second; may be nil
}

// OptimalGabors finds the Gabor of a grid that excites each neuron most. Of images with several channels, all channels show the Gabor. Gabors are drawn on the device, and only the best ones are kept.
//
// If ctx ends, the best so far are kept in o.Partial and ctx's error is returned. The next call with the same model and grid continues from there.
func (s *Subject) OptimalGabors(ctx context.Context, neurons []int, grid Grid, o SearchOptions) (*Optimal, error) {
	if err := grid.Validate(); err != nil {
		return nil, err
	}
	dead, err := s.dead(neurons)
	if err != nil {
		return nil, err
	}
	var alive []int
	for i, n := range neurons {
		if !dead[i] {
			alive = append(alive, n)
		}
	}
	v, err := s.viewOf(alive)
	if err != nil {
		return nil, err
	}
	best, number, err := v.search(ctx, grid, o)
	if err != nil {
		return nil, err
	}
	none := math.NaN()
	found := &Optimal{Neurons: neurons, Dead: dead}
	for i, n := range neurons {
		rate, at, gabor := float32(none), -1, Gabor{none, none, none, none, none, none, none}
		if !dead[i] {
			k := v.place(n)
			rate, at, gabor = best[k], int(number[k]), grid.At(int(number[k]))
		}
		found.Indices, found.Rates, found.Gabors = append(found.Indices, at), append(found.Rates, rate), append(found.Gabors, gabor)
	}
	if len(s.members) == 1 {
		return found, nil
	}
	_, spread, err := s.respondAround(found, 1, func(g Gabor, _ int) Plaid { return Plaid{g} })
	found.Spread = spread
	return found, err
}

// search finds the highest of each of the view's rates and the index of its Gabor.
func (v *view) search(ctx context.Context, grid Grid, o SearchOptions) (best []float32, number []int32, err error) {
	all, batch := grid.Len(), min(stimulusBatch, grid.Len())
	p, err := v.subject.programs.Program(fmt.Sprintf("optimal gabors of %v, %s", grid, v.name()), func() (func(w weights.Nodes, in []*Node) []*Node, error) {
		rates, err := v.rates()
		return func(w weights.Nodes, in []*Node) []*Node { return v.searchLoop(rates, grid, batch, w, in) }, err
	})
	if err != nil {
		return nil, nil, err
	}
	kept := searchFile{path: o.Partial, key: fmt.Sprintf("%s %v", v.subject.fingerprint, grid)}
	if v.parts != nil {
		kept.key += fmt.Sprintf(" neurons %v", v.neurons)
	}
	best, number = make([]float32, v.count()), make([]int32, v.count())
	for i := range best {
		best[i] = float32(math.Inf(-1))
	}
	first, err := kept.load(best, number, all)
	if err != nil {
		return nil, nil, err
	}
	begun, saved, perCall := time.Now(), time.Now(), 4*batch
	for start := first; start < all; {
		if err := ctx.Err(); err != nil {
			return nil, nil, kept.interrupted(err, start, all, best, number)
		}
		end, began := min(start+perCall, all), time.Now()
		results, err := p.Call(append([]*tensors.Tensor{tensors.FromScalar(int32(start)), tensors.FromScalar(int32(end)),
			tensors.FromFlatDataAndDimensions(best, len(best)), tensors.FromFlatDataAndDimensions(number, len(number)),
			tensors.FromFlatDataAndDimensions([]float32{float32(v.window.left), float32(v.window.top)}, 2)}, v.given()...)...)
		if err != nil {
			return nil, nil, err
		}
		if best, err = ondevice.ToHost[float32](results[0]); err != nil {
			return nil, nil, err
		}
		if number, err = ondevice.ToHost[int32](results[1]); err != nil {
			return nil, nil, err
		}
		if took := time.Since(began).Seconds(); took < 0.5 && start > first {
			perCall *= 2
		} else if took > 2 && perCall > batch {
			perCall = (perCall/batch + 1) / 2 * batch
		}
		start = end
		if o.Progress != nil {
			elapsed := time.Since(begun)
			o.Progress(Progress{Done: start, Total: all, Elapsed: elapsed, Left: time.Duration(float64(elapsed) / float64(start-first) * float64(all-start))})
		}
		if kept.path != "" && time.Since(saved) >= savePeriod {
			if err := kept.save(start, best, number); err != nil {
				return nil, nil, err
			}
			saved = time.Now()
		}
	}
	return best, number, kept.remove()
}

// searchLoop searches the Gabors with indices from first to before end. in: first, end, best rates [rates], indices of the best [rates], column and row of the
// window's corner [2], and what the view's rates need.
func (v *view) searchLoop(rates viewRates, grid Grid, batch int, w weights.Nodes, in []*Node) []*Node {
	size, specs := v.size(), v.subject.programs.Variables()
	given := append([]*Node{in[1]}, in[4:]...)
	own := len(given)
	for _, spec := range specs {
		given = append(given, w.Get(spec.Name))
	}
	return loop(given, []*Node{in[0], in[2], in[3]}, func(given, state []*Node) *Node {
		return LessThan(state[0], given[0])
	}, func(given, state []*Node) []*Node {
		end, first, best, number := given[0], state[0], state[1], state[2]
		// Indices beyond the end repeat the last Gabor, which changes nothing: of equal rates the first counts.
		numbers := Min(Add(Iota(first.Graph(), shapes.Make(dtypes.Int32, batch), 0), first), AddScalar(end, -1))
		gabors := grid.parameters(numbers)
		for axis := range 2 { // x and y from the window's corner
			gabors[axis] = Sub(gabors[axis], Reshape(Slice(given[1], AxisElem(axis))))
		}
		images := inChannels(drawGabors(gabors, size[0], size[1]), size[2])
		answers := mean(rates(weights.FromList(specs, given[own:]), given[2:own], images)) // [batch, rates]
		highest, place := ReduceMax(answers, 0), Add(ArgMax(answers, 0, dtypes.Int32), first)
		higher := GreaterThan(highest, best)
		return []*Node{AddScalar(first, batch), Where(higher, highest, best), Where(higher, place, number)}
	})[1:]
}
