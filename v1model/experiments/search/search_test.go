package search_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"v1lab/v1model/experiments/search"
)

// Of the first 2^k points of a Sobol sequence, scrambled or not, one is in each of 2^k equal parts of every axis, and in each box of that volume in the first two.
func TestSobolIsEven(t *testing.T) {
	const k = 6
	var specs []string
	for i := range 40 {
		specs = append(specs, fmt.Sprintf("k%02d=lin(0,1)", i))
	}
	space, err := search.ParseSpace(specs)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		points, err := search.Points(space, 1<<k, seed, seed > 0)
		if err != nil {
			t.Fatal(err)
		}
		once := func(what string, cell func(p []float64) int) {
			t.Helper()
			seen := map[int]bool{}
			for _, p := range points {
				seen[cell(p)] = true
			}
			if len(seen) != 1<<k {
				t.Errorf("seed %d, %s: %d parts have points, want %d", seed, what, len(seen), 1<<k)
			}
		}
		for axis := range space {
			once(fmt.Sprintf("axis %d", axis), func(p []float64) int { return int(p[axis] * (1 << k)) })
		}
		for first := range k + 1 {
			once(fmt.Sprintf("boxes of 2^-%d", first), func(p []float64) int {
				return int(p[0]*float64(int(1)<<first))<<(k-first) + int(p[1]*float64(int(1)<<(k-first)))
			})
		}
	}
	if _, err := search.New("sobol", make(search.Space, 65), 1); err == nil {
		t.Error("65 dimensions of a table of 64")
	}
	p, err := search.New("sobol", space, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Propose(1<<32, nil); err == nil {
		t.Error("the sequence has 2^32 points")
	}
}

func branin(v map[string]search.Value) float64 {
	x, y := v["x"].(float64), v["y"].(float64)
	return math.Pow(y-5.1/(4*math.Pi*math.Pi)*x*x+5/math.Pi*x-6, 2) + 10*(1-1/(8*math.Pi))*math.Cos(x) + 10
}

func rosenbrock(v map[string]search.Value) float64 {
	x, y := v["x"].(float64), v["y"].(float64)
	return math.Pow(1-x, 2) + 100*math.Pow(y-x*x, 2)
}

// hartmann is Hartmann's function of six variables.
func hartmann(v map[string]search.Value) float64 {
	alpha := []float64{1, 1.2, 3, 3.2}
	a := [][]float64{{10, 3, 17, 3.5, 1.7, 8}, {.05, 10, 17, .1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, .05, 10, .1, 14}}
	p := [][]float64{{.1312, .1696, .5569, .0124, .8283, .5886}, {.2329, .4135, .8307, .3736, .1004, .9991}, {.2348, .1451, .3522, .2883, .3047, .665}, {.4047, .8828, .8732, .5743, .1091, .0381}}
	sum := 0.0
	for i := range alpha {
		e := 0.0
		for j := range 6 {
			e += a[i][j] * math.Pow(v[fmt.Sprintf("x%d", j)].(float64)-p[i][j], 2)
		}
		sum -= alpha[i] * math.Exp(-e)
	}
	return sum
}

// The estimator finds lower values than as many random draws, in the median of seeds, with eight draws running at a time and with failed draws.
func TestEstimatorBeatsRandom(t *testing.T) {
	for name, c := range map[string]struct {
		f     func(map[string]search.Value) float64
		space []string
	}{
		"branin":     {branin, []string{"x=lin(-5,10)", "y=lin(0,15)"}},
		"rosenbrock": {rosenbrock, []string{"x=lin(-3,3)", "y=lin(-3,3)"}},
		"hartmann":   {hartmann, []string{"x0=lin(0,1)", "x1=lin(0,1)", "x2=lin(0,1)", "x3=lin(0,1)", "x4=lin(0,1)", "x5=lin(0,1)"}},
	} {
		space, err := search.ParseSpace(c.space)
		if err != nil {
			t.Fatal(err)
		}
		best := func(method string, draws int, seed uint64) float64 {
			p, err := search.New(method, space, seed)
			if err != nil {
				t.Fatal(err)
			}
			lowest := math.Inf(1)
			var finished []search.Finished
			for number := range draws {
				for i := range finished {
					finished[i].Running = finished[i].Number > number-8
				}
				values, err := p.Propose(number, finished)
				if err != nil {
					t.Fatal(err)
				}
				f := search.Finished{Number: number, Values: values, Loss: c.f(values)}
				lowest = min(lowest, f.Loss)
				if number%10 == 4 {
					f.Loss = math.NaN()
				}
				finished = append(finished, f)
			}
			return lowest
		}
		var informed, blind []float64
		for seed := range uint64(9) {
			informed = append(informed, best("tpe", 80, seed))
			blind = append(blind, best("random", 80, seed))
		}
		slices.Sort(informed)
		slices.Sort(blind)
		t.Logf("%s: medians %.4g (tpe) and %.4g (random)", name, informed[4], blind[4])
		if !(informed[4] < blind[4]) {
			t.Errorf("%s: median %g, of random draws %g", name, informed[4], blind[4])
		}
	}
}
