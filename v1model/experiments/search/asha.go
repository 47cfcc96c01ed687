package search

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// ASHA stops draws early: all are trained for a few steps, the best share of those for more, and so on up to the full number. The rungs are the steps at
// which draws are compared.
//
// Unlike the original, draws join a rung in a fixed order, not as they come: by number on the first rung, on the others as the rung below lets them go on.
// Which draws go on is therefore a function of the losses alone, whichever worker is faster.
//
// Source: Li et al., A system for massively parallel hyperparameter tuning, MLSys 2020.
type ASHA struct {
	MinSteps  int // steps of the first rung
	Reduction int // one of as many draws goes on to the next rung, which has as many times the steps
	MaxSteps  int // of the last rung
	Draws     int // of the whole search: once all are on a rung that none left, the best goes on, so that few draws have a winner, too. 0: not known
}

// Validate returns an error that names the field with an unusable value.
func (a ASHA) Validate() error {
	switch {
	case a.MinSteps < 1:
		return fmt.Errorf("asha: first rung at %d steps; accepted: at least 1", a.MinSteps)
	case a.Reduction < 2:
		return fmt.Errorf("asha: reduction factor %d; accepted: at least 2", a.Reduction)
	case a.MaxSteps < a.MinSteps:
		return fmt.Errorf("asha: last rung at %d steps; accepted: at least the %d of the first", a.MaxSteps, a.MinSteps)
	}
	return nil
}

// Rungs returns the steps of each rung: MinSteps, Reduction times as many, and so on, and MaxSteps.
func (a ASHA) Rungs() []int {
	var rungs []int
	for steps := a.MinSteps; steps < a.MaxSteps; steps *= a.Reduction {
		rungs = append(rungs, steps)
		if steps > a.MaxSteps/a.Reduction { // the next would be above MaxSteps, or above all numbers
			break
		}
	}
	return append(rungs, a.MaxSteps)
}

// Targets returns the rung that each of the first draws is to be trained to, as far as is known: [draws]. loss returns a draw's loss on a rung, the lower
// the better, NaN if it failed, and whether it is known.
//
// A rung takes up its draws in order and waits for the first whose loss is not known. Each time it has taken one up, those of its best share that have not
// gone on yet go on. So targets only grow as more is known and as more draws are there.
func (a ASHA) Targets(draws int, loss func(draw, rung int) (float64, bool)) []int {
	targets := make([]int, draws)
	joining := make([]int, draws) // draws in the order in which they join the rung
	for d := range joining {
		joining[d] = d
	}
	all := draws == a.Draws // nothing joins the rung later
	for rung := range len(a.Rungs()) - 1 {
		joining, all = a.promote(joining, all, func(draw int) (float64, bool) { return loss(draw, rung) })
		for _, d := range joining {
			targets[d] = rung + 1
		}
	}
	return targets
}

// promote returns the draws that go on from a rung, in the order in which they do, and whether these are all.
func (a ASHA) promote(joining []int, all bool, loss func(draw int) (float64, bool)) (on []int, complete bool) {
	type entry struct {
		draw int
		loss float64
	}
	var ranked []entry // best first
	gone := map[int]bool{}
	for taken, d := range joining {
		l, known := loss(d)
		if !known {
			return on, false
		}
		if !math.IsNaN(l) {
			e := entry{d, l}
			at, _ := slices.BinarySearchFunc(ranked, e, func(x, y entry) int { return cmp.Or(cmp.Compare(x.loss, y.loss), cmp.Compare(x.draw, y.draw)) })
			ranked = slices.Insert(ranked, at, e)
		}
		for _, e := range ranked[:min((taken+1)/a.Reduction, len(ranked))] {
			if !gone[e.draw] {
				gone[e.draw] = true
				on = append(on, e.draw)
			}
		}
	}
	if all && len(on) == 0 && len(ranked) > 0 {
		on = append(on, ranked[0].draw)
	}
	return on, all
}
