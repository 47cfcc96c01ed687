package features

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Alignment is a population whose neurons are turned into one frame: those that compute the same thing at different
// orientations have become the same point.
type Alignment struct {
	Shifts  []float64  // [neurons] turn of the frame, counter-clockwise in radians, that gives the neuron: [0, 2 pi); NaN without weights
	Neurons []int      // the neuron of each row of Points: those with weights
	Points  *mat.Dense // [neurons with weights, dimensions] of unit length; their distances are those of the weights, or of the metric of a covariance

	population *population
	turns      []float64 // [rows] as Shifts, of the population's own points
	options    Options
}

// Align turns neurons into one frame over orientation.
//
// Templates and turns are estimated in turn: with Options.MaxK templates, each neuron is turned against every template (by any angle, see Cluster)
// and joins the nearest, which then becomes the mean of its neurons, until nothing moves; the best of Options.Restarts starts is kept. Then templates
// are turned against each other, always the two whose joining adds least to the squared distances (Ward 1963), until one is left.
// So what is alike is aligned first, and neurons without any feature in common still get a turn, which means nothing.
//
// The result does not depend on the order of the neurons, nor on how any of them is turned: exactly for whole steps between rotations, and for weights
// without the highest angular frequency (half the number of rotations) at any angle.
func Align(w Weights, o Options) (*Alignment, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	if err := o.complete(); err != nil {
		return nil, err
	}
	p, err := newPopulation(w, o.Covariance)
	if err != nil {
		return nil, err
	}
	live := len(p.live)
	if live < max(o.K, 1) {
		return nil, fmt.Errorf("features: cluster: found %d neurons with weights (of %d); %d clusters need at least as many", live, w.Neurons, max(o.K, 1))
	}
	p.sort()
	s, most := p.space, min(o.MaxK, live)
	runs := make([]partition, o.Restarts)
	parallel(o.Restarts, func(i int) {
		runs[i] = s.kmeans(p.points, s.spread(p.points, most, rand.New(rand.NewPCG(o.Seed, uint64(i)))))
	})
	best := runs[0]
	for _, run := range runs[1:] {
		if run.objective < best.objective {
			best = run
		}
	}
	frame := s.join(best)

	a := &Alignment{Shifts: make([]float64, w.Neurons), Neurons: p.live, population: p, turns: make([]float64, live), options: o}
	for i := range a.turns {
		a.turns[i] = best.shifts[i] + frame[best.labels[i]]
	}
	// The frame's own place: where the mean weights peak.
	mean := make(point, s.orders*s.features)
	for i, x := range p.plain {
		s.addTurned(mean, x, -a.turns[i])
	}
	peak := s.peak(mean)
	for n := range a.Shifts {
		a.Shifts[n] = math.NaN()
	}
	for i, n := range p.live {
		a.turns[i] += peak
		a.Shifts[n] = wrap(a.turns[i] + 2*math.Pi*float64(p.steps[i])/float64(s.rotations))
	}
	a.Points = mat.NewDense(live, 2*s.orders*s.features, nil)
	for i := range live {
		x := make(point, s.orders*s.features)
		s.addTurned(x, p.points[i], -a.turns[i])
		for j, v := range x {
			a.Points.Set(i, 2*j, real(v))
			a.Points.Set(i, 2*j+1, imag(v))
		}
	}
	return a, nil
}

// Weights returns the weights in the common frame, [neurons, rotations, features]: unit length, turned back by Shifts. A neuron without weights stays 0.
func (a *Alignment) Weights() Weights {
	p := a.population
	s := p.space
	out := p.weights
	out.Values = make([]float32, len(out.Values))
	for i, n := range p.live {
		row := out.At(n)
		for c := range row {
			angle := 2*math.Pi*float64(c/s.features)/float64(s.rotations) + a.turns[i]
			row[c] = float32(s.sample(p.plain[i], c%s.features, angle))
		}
	}
	return out
}

// join returns the turn of the common frame that gives each template of a partition.
func (s *space) join(p partition) []float64 {
	turns := make([]float64, len(p.templates))
	weights := make([]float64, len(p.templates))
	for _, l := range p.labels {
		weights[l]++
	}
	type group struct {
		members []int
		sum     point // of its neurons, in the group's frame
		n       float64
	}
	var groups []group
	for j, t := range p.templates {
		if weights[j] == 0 {
			continue
		}
		sum := slices.Clone(t)
		for c := range sum {
			sum[c] *= complex(weights[j], 0)
		}
		groups = append(groups, group{[]int{j}, sum, weights[j]})
	}
	scratch := make([]complex128, s.orders)
	for len(groups) > 1 {
		one, two, turn, least := 0, 1, 0.0, math.Inf(1)
		for i, a := range groups {
			for j, b := range groups[:i] {
				// b's frame turned by angle lies closest to a's.
				angle, product, _ := s.align(a.sum, b.sum, math.Inf(-1), scratch)
				cost := (lengthSquared(a.sum)/(a.n*a.n) + lengthSquared(b.sum)/(b.n*b.n) - 2*product/(a.n*b.n)) * a.n * b.n / (a.n + b.n)
				if cost < least {
					one, two, turn, least = i, j, angle, cost
				}
			}
		}
		a, b := groups[one], groups[two]
		for _, j := range b.members {
			turns[j] -= turn
		}
		s.addTurned(a.sum, b.sum, turn)
		groups[one] = group{append(a.members, b.members...), a.sum, a.n + b.n}
		groups = slices.Delete(groups, two, two+1)
	}
	return turns
}

// sort puts the neurons in an order that their weights decide, not their numbers.
func (p *population) sort() {
	order := make([]int, len(p.live))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		for c, v := range p.plain[i] {
			u := p.plain[j][c]
			switch {
			case real(v) != real(u):
				return sign(real(v) - real(u))
			case imag(v) != imag(u):
				return sign(imag(v) - imag(u))
			}
		}
		return 0
	})
	p.live, p.steps, p.plain, p.points = pick(p.live, order), pick(p.steps, order), pick(p.plain, order), pick(p.points, order)
}

func sign(v float64) int {
	if v < 0 {
		return -1
	}
	return 1
}

// wrap brings an angle to [0, 2 pi).
func wrap(angle float64) float64 {
	if angle = math.Mod(angle, 2*math.Pi); angle < 0 {
		angle += 2 * math.Pi
	}
	if angle >= 2*math.Pi {
		return 0 // a turn of -1e-17 rounds to a whole one
	}
	return angle
}
