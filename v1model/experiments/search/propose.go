package search

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"v1lab/v1model/weights"
)

// Finished is what is known of a draw when another is proposed.
type Finished struct {
	Number  int
	Values  map[string]Value
	Loss    float64 // NaN: the draw failed, which counts as bad
	Steps   int     // how far a draw came that was stopped early; 0: it was not. Those that came further are better than those that did not
	Running bool    // it is not over: its loss is not known, and another draw of its values would add little
}

// Proposer proposes the values of draws.
type Proposer interface {
	// Propose returns the values of the draw with a number, from 0. Methods that do not learn ignore the finished draws; for the others, their order does not
	// matter. Equal arguments give equal values.
	Propose(number int, finished []Finished) (map[string]Value, error)
}

// methods are the methods of search.
var methods = map[string]func(Space, uint64) (Proposer, error){
	"random":      func(s Space, seed uint64) (Proposer, error) { return random{s, seed}, nil },
	"sobol":       func(s Space, seed uint64) (Proposer, error) { return newSobol(s, seed, true) },
	"sobol-plain": func(s Space, seed uint64) (Proposer, error) { return newSobol(s, seed, false) },
	"tpe":         func(s Space, seed uint64) (Proposer, error) { return tpe{s, random{s, seed}, seed}, nil },
}

// Methods lists the methods that New knows.
//
//	random       independent draws, as the paper's
//	sobol        a Sobol sequence, scrambled by the seed
//	sobol-plain  the Sobol sequence itself, from the lower ends of all ranges; the seed is not used
//	tpe          a tree-structured Parzen estimator; the first draws are those of random
func Methods() []string { return slices.Sorted(maps.Keys(methods)) }

// New returns the proposer of a method.
func New(method string, space Space, seed uint64) (Proposer, error) {
	make, ok := methods[method]
	if !ok {
		return nil, fmt.Errorf("search %q; accepted: %s", method, strings.Join(Methods(), ", "))
	}
	if len(space) == 0 {
		return nil, fmt.Errorf("search %s: the space has no range", method)
	}
	return make(space, seed)
}

// random draws every value independently: each draw of each key has a stream of its own, so that another range does not change those of the others.
type random struct {
	space Space
	seed  uint64
}

func (r random) Propose(number int, _ []Finished) (map[string]Value, error) {
	if number < 0 {
		return nil, negative(number)
	}
	values := map[string]Value{}
	for _, a := range r.space {
		values[a.Key] = a.at(weights.Stream(r.seed, fmt.Sprintf("search/%s/%d", a.Key, number)).Float64())
	}
	return values, nil
}

func negative(number int) error { return fmt.Errorf("draw %d; accepted: numbers from 0", number) }

// sorted returns the draws in order of their numbers, which must differ from each other and from the number of the proposed draw.
func sorted(number int, finished []Finished) ([]Finished, error) {
	all := slices.SortedFunc(slices.Values(finished), func(a, b Finished) int { return cmp.Compare(a.Number, b.Number) })
	for i, f := range all {
		if f.Number == number || i > 0 && f.Number == all[i-1].Number {
			return nil, fmt.Errorf("draw %d is there twice", f.Number)
		}
	}
	return all, nil
}

// known tells whether the draw has a loss that can be compared.
func (f Finished) known() bool {
	return !f.Running && !math.IsNaN(f.Loss) && !math.IsInf(f.Loss, 0)
}

// better orders draws with a known loss, the best first: those that were not stopped by their loss, then the others by how far they came and their loss.
func better(a, b Finished) int {
	if c := cmp.Compare(b.reached(), a.reached()); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Loss, b.Loss), cmp.Compare(a.Number, b.Number))
}

func (f Finished) reached() int {
	if f.Steps == 0 {
		return math.MaxInt
	}
	return f.Steps
}
