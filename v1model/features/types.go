package features

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Components lists the accepted values of TypeOptions.Components, the default first.
func Components() []string { return []string{StudentT, Gaussian} }

// Components of a mixture of types.
const (
	StudentT = "t"        // t-distributions of 5 degrees of freedom: a neuron far from all types hardly shapes any
	Gaussian = "gaussian" // every neuron counts alike
)

// tailFreedom is the number of degrees of freedom of StudentT.
const tailFreedom = 5

// mixtureRounds is the number of expectations and maximisations of one refinement.
const mixtureRounds = 5

// TypeOptions steer FindTypes and Types.Refine.
type TypeOptions struct {
	K          int    // number of types; 0: chosen by the silhouette
	Components string // one of Components; "" is StudentT
	Seed       uint64
}

// Types is a mixture of types of neurons, whatever their orientation, and what it expects of each neuron.
type Types struct {
	K       int
	Labels  []int     // [neurons] the likeliest type; -1 without weights
	Typical []float64 // [neurons] how well the mixture describes the neuron, 0 to 1: with t-components its weight in the estimates; 0 without weights
	Targets Weights   // [neurons, rotations, features] expected weights of unit length or less, at the neuron's own orientation; 0 without weights
}

// FindTypes fits a mixture to the weights of a population. It starts from what Cluster finds.
func FindTypes(w Weights, o TypeOptions) (Types, error) {
	c, err := Cluster(w, Options{K: o.K, Seed: o.Seed, Restarts: 3})
	if err != nil {
		return Types{}, err
	}
	return RefineTypes(w, c.Labels, o)
}

// RefineTypes fits a mixture to weights, beginning with the types that labels tell, [neurons]; -1 is a neuron of none. Some neuron with weights must have a type. A type
// that no neuron has any more stays empty.
//
// Weights are scaled to unit length and aligned with every type, as Cluster does. Component k is spherical around its template, with a variance that all
// share; expectations and maximisations alternate a few times, and aligning is part of the expectation.
func RefineTypes(w Weights, labels []int, o TypeOptions) (Types, error) {
	if len(labels) != w.Neurons {
		return Types{}, fmt.Errorf("features: types: found %d labels for %d neurons; one each is needed", len(labels), w.Neurons)
	}
	if o.Components != "" && !slices.Contains(Components(), o.Components) {
		return Types{}, fmt.Errorf("features: types: found components %q; accepted are %v", o.Components, Components())
	}
	p, err := newPopulation(w, nil)
	if err != nil {
		return Types{}, err
	}
	of := pick(labels, p.live)
	k := -1
	for _, l := range of {
		k = max(k, l)
	}
	if k++; k < 1 {
		return Types{}, fmt.Errorf("features: types: found no neuron with weights and a type, of %d; at least one is needed", w.Neurons)
	}
	m := mixtureOfTypes{population: p, k: k, heavy: o.Components != Gaussian, angles: make([]float64, len(of)*k), squares: make([]float64, len(of)*k), belongs: make([]float64, len(of)*k), typical: make([]float64, len(of))}
	m.start(of)
	for range mixtureRounds {
		m.expect()
		m.maximise()
	}
	m.expect()
	return m.types(), nil
}

// mixtureOfTypes is a mixture in the middle of its alternation. Tables are [points][k].
type mixtureOfTypes struct {
	*population
	k         int
	heavy     bool
	templates []point
	shares    []float64 // [k], sum 1
	variance  float64   // of each coordinate
	angles    []float64 // from template to point
	squares   []float64 // squared distance at that angle
	belongs   []float64 // probability of the component
	typical   []float64 // [points]
}

// start sets templates and shares from labels.
func (m *mixtureOfTypes) start(labels []int) {
	var some []int
	for i, l := range labels {
		if l >= 0 {
			some = append(some, i)
		}
	}
	shifts := make([]float64, len(some))
	for j := range m.k {
		m.alignAtFirst(some, labels, j, shifts)
	}
	run := m.space.refineShifts(pick(m.points, some), pick(labels, some), shifts, m.k)
	m.templates, m.shares = run.templates, make([]float64, m.k)
	for _, i := range some {
		m.shares[labels[i]] += 1 / float64(len(some))
	}
	m.setVariance(run.objective / float64(len(some)))
}

// references limits the members of a type that are tried as the one with which all are aligned at first.
const references = 30

// alignAtFirst sets the shifts of a type's members, those of some with label j: to the member that is most like all others, of those with the largest weights. So
// neither the order of neurons nor their orientation matters.
func (m *mixtureOfTypes) alignAtFirst(some, labels []int, j int, shifts []float64) {
	var members []int // in some
	for at, i := range some {
		if labels[i] == j {
			members = append(members, at)
		}
	}
	length := func(at int) float64 { return norm(m.weights.At(m.live[some[at]])) }
	tried := slices.Clone(members)
	slices.SortStableFunc(tried, func(a, b int) int { return cmp.Compare(length(b), length(a)) })
	c, most := make([]complex128, m.space.orders), math.Inf(-1)
	angles := make([]float64, len(members))
	for _, r := range tried[:min(references, len(tried))] {
		sum := 0.0
		for l, at := range members {
			angle, product, _ := m.space.align(m.points[some[at]], m.points[some[r]], math.Inf(-1), c)
			angles[l] = angle
			sum += product
		}
		if sum <= most {
			continue
		}
		most = sum
		for l, at := range members {
			shifts[at] = angles[l]
		}
	}
}

// setVariance sets the variance of each coordinate from the mean squared distance.
func (m *mixtureOfTypes) setVariance(square float64) {
	m.variance = max(square, 1e-4) / m.dimensions()
}

func (m *mixtureOfTypes) dimensions() float64 {
	return float64(m.space.rotations * m.space.features)
}

// expect aligns every point with every template and computes where it belongs.
func (m *mixtureOfTypes) expect() {
	d := m.dimensions()
	parallel(len(m.points), func(i int) {
		c, row := make([]complex128, m.space.orders), m.belongs[i*m.k:(i+1)*m.k]
		highest := math.Inf(-1)
		for j, t := range m.templates {
			angle, product, _ := m.space.align(m.points[i], t, math.Inf(-1), c)
			square := max(1+lengthSquared(t)-2*product, 0)
			m.angles[i*m.k+j], m.squares[i*m.k+j] = angle, square
			row[j] = math.Log(m.shares[j]) - square/(2*m.variance)
			if m.heavy {
				row[j] = math.Log(m.shares[j]) - (tailFreedom+d)/2*math.Log1p(square/(tailFreedom*m.variance))
			}
			highest = max(highest, row[j])
		}
		sum := 0.0
		for j := range row {
			row[j] = math.Exp(row[j] - highest)
			sum += row[j]
		}
		m.typical[i] = 0
		for j := range row {
			row[j] /= sum
			m.typical[i] += row[j] * m.weight(m.squares[i*m.k+j])
		}
	})
}

// weight is how much a point at a squared distance from a component shapes it, at most 1.
func (m *mixtureOfTypes) weight(square float64) float64 {
	if !m.heavy {
		return 1
	}
	return min((tailFreedom+m.dimensions())/(tailFreedom+square/m.variance), 1)
}

// maximise estimates shares, templates and variance. A component that no point belongs to keeps its template.
func (m *mixtureOfTypes) maximise() {
	square := 0.0
	for j := range m.k {
		sum, mass, count := make(point, m.space.orders*m.space.features), 0.0, 0.0
		for i, x := range m.points {
			belongs := m.belongs[i*m.k+j]
			if belongs < 1e-6 {
				continue
			}
			by := belongs * m.weight(m.squares[i*m.k+j])
			scaled := make(point, len(x))
			for c, v := range x {
				scaled[c] = complex(by, 0) * v
			}
			m.space.addShifted(sum, scaled, -m.angles[i*m.k+j])
			mass, count, square = mass+by, count+belongs, square+by*m.squares[i*m.k+j]
		}
		m.shares[j] = count / float64(len(m.points))
		if mass == 0 {
			continue
		}
		for c := range sum {
			sum[c] /= complex(mass, 0)
		}
		m.templates[j] = sum
	}
	m.setVariance(square / float64(len(m.points)))
}

// types returns what the mixture says of each neuron.
func (m *mixtureOfTypes) types() Types {
	w, s := m.weights, m.space
	t := Types{K: m.k, Labels: slices.Repeat([]int{-1}, w.Neurons), Typical: make([]float64, w.Neurons), Targets: w}
	t.Targets.Values = make([]float32, len(w.Values))
	for i, n := range m.live {
		row := m.belongs[i*m.k : (i+1)*m.k]
		t.Labels[n], t.Typical[n] = slices.Index(row, slices.Max(row)), m.typical[i]
		expected := make(point, s.orders*s.features)
		for j, belongs := range row {
			if belongs < 1e-6 {
				continue
			}
			scaled := make(point, len(expected))
			for c, v := range m.templates[j] {
				scaled[c] = complex(belongs, 0) * v
			}
			s.addShifted(expected, scaled, m.angles[i*m.k+j])
		}
		out := t.Targets.At(n)
		for c := range out {
			angle := 2 * math.Pi * float64(c/s.features-m.steps[i]) / float64(s.rotations)
			out[c] = float32(s.sample(expected, c%s.features, angle))
		}
	}
	return t
}
