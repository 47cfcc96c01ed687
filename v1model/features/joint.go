package features

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Fit is what one fit says of the neurons.
type Fit struct {
	Weights    Weights   // [neurons, rotations, features]
	Covariance []float64 // of its features, see Options.Covariance; nil: the identity
}

// Joint groups neurons by all that several fits say of them. The features of the fits stand side by side, as if one core had them all, and each fit has the same say: a
// neuron's weights in it have unit length in the fit's own metric. Fits turn a neuron by one angle, its orientation, so it is one shift that aligns it with a
// template in all of them. Types that most fits separate a little are found even where single fits mistake many neurons.
type Joint struct {
	*Divisions // by all fits

	halves []Comparison // groupings by some of the fits beside those by the others
}

// DivideJointly groups the neurons of several fits, at least 2, as Divide does, and again by halves of the fits. Neither the order of the fits nor that of the neurons matters.
func DivideJointly(fits []Fit, o Options) (*Joint, error) {
	if len(fits) < 2 {
		return nil, fmt.Errorf("features: joint: found %d fits; at least 2 are needed", len(fits))
	}
	fits = slices.Clone(fits)
	slices.SortStableFunc(fits, func(a, b Fit) int { return slices.Compare(a.Weights.Values, b.Weights.Values) })
	all, err := divideSome(fits, o)
	if err != nil {
		return nil, err
	}
	j := &Joint{Divisions: all}
	o.Restarts = resampleStarts
	for _, members := range halvesOf(len(fits), all.options.Seed) {
		var one Comparison
		for side, some := range members {
			d, err := divideSome(pick(fits, some), o)
			if err != nil {
				return nil, err
			}
			one[side] = d.Labels()
		}
		j.halves = append(j.halves, one)
	}
	return j, nil
}

// divideSome groups neurons by some fits.
func divideSome(fits []Fit, o Options) (*Divisions, error) {
	w, covariance, err := sideBySide(fits)
	if err != nil {
		return nil, err
	}
	o.Covariance = covariance
	by := o.By
	if o.Method == nil {
		o.By = Recurring // puts neurons in an order that does not depend on the recording's
	}
	d, err := Divide(w, o)
	if err != nil {
		return nil, err
	}
	d.options.By = by
	return d, nil
}

// halvesOf divides n fits into two halves, one of them larger by one where n is odd: in all ways, or in as many of them as neurons are halved.
func halvesOf(n int, seed uint64) (all [][2][]int) {
	split := func(in func(i int) bool) {
		var members [2][]int
		for i := range n {
			if in(i) {
				members[0] = append(members[0], i)
			} else {
				members[1] = append(members[1], i)
			}
		}
		all = append(all, members)
	}
	const few = 5 // of 5 fits there are 10 halves
	if n <= few {
		for mask := range uint(1) << n {
			if bits.OnesCount(mask) == n/2 && (n%2 == 1 || mask&1 == 1) { // of two equal halves, the one with the first fit
				split(func(i int) bool { return mask>>i&1 == 1 })
			}
		}
		return all
	}
	for i := range splits {
		order := rand.New(rand.NewPCG(seed, uint64(i)<<32|uint64(n))).Perm(n)
		split(func(i int) bool { return slices.Index(order, i) < n/2 })
	}
	return all
}

// sideBySide returns the weights [neurons, rotations, features of all fits] and the covariance of all features; nil if no fit has one.
func sideBySide(fits []Fit) (Weights, []float64, error) {
	first := fits[0].Weights
	w := Weights{Neurons: first.Neurons, Rotations: first.Rotations}
	for i, f := range fits {
		if err := f.Weights.Check(); err != nil {
			return w, nil, err
		}
		if f.Weights.Neurons != w.Neurons || f.Weights.Rotations != w.Rotations {
			return w, nil, fmt.Errorf("features: joint: found %d neurons at %d rotations in one fit and %d at %d in another; accepted are fits of the same neurons with as many rotations",
				w.Neurons, w.Rotations, f.Weights.Neurons, f.Weights.Rotations)
		}
		if (f.Covariance == nil) != (fits[0].Covariance == nil) {
			return w, nil, fmt.Errorf("features: joint: found a covariance of features for some of %d fits, none for fit %d; accepted are covariances for all or for none", len(fits), i)
		}
		w.Features += f.Weights.Features
	}
	w.Values = make([]float32, w.Neurons*w.Rotations*w.Features)
	var covariance []float64
	channels := w.Rotations * w.Features
	if fits[0].Covariance != nil {
		covariance = make([]float64, channels*channels)
	}
	at := 0 // of the fit's first feature
	for _, f := range fits {
		own := f.Weights
		channel := func(c int) int { return c/own.Features*w.Features + at + c%own.Features }
		s, ownChannels := newSpace(own.Rotations, own.Features), own.Rotations*own.Features
		var m metric
		if f.Covariance != nil {
			scaled, err := unitTrace(f.Covariance, ownChannels)
			if err != nil {
				return w, nil, err
			}
			if m, err = s.newMetric(scaled); err != nil {
				return w, nil, err
			}
			for i, v := range scaled {
				covariance[channel(i/ownChannels)*channels+channel(i%ownChannels)] = v
			}
		}
		for n := range own.Neurons {
			length := norm(own.At(n))
			if length == 0 {
				continue // dead in this fit: the others tell what it computes
			}
			if m != nil {
				samples, _ := canonicalShift(own.At(n), own.Rotations, own.Features)
				length = math.Sqrt(lengthSquared(m.apply(s, s.transform(samples))))
			}
			for c, v := range own.At(n) {
				w.At(n)[channel(c)] = float32(float64(v) / length)
			}
		}
		at += own.Features
	}
	return w, covariance, nil
}

// unitTrace scales a covariance so that the mean variance is 1, as fits may have features of any scale.
func unitTrace(covariance []float64, channels int) ([]float64, error) {
	if len(covariance) != channels*channels {
		return nil, fmt.Errorf("features: covariance: found %d values; %d channels need %d", len(covariance), channels, channels*channels)
	}
	trace := 0.0
	for c := range channels {
		trace += covariance[c*channels+c]
	}
	if !(trace > 0) || math.IsInf(trace, 1) {
		return nil, fmt.Errorf("features: covariance: found a trace of %v; it must be positive", trace)
	}
	out := slices.Clone(covariance)
	for i := range out {
		out[i] *= float64(channels) / trace
	}
	return out, nil
}

// Choose returns the number of clusters: Options.K, or what the criterion chooses, with the recurrence over fits if that is Recurring.
func (j *Joint) Choose() (k int, r *Recurrence, err error) {
	if j.options.K == 0 && j.options.By == Recurring {
		if r, err = j.Recurrence(); err != nil {
			return 0, nil, err
		}
		return r.K, r, nil
	}
	c, err := j.Divisions.Choose()
	return c.K, nil, err
}

// Recurrence judges numbers of clusters by the halves of the fits: what some fits find comes back in the others. Halves of the neurons give the valleys between
// clusters, and widen the interval to what they find themselves.
func (j *Joint) Recurrence() (*Recurrence, error) {
	neurons, err := j.Resample()
	if err != nil {
		return nil, err
	}
	last := len(neurons.Levels)
	for _, h := range j.halves {
		last = min(last, len(h[0]), len(h[1]))
	}
	var valleys []*Valley
	for _, l := range neurons.Levels[:last] {
		valleys = append(valleys, l.Valley)
	}
	r, err := Recurs(j.Labels()[:last], j.halves, valleys)
	if err != nil {
		return nil, err
	}
	r.Low, r.High = min(r.Low, neurons.Low), max(r.High, neurons.High)
	return r, nil
}

// Consensus is the grouping by all fits into k clusters, and how far halves of the fits agree with it.
func (j *Joint) Consensus(k int) (Consensus, error) {
	if k < 1 || k > len(j.Tried) {
		return Consensus{}, fmt.Errorf("features: consensus: found %d clusters; accepted are 1 to %d", k, len(j.Tried))
	}
	var groupings [][]int
	for _, h := range j.halves {
		for _, labels := range h {
			if k > len(labels) {
				return Consensus{}, fmt.Errorf("features: consensus: found %d clusters; half of the fits have neurons with weights for %d", k, len(labels))
			}
			groupings = append(groupings, labels[k-1])
		}
	}
	return Vote(j.Tried[k-1].Labels, groupings)
}
