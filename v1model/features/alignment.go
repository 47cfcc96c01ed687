package features

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Alignment is a population whose neurons are shifted over orientation into one frame: neurons that compute the same thing at different
// orientations are the same point.
type Alignment struct {
	Shifts  []float64  // [neurons] shift from the frame to the neuron, counter-clockwise in radians: [0, 2 pi); NaN without weights
	Neurons []int      // the neuron of each row of Points; neurons without weights are left out
	Points  *mat.Dense // [neurons with weights, dimensions] of unit length; distances are those of the weights, or those of the metric of Options.Covariance

	population *population
	shifts     []float64 // [rows] as Shifts, of the population's own points
	options    Options
}

// Align shifts neurons over orientation into one frame.
//
// Templates and shifts are estimated alternately, with Options.MaxK templates: each neuron is aligned with every template (by any angle, see Cluster)
// and joins the nearest, and each template becomes the mean of its neurons, until nothing changes. The best of Options.Restarts starts is kept. Then
// templates are aligned with each other and merged, always the two whose merging adds least to the squared distances (Ward 1963), until one is left.
// So similar neurons are aligned first. Neurons without any feature in common get a shift too, which has no meaning.
//
// The result does not depend on the order of the neurons, nor on their orientations: exactly for whole steps between rotations, and at any angle for weights
// without the highest angular frequency (half the number of rotations).
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
	if err := p.enough(o.K); err != nil {
		return nil, err
	}
	return p.inFrame(o), nil
}

// inFrame does what Align says.
func (p *population) inFrame(o Options) *Alignment {
	p.sort()
	live := len(p.live)
	s, most := p.space, min(o.MaxK, live)
	runs := make([]partition, o.Restarts)
	parallel(o.Restarts, func(i int) {
		runs[i] = s.kmeans(p.points, s.initialTemplates(p.points, most, rand.New(rand.NewPCG(o.Seed, uint64(i)))))
	})
	best := runs[0]
	for _, run := range runs[1:] {
		if run.objective < best.objective {
			best = run
		}
	}
	frame := s.joinTemplates(best)

	a := &Alignment{Shifts: make([]float64, p.weights.Neurons), Neurons: p.live, population: p, shifts: make([]float64, live), options: o}
	for i := range a.shifts {
		a.shifts[i] = best.shifts[i] + frame[best.labels[i]]
	}
	// The frame's zero: the angle at which the mean weights peak.
	mean := make(point, s.orders*s.features)
	for i, x := range p.plain {
		s.addShifted(mean, x, -a.shifts[i])
	}
	peak := s.peak(mean)
	for n := range a.Shifts {
		a.Shifts[n] = math.NaN()
	}
	for i, n := range p.live {
		a.shifts[i] += peak
		a.Shifts[n] = wrap(a.shifts[i] + 2*math.Pi*float64(p.steps[i])/float64(s.rotations))
	}
	a.Points = mat.NewDense(live, 2*s.orders*s.features, nil)
	for i := range live {
		x := make(point, s.orders*s.features)
		s.addShifted(x, p.points[i], -a.shifts[i])
		for j, v := range x {
			a.Points.Set(i, 2*j, real(v))
			a.Points.Set(i, 2*j+1, imag(v))
		}
	}
	return a
}

// Weights returns the weights in the common frame, [neurons, rotations, features]: of unit length, shifted back by Shifts. A neuron without weights stays 0.
func (a *Alignment) Weights() Weights {
	p := a.population
	s := p.space
	out := p.weights
	out.Values = make([]float32, len(out.Values))
	for i, n := range p.live {
		row := out.At(n)
		for c := range row {
			angle := 2*math.Pi*float64(c/s.features)/float64(s.rotations) + a.shifts[i]
			row[c] = float32(s.sample(p.plain[i], c%s.features, angle))
		}
	}
	return out
}

// joinTemplates returns the shift from the common frame to each template of a partition.
func (s *space) joinTemplates(p partition) []float64 {
	shifts := make([]float64, len(p.templates))
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
		one, two, shift, least := 0, 1, 0.0, math.Inf(1)
		for i, a := range groups {
			for j, b := range groups[:i] {
				// b's frame shifted by angle lies closest to a's.
				angle, product, _ := s.align(a.sum, b.sum, math.Inf(-1), scratch)
				cost := (lengthSquared(a.sum)/(a.n*a.n) + lengthSquared(b.sum)/(b.n*b.n) - 2*product/(a.n*b.n)) * a.n * b.n / (a.n + b.n)
				if cost < least {
					one, two, shift, least = i, j, angle, cost
				}
			}
		}
		a, b := groups[one], groups[two]
		for _, j := range b.members {
			shifts[j] -= shift
		}
		s.addShifted(a.sum, b.sum, shift)
		groups[one] = group{append(a.members, b.members...), a.sum, a.n + b.n}
		groups = slices.Delete(groups, two, two+1)
	}
	return shifts
}

// sort orders the neurons by their weights, so that results do not depend on their order in the recording.
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
		return 0 // -1e-17 + 2 pi rounds to 2 pi
	}
	return angle
}
