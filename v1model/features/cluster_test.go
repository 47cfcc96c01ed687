package features_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"v1lab/v1model/features"
)

func TestRecoversTypesAtAnyOrientation(t *testing.T) {
	for _, c := range []struct {
		name      string
		rotations int
		sizes     []int
		noise     float64
	}{
		{"150 equal", 8, []int{30, 30, 30, 30, 30}, 0.05},
		{"150 unequal", 8, []int{70, 40, 20, 12, 8}, 0.05},
		{"noisy", 8, []int{60, 40, 30, 20, 20}, 0.08},
		{"odd number of rotations", 7, []int{40, 30, 20, 20, 20}, 0.05},
		{"12 rotations", 12, []int{40, 30, 20, 20, 20}, 0.05},
		{"two types", 8, []int{90, 60}, 0.05},
	} {
		for seed := range uint64(2) {
			if testing.Short() && (seed > 0 || c.rotations == 8) { // two of twelve
				continue
			}
			t.Run(fmt.Sprint(c.name, " seed ", seed), func(t *testing.T) {
				t.Parallel()
				for _, k := range []int{len(c.sizes), 0} {
					sizes := slices.Clone(c.sizes)
					if k == 0 && len(sizes) > 3 {
						sizes[3] = 0 // as close to the third type as types can be: told apart only by who knows how many there are
					}
					w, truth, orientation := population(seed, c.rotations, 16, sizes, c.noise)
					got, err := features.Cluster(w, features.Options{K: k, Seed: seed, MaxK: 8})
					if err != nil {
						t.Fatal(err)
					}
					if ari := features.ARI(got.Labels, truth); ari < 0.999 {
						t.Errorf("k given %d, found %d: ARI %.3f, silhouettes %v, sizes %v", k, got.K, ari, got.Tried, got.Sizes)
						continue
					}
					if !slices.IsSortedFunc(got.Sizes, func(a, b int) int { return b - a }) {
						t.Errorf("sizes %v", got.Sizes)
					}
					orientationError(t, got, orientation)
				}
			})
		}
	}
}

// orientationError compares shifts with the true orientations: inside a cluster they may differ by one constant only.
func orientationError(t *testing.T, c features.Clustering, orientation []float64) {
	t.Helper()
	for j := range c.K {
		var x, y, n float64
		for i, l := range c.Labels {
			if l == j {
				sin, cos := math.Sincos(c.Shifts[i] - orientation[i])
				x, y, n = x+cos, y+sin, n+1
			}
		}
		if concentration := math.Hypot(x, y) / n; concentration < 0.9 {
			t.Errorf("cluster %d: shifts and orientations agree to a concentration of %.3f, want nearly 1", j, concentration)
		}
	}
}

// A neuron turned by whole steps is the same point: labels, sizes, templates and distances must not move, and its shift must follow.
func TestTurningANeuronChangesOnlyItsShift(t *testing.T) {
	w, _, _ := population(4, 8, 16, []int{20, 12, 8, 6, 6}, 0.1)
	want, err := features.Cluster(w, features.Options{Seed: 1, MaxK: 7, Restarts: 3})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 7), w.Neurons, w.Neurons).Draw(t, "steps")
		turned := w
		turned.Values = make([]float32, len(w.Values))
		for n, s := range steps {
			for c, v := range w.At(n) {
				turned.At(n)[(c+s*w.Features)%len(w.At(n))] = v
			}
		}
		got, err := features.Cluster(turned, features.Options{Seed: 1, MaxK: 7, Restarts: 3})
		if err != nil {
			t.Fatal(err)
		}
		for n, s := range steps {
			difference := math.Mod(got.Shifts[n]-want.Shifts[n]-2*math.Pi*float64(s)/8+5*math.Pi, 2*math.Pi) - math.Pi
			if math.Abs(difference) > 1e-9 {
				t.Fatalf("neuron %d turned by %d steps: shift from %v to %v", n, s, want.Shifts[n], got.Shifts[n])
			}
		}
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(features.Clustering{}, "Shifts"), cmpopts.EquateNaNs()); d != "" {
			t.Fatal(d)
		}
	})
}

// What comes out fits what went in: the template, turned by a neuron's shift, is near the neuron's normalised weights.
func TestTemplatesAreAligned(t *testing.T) {
	w, _, _ := population(2, 8, 16, []int{40, 30, 20}, 0.02)
	c, err := features.Cluster(w, features.Options{K: 3})
	if err != nil {
		t.Fatal(err)
	}
	unit := w.Normalised()
	for n, l := range c.Labels {
		step := 2 * math.Pi / 8
		if off := math.Abs(math.Mod(c.Shifts[n]+step/2, step) - step/2); off > 0.05*step {
			continue // between two rotations: the samples differ
		}
		steps := int(math.Round(c.Shifts[n] / step))
		sum := 0.0
		for i, v := range c.Templates.At(l) {
			d := float64(v - unit.At(n)[(i+steps*w.Features)%(8*w.Features)])
			sum += d * d
		}
		if math.Abs(math.Sqrt(sum)-c.Distances[n]) > 0.05 || c.Distances[n] > 0.4 {
			t.Errorf("neuron %d: distance %v on the grid, %v reported", n, math.Sqrt(sum), c.Distances[n])
		}
	}
	for j := range c.K {
		template := c.Templates.At(j)
		largest := 0
		for i, v := range template {
			if math.Abs(float64(v)) > math.Abs(float64(template[largest])) {
				largest = i
			}
		}
		if largest/w.Features != 0 {
			t.Errorf("template %d peaks at rotation %d, want 0", j, largest/w.Features)
		}
	}
}

func TestDegeneratePopulations(t *testing.T) {
	same := features.Weights{Neurons: 5, Rotations: 4, Features: 2, Values: make([]float32, 40)}
	for n := range 5 {
		same.At(n)[2*(n%4)] = float32(n + 1) // one computation at all orientations and gains
	}
	c, err := features.Cluster(same, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{0, 0, 0, 0, 0}, c.Labels); d != "" || c.K != 1 || c.Objective > 1e-12 {
		t.Errorf("identical neurons: k %d, labels %v", c.K, c.Labels)
	}
	if c, err = features.Cluster(same, features.Options{K: 3}); err != nil || c.K != 3 || c.Sizes[0] != 5 || !math.IsNaN(c.Silhouette) {
		t.Errorf("identical neurons, k given: %v, %+v", err, c)
	}
	one := features.Weights{Neurons: 1, Rotations: 1, Features: 1, Values: []float32{-2}}
	if c, err = features.Cluster(one, features.Options{}); err != nil || c.K != 1 || c.Labels[0] != 0 || len(c.Tried) != 1 {
		t.Errorf("one neuron: %v, %+v", err, c)
	}
}

// Features 0 and 1 are one filter, the second turned by two steps; feature 2 repeats after half a turn. By weights alone
// neurons that use one or the other are different types, by what they compute they are the same.
func TestCovarianceJoinsCopies(t *testing.T) {
	const rotations, n = 8, 4
	channel := func(r, f int, theta float64) float64 { // response to a grating at theta
		a := theta - 2*math.Pi*float64(r)/rotations
		switch f {
		case 0:
			return math.Exp(2 * math.Cos(a))
		case 1:
			return math.Exp(2 * math.Cos(a-math.Pi/2))
		case 2:
			return math.Exp(2 * math.Cos(2*a))
		}
		return math.Cos(3 * a)
	}
	var outputs []float32
	for i := range 64 {
		for r := range rotations {
			for f := range n {
				outputs = append(outputs, float32(channel(r, f, 2*math.Pi*float64(i)/64)))
			}
		}
	}
	covariance, err := features.Covariance(outputs, rotations*n)
	if err != nil {
		t.Fatal(err)
	}
	w := features.Weights{Neurons: 60, Rotations: rotations, Features: n, Values: make([]float32, 60*rotations*n)}
	truth := make([]int, 60)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range truth {
		row, r := w.At(i), i*5%rotations
		truth[i] = i % 3
		switch {
		case truth[i] == 0:
			row[r*n+i/3%2] = 1 // feature 0, or its turned copy
		case truth[i] == 1 && i%2 == 0:
			row[r*n+2] = 1
		case truth[i] == 1:
			row[r*n+2], row[(r+4)%rotations*n+2] = 0.5, 0.5 // the same, split between r and r + half a turn
		default:
			row[r*n+3] = 1
		}
		for c := range row {
			row[c] += float32(0.02 * rng.NormFloat64())
		}
	}
	got, err := features.Cluster(w, features.Options{Covariance: covariance})
	if err != nil {
		t.Fatal(err)
	}
	if ari := features.ARI(got.Labels, truth); ari != 1 {
		t.Errorf("ARI %v, sizes %v", ari, got.Sizes)
	}
	plain, err := features.Cluster(w, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if features.ARI(plain.Labels, truth) > 0.9 {
		t.Error("without the covariance the copies should count as different, or this test shows nothing")
	}
}

func benchmark(b *testing.B, neurons int) {
	w, _, _ := population(1, 8, 16, []int{neurons / 5, neurons / 5, neurons / 5, neurons / 5, neurons / 5}, 0.1)
	for b.Loop() {
		if _, err := features.Cluster(w, features.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCluster150(b *testing.B)  { benchmark(b, 150) }
func BenchmarkCluster1000(b *testing.B) { benchmark(b, 1000) }
func BenchmarkCluster6000(b *testing.B) { benchmark(b, 6000) }
