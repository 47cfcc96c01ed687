package search

import (
	"fmt"
	"math"
	"slices"

	"v1lab/v1model/weights"
)

// Settings of the estimator, the defaults of Optuna 5.
const (
	startup     = 10  // draws with a loss before the estimator takes over
	candidates  = 24  // drawn from the density of good draws, of which the best is taken
	goodShare   = 0.1 // share of draws that count as good (gamma)
	goodAtMost  = 25
	recent      = 25 // latest draws of full weight; older ones have less
	priorWeight = 1  // of the prior, in draws
)

// tpe is a tree-structured Parzen estimator: a density l of the values of good draws and a density g of the others, both products over keys in each kernel
// (multivariate). Of candidates drawn from l, the one with the highest l/g is proposed. Draws that run or failed count as bad (constant liar).
//
// Sources: Bergstra et al., Algorithms for hyper-parameter optimization, NIPS 2011; Watanabe, Tree-structured Parzen estimator, arXiv:2304.11127, for
// the settings. Optuna 5.0.0 gives the golden values of the tests.
type tpe struct {
	space Space
	first Proposer // proposes the first draws
	seed  uint64
}

func (t tpe) Propose(number int, finished []Finished) (map[string]Value, error) {
	if number < 0 {
		return nil, negative(number)
	}
	return t.propose(number, finished, weights.Stream(t.seed, fmt.Sprintf("search-tpe/%d", number)).Float64)
}

// propose is Propose with a source of uniform random numbers in [0, 1).
func (t tpe) propose(number int, finished []Finished, uniform func() float64) (map[string]Value, error) {
	all, err := sorted(number, finished)
	if err != nil {
		return nil, err
	}
	good, bad := divide(all)
	if len(good)+count(bad) < startup {
		return t.first.Propose(number, finished)
	}
	l, err := newMixture(t.space, good)
	if err != nil {
		return nil, err
	}
	g, err := newMixture(t.space, bad)
	if err != nil {
		return nil, err
	}
	var best []float64
	highest := math.Inf(-1)
	for _, x := range l.sample(candidates, uniform) {
		if ratio := l.logDensity(x) - g.logDensity(x); best == nil || ratio > highest {
			best, highest = x, ratio
		}
	}
	values := map[string]Value{}
	for i, r := range t.space {
		values[r.Key] = r.value(best[i])
	}
	return values, nil
}

// divide divides draws into the best tenth of those with a loss, at most 25, and all others, each in order of their numbers.
func divide(all []Finished) (good, bad []Finished) {
	var ranked []Finished
	for _, f := range all {
		if f.known() {
			ranked = append(ranked, f)
		}
	}
	slices.SortFunc(ranked, better)
	isGood := map[int]bool{}
	for _, f := range ranked[:min(int(math.Ceil(goodShare*float64(len(ranked)))), goodAtMost)] {
		isGood[f.Number] = true
	}
	for _, f := range all {
		if isGood[f.Number] {
			good = append(good, f)
		} else {
			bad = append(bad, f)
		}
	}
	return good, bad
}

// count counts the draws with a loss.
func count(draws []Finished) int {
	n := 0
	for _, f := range draws {
		if f.known() {
			n++
		}
	}
	return n
}

// ageWeights returns the weights of n draws, the oldest first: 1 for the latest 25, falling to 1/n for the oldest.
func ageWeights(n int) []float64 {
	w := make([]float64, n)
	older := n - recent
	for i := range w {
		w[i] = 1
		if i < older {
			w[i] = 1 / float64(n)
			if older > 1 {
				w[i] += (1 - 1/float64(n)) * float64(i) / float64(older-1)
			}
		}
	}
	return w
}
