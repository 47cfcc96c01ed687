package features_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"v1lab/v1model/features"
)

// drawn is a population with as many types as asked for, as one of several fits finds it. Each type uses up to three of 16 features, with bumps over orientation at fixed places; every
// second type is a neighbour of the one before: it uses the same features at other relative orientations.
// Half the variance of the noise is the neurons' own, alike in all fits. mixed: there are no types, but each neuron is a random mixture of them all.
func drawn(seed, fit uint64, neurons, kinds int, noise float64, mixed bool) (features.Weights, []int) {
	rng := rand.New(rand.NewPCG(seed, 77))
	own := rand.New(rand.NewPCG(seed, 1000+fit))
	var all [][]bump
	for k := range kinds {
		var t []bump
		if k%2 == 1 {
			t = append(t, all[k-1]...)
			t[1].at += math.Pi / 2
		} else {
			for i, f := range rng.Perm(16)[:3] {
				t = append(t, bump{feature: f, weight: []float64{1, 0.8, 0.5}[i] * (0.8 + 0.4*rng.Float64()), at: math.Pi * rng.Float64(), kind: 1 + 2*rng.Float64()})
			}
		}
		all = append(all, t)
	}
	const rotations, nFeatures = 8, 16
	w := features.Weights{Neurons: neurons, Rotations: rotations, Features: nFeatures, Values: make([]float32, neurons*rotations*nFeatures)}
	truth := make([]int, neurons)
	for n := range neurons {
		truth[n] = n % kinds
		shares := make([]float64, kinds)
		shares[truth[n]] = 1
		if mixed {
			sum := 0.0
			for k := range shares {
				shares[k] = rng.ExpFloat64()
				sum += shares[k]
			}
			for k := range shares {
				shares[k] /= sum
			}
		}
		phi := 2 * math.Pi * rng.Float64()
		row := w.At(n)
		for k, share := range shares {
			for _, b := range all[k] {
				for r := range rotations {
					theta := 2*math.Pi*float64(r)/float64(rotations) - phi - b.at
					row[r*nFeatures+b.feature] += float32(share * b.weight * math.Exp(b.kind*(math.Cos(theta)-1)))
				}
			}
		}
		for c := range row {
			row[c] += float32(noise * math.Sqrt(0.5) * (rng.NormFloat64() + own.NormFloat64()))
		}
	}
	return w, truth
}

// Stability finds as many types as there are where the silhouette finds pairs of neighbours, and none in a continuum.
func TestStabilityFindsTheNumber(t *testing.T) {
	for name, c := range map[string]struct {
		neurons, kinds int
		noise          float64
		mixed          bool
		want           int
	}{
		"five": {100, 5, 0.1, false, 5}, "eight": {120, 8, 0.05, false, 8}, "one": {80, 1, 0.1, false, 1}, "continuum": {120, 5, 0.05, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, truth := drawn(1, 0, c.neurons, c.kinds, c.noise, c.mixed)
			got, err := features.Cluster(w, features.Options{By: features.Recurring, MaxK: 10})
			if err != nil {
				t.Fatal(err)
			}
			r := got.Recurrence
			if got.K != c.want || r.K != c.want || r.Low > c.want || r.High < c.want || len(r.Levels) != 10 || got.Tried[c.want-1].Stability != r.Levels[c.want-1].Stability() {
				t.Errorf("%d clusters, interval %d to %d, levels %+v", got.K, r.Low, r.High, r.Levels)
			}
			if c.want > 1 && features.ARI(got.Labels, truth) < 0.99 {
				t.Errorf("agreement with the truth %.3f", features.ARI(got.Labels, truth))
			}
			if levels := r.Levels; c.mixed && (!levels[1].Stable() && !levels[2].Stable() || levels[1].Valley.Separate() || levels[2].Valley.Separate()) {
				t.Errorf("two or three parts of a continuum should come back without a valley between them: %+v, %+v", levels[1], levels[2])
			}
		})
	}
}

// The gap sees types that are far from each other, and one where there is one.
func TestGap(t *testing.T) {
	for _, want := range []int{1, 3} {
		w, _, _ := population(1, 8, 16, []int{30, 30, 30}[:want], 0.05)
		for _, m := range []features.Method{nil, features.Ward{}} {
			c, err := features.Cluster(w, features.Options{By: features.Gap, Method: m, MaxK: 6})
			if err != nil {
				t.Fatal(err)
			}
			if c.K != want || !(c.Tried[want-1].GapSE > 0) || math.IsNaN(c.Tried[5].Gap) {
				t.Errorf("%v: %d clusters, want %d: %+v", m, c.K, want, c.Tried)
			}
		}
	}
}

// The order of the neurons, their orientations, the numbers of the features and the order of the fits tell nothing.
func TestStabilityDependsOnNoOrder(t *testing.T) {
	first, _ := drawn(2, 0, 24, 3, 0.05, false)
	second, _ := drawn(2, 1, 24, 3, 0.05, false)
	o := features.Options{By: features.Recurring, MaxK: 4, Restarts: 3}
	across := func(t rapid.TB, a, b features.Weights) (*features.Recurrence, []int) {
		j, err := features.DivideJointly([]features.Fit{{Weights: a}, {Weights: b}}, o)
		if err != nil {
			t.Fatal(err)
		}
		k, r, err := j.Choose()
		if err != nil {
			t.Fatal(err)
		}
		return r, j.Tried[k-1].Labels
	}
	want, labels := across(t, first, second)
	if want.K != 3 {
		t.Fatalf("%d clusters of 3 types: %+v", want.K, want.Levels)
	}
	rapid.Check(t, func(t *rapid.T) {
		neurons := rapid.Permutation(numbers(24)).Draw(t, "neurons")
		channels := rapid.Permutation(numbers(16)).Draw(t, "features")
		changed := func(w features.Weights) features.Weights {
			turn := rapid.IntRange(0, 7).Draw(t, "turn") // of one fit: its features have an orientation of their own
			out := w
			out.Values = make([]float32, len(w.Values))
			for n := range neurons {
				for r := range 8 {
					for f := range 16 {
						out.At(n)[(r+turn)%8*16+f] = w.At(neurons[n])[r*16+channels[f]]
					}
				}
			}
			return out
		}
		a, b := changed(first), changed(second)
		if rapid.Bool().Draw(t, "second first") {
			a, b = b, a
		}
		got, found := across(t, a, b)
		var expected []int
		for _, n := range neurons {
			expected = append(expected, labels[n])
		}
		if got.K != want.K || features.ARI(found, expected) != 1 {
			t.Fatalf("%d clusters that agree by %.3f: %+v", got.K, features.ARI(found, expected), got.Levels)
		}
	})
}

// Level by level: what is kept, from where clusters come, what is cut.
func TestRecurs(t *testing.T) {
	a := [][]int{{0, 0, 0, 0, 0, 0, -1}, {0, 0, 0, 1, 1, 1, -1}, {0, 0, 0, 1, 1, 2, -1}}
	b := [][]int{{0, 0, 0, 0, 0, 0, 0}, {1, 1, 1, 0, 0, 0, 0}, {1, 1, 0, 0, 2, 2, 0}}
	r, err := features.Recurs(a, []features.Comparison{{a, b}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Of three clusters, those of three and of two neurons overlap by 2/3 and 1/3 with their partners, and a single neuron is no cluster.
	if r.K != 2 || r.Low != 2 || r.High != 2 || r.Levels[1].Recurring != 2 || r.Levels[1].Stability() != 1 || r.Levels[2].Recurring != 0 {
		t.Errorf("%+v", r)
	}
	if l := r.Levels[2]; l.From[0] != 0 || l.From[1] != 1 || l.From[2] != 1 || len(l.Splits()) != 1 || l.Splits()[0] != 1 || l.Stable() {
		t.Errorf("%+v cuts %v", l, l.Splits())
	}
	for _, bad := range [][]features.Comparison{nil, {{a, b[:2]}}, {{a, {{0}, {0}, {0}}}}} {
		if _, err := features.Recurs(a, bad, nil); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}
