package features

import "slices"

// Thresholds of the paper's analysis.
const (
	WeightThreshold = 0.01 // a weight above it, in magnitude, counts as used
	PowerThreshold  = 0.05 // a feature with more of a neuron's power counts as active
	CleanThreshold  = 0.5  // a neuron with one feature above it is clean
)

// Power is each neuron's share of power per feature, [neurons, features]: squared weights of unit length, summed over rotations.
// A neuron's row sums to 1, or is all 0 if the neuron has no weights.
type Power struct {
	Neurons, Features int
	Values            []float32
}

// At returns one neuron's power, [features]; the slice shares memory with p.
func (p Power) At(neuron int) []float32 { return p.Values[neuron*p.Features : (neuron+1)*p.Features] }

// Power sums the squares of the normalised weights over rotations.
func (w Weights) Power() Power {
	p := Power{Neurons: w.Neurons, Features: w.Features, Values: make([]float32, w.Neurons*w.Features)}
	sum := make([]float64, w.Features)
	for n := range w.Neurons {
		clear(sum)
		weights := w.At(n)
		length := norm(weights)
		if length == 0 {
			continue
		}
		for c, v := range weights {
			u := float64(v) / length
			sum[c%w.Features] += u * u
		}
		for f, s := range sum {
			p.At(n)[f] = float32(s)
		}
	}
	return p
}

// Active returns, per neuron, the number of features with more than PowerThreshold of its power.
func (p Power) Active() []int {
	active := make([]int, p.Neurons)
	for i, v := range p.Values {
		if v > PowerThreshold {
			active[i/p.Features]++
		}
	}
	return active
}

// Clean says, per neuron, whether one feature has more than CleanThreshold of its power.
func (p Power) Clean() []bool {
	clean := make([]bool, p.Neurons)
	for i, v := range p.Values {
		if v > CleanThreshold {
			clean[i/p.Features] = true
		}
	}
	return clean
}

// Group returns each neuron's strongest feature (the first of equals), -1 for a neuron without weights.
func (p Power) Group() []int {
	group := make([]int, p.Neurons)
	for n := range group {
		row := p.At(n)
		best := slices.Max(row)
		if group[n] = slices.Index(row, best); best == 0 {
			group[n] = -1
		}
	}
	return group
}

// Counts returns the number of neurons in each feature's group.
func (p Power) Counts() []int {
	counts := make([]int, p.Features)
	for _, g := range p.Group() {
		if g >= 0 {
			counts[g]++
		}
	}
	return counts
}

// Sorted lists the neurons group by group and, inside a group, by decreasing power in its feature (equals in their own order).
// Neurons without weights come last.
func (p Power) Sorted() []int {
	group := p.Group()
	order := make([]int, 0, p.Neurons)
	for f := range p.Features {
		start := len(order)
		for n, g := range group {
			if g == f {
				order = append(order, n)
			}
		}
		slices.SortStableFunc(order[start:], func(a, b int) int {
			switch pa, pb := p.At(a)[f], p.At(b)[f]; {
			case pa > pb:
				return -1
			case pa < pb:
				return 1
			}
			return 0
		})
	}
	for n, g := range group {
		if g < 0 {
			order = append(order, n)
		}
	}
	return order
}
