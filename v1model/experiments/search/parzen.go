package search

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// mixture is a density over the space: one kernel for each draw, and a last one, the prior, that covers the whole space. A kernel is a product over keys
// of truncated Gaussians in the keys' coordinates, or of probabilities of choices.
type mixture struct {
	space   Space
	weights []float64   // [kernels], of sum 1
	keys    []marginals // [keys]
}

// marginals are the kernels along one key.
type marginals struct {
	low, high float64     // ends of the coordinate; half a step outside for whole numbers
	step      float64     // 1 for whole numbers, otherwise 0
	mean, sd  []float64   // [kernels]
	mass      []float64   // [kernels] of the whole Gaussian within the range
	choices   [][]float64 // [kernels][choices] probabilities; nil for numbers
}

func newMixture(space Space, draws []Finished) (*mixture, error) {
	m := &mixture{space: space, weights: append(ageWeights(len(draws)), priorWeight)}
	sum := 0.0
	for _, w := range m.weights {
		sum += w
	}
	for i := range m.weights {
		m.weights[i] /= sum
	}
	for _, r := range space {
		var places []float64
		for _, d := range draws {
			v, ok := d.Values[r.Key]
			if !ok {
				return nil, fmt.Errorf("draw %d: no value of %s", d.Number, r.Key)
			}
			x, err := r.coordinate(v)
			if err != nil {
				return nil, fmt.Errorf("draw %d: %w", d.Number, err)
			}
			places = append(places, x)
		}
		m.keys = append(m.keys, newMarginals(r, places))
	}
	return m, nil
}

func newMarginals(r Range, places []float64) marginals {
	k := marginals{low: r.Low, high: r.High}
	switch r.Form {
	case Choice:
		return marginals{choices: choiceProbabilities(len(r.Choices), places)}
	case Log:
		k.low, k.high = math.Log(r.Low), math.Log(r.High)
	case Integer:
		k.low, k.high, k.step = r.Low-.5, r.High+.5, 1
	}
	k.mean = append(slices.Clone(places), (k.low+k.high)/2)
	k.sd = append(widths(places, k.low, k.high), k.high-k.low)
	for i, mean := range k.mean {
		k.mass = append(k.mass, normalMass((k.low-mean)/k.sd[i], (k.high-mean)/k.sd[i]))
	}
	return k
}

// choiceProbabilities returns the probabilities of n choices in each kernel: that of its draw is raised over a uniform prior, which is also the last kernel.
func choiceProbabilities(n int, places []float64) [][]float64 {
	kernels := len(places) + 1
	p := make([][]float64, kernels)
	for k := range p {
		p[k] = make([]float64, n)
		raised, sum := priorWeight/float64(kernels), float64(n)*priorWeight/float64(kernels)
		if k < len(places) {
			sum++
		}
		for c := range p[k] {
			p[k][c] = raised / sum
			if k < len(places) && c == int(places[k]) {
				p[k][c] = (raised + 1) / sum
			}
		}
	}
	return p
}

// widths returns the standard deviations of kernels at places: the larger distance to a neighbour, of which the ends of the range are some unless there
// are several draws. They are at least the range over the number of kernels plus 1, up to 100 (magic clip), and at most the range.
func widths(places []float64, low, high float64) []float64 {
	n := len(places)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case places[a] < places[b]:
			return -1
		case places[a] > places[b]:
			return 1
		}
		return 0
	})
	at := func(i int) float64 {
		switch i {
		case -1:
			return low
		case n:
			return high
		}
		return places[order[i]]
	}
	least := (high - low) / min(100, float64(n+2))
	sd := make([]float64, n)
	for i, draw := range order {
		left, right := at(i)-at(i-1), at(i+1)-at(i)
		width := max(left, right)
		if n >= 2 && i == 0 {
			width = right
		} else if n >= 2 && i == n-1 {
			width = left
		}
		sd[draw] = min(max(width, least), high-low)
	}
	return sd
}

// sample draws n points in coordinates, [n, keys]. It takes n random numbers for the kernels, then n for each choice, then n for each number.
func (m *mixture) sample(n int, uniform func() float64) [][]float64 {
	kernels := make([]int, n)
	for i := range kernels {
		kernels[i] = pick(m.weights, uniform())
	}
	points := make([][]float64, n)
	for i := range points {
		points[i] = make([]float64, len(m.keys))
	}
	for _, choices := range []bool{true, false} {
		for a, k := range m.keys {
			if (k.choices != nil) != choices {
				continue
			}
			for i, kernel := range kernels {
				points[i][a] = k.draw(kernel, uniform())
			}
		}
	}
	return points
}

// pick returns the index at which the cumulative sum of weights exceeds u.
func pick(weights []float64, u float64) int {
	sum := 0.0
	for i, w := range weights {
		if sum += w; u < sum {
			return i
		}
	}
	return len(weights) - 1
}

// draw returns the coordinate below which a kernel has the share u of its mass.
func (k marginals) draw(kernel int, u float64) float64 {
	if k.choices != nil {
		return float64(pick(k.choices[kernel], u))
	}
	mean, sd := k.mean[kernel], k.sd[kernel]
	a, b := (k.low-mean)/sd, (k.high-mean)/sd
	z := mathext.NormalQuantile(min(normalMass(math.Inf(-1), a)+u*k.mass[kernel], 1))
	if z > 0 { // from the upper end, where digits are left
		z = -mathext.NormalQuantile(min(normalMass(b, math.Inf(1))+(1-u)*k.mass[kernel], 1))
	}
	x := min(max(mean+sd*z, k.low), k.high)
	if k.step > 0 {
		x = min(max(math.RoundToEven(x), k.low+k.step/2), k.high-k.step/2)
	}
	return x
}

// logDensity returns the logarithm of the density, in coordinates, or of the probability, of whole numbers and choices.
func (m *mixture) logDensity(x []float64) float64 {
	logs := make([]float64, len(m.weights))
	highest := math.Inf(-1)
	for kernel, w := range m.weights {
		sum := math.Log(w)
		for a, k := range m.keys {
			sum += k.logDensity(kernel, x[a])
		}
		logs[kernel], highest = sum, max(highest, sum)
	}
	total := 0.0
	for _, l := range logs {
		total += math.Exp(l - highest)
	}
	return math.Log(total) + highest
}

func (k marginals) logDensity(kernel int, x float64) float64 {
	if k.choices != nil {
		return math.Log(k.choices[kernel][int(x)])
	}
	mean, sd := k.mean[kernel], k.sd[kernel]
	whole := math.Log(k.mass[kernel])
	if k.step > 0 {
		return math.Log(normalMass((x-k.step/2-mean)/sd, (x+k.step/2-mean)/sd)) - whole
	}
	z := (x - mean) / sd
	return -z*z/2 - math.Log(2*math.Pi)/2 - math.Log(sd) - whole
}

// normalMass returns the probability that a standard normal variable is between a and b.
func normalMass(a, b float64) float64 {
	if a > 0 { // the lower tail has more digits
		a, b = -b, -a
	}
	return (math.Erfc(-b/math.Sqrt2) - math.Erfc(-a/math.Sqrt2)) / 2
}
