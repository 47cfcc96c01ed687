package features_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"v1lab/v1model/features"
)

// permuted returns a population in another order of neurons and features, each neuron and the whole turned by steps.
func permuted(w features.Weights, neurons, channels, steps []int) features.Weights {
	out := w
	out.Values = make([]float32, len(w.Values))
	for i, n := range neurons {
		for r := range w.Rotations {
			for j, f := range channels {
				out.At(i)[(r+steps[n])%w.Rotations*w.Features+j] = w.At(n)[r*w.Features+f]
			}
		}
	}
	return out
}

// Types are those of the truth, and what is expected of a neuron is near to what its type computes without noise, at its own orientation.
func TestTypesAreFound(t *testing.T) {
	sizes := []int{20, 20, 20, 20, 20}
	w, truth, _ := population(3, 8, 16, sizes, 0.1)
	clean, _, _ := population(3, 8, 16, sizes, 0)
	for _, components := range features.Components() {
		found, err := features.FindTypes(w, features.TypeOptions{K: 5, Components: components})
		if err != nil {
			t.Fatal(err)
		}
		if ari := features.ARI(found.Labels, truth); ari < 0.999 {
			t.Errorf("%s: ARI %g", components, ari)
		}
		sum, noise := 0.0, 0.0
		unit, want := w.Normalised(), clean.Normalised()
		for i, v := range found.Targets.Values {
			sum += math.Pow(float64(v-want.Values[i]), 2)
			noise += math.Pow(float64(unit.Values[i]-want.Values[i]), 2)
		}
		if sum > noise/3 {
			t.Errorf("%s: targets are %g off, the weights %g", components, math.Sqrt(sum), math.Sqrt(noise))
		}
	}
}

// A neuron that is like no type counts less with t-components, and as others with Gaussian ones; one without weights has no type.
func TestOddNeuronsCountLess(t *testing.T) {
	w, truth, _ := population(4, 8, 16, []int{30, 30}, 0.05)
	rng := rand.New(rand.NewPCG(1, 1))
	for c := range w.At(0) {
		w.At(0)[c] = float32(rng.NormFloat64())
	}
	clear(w.At(1))
	for components, least := range map[string]float64{features.StudentT: 0, features.Gaussian: 1} {
		found, err := features.RefineTypes(w, truth, features.TypeOptions{Components: components})
		if err != nil {
			t.Fatal(err)
		}
		if typical := found.Typical; typical[2] < 0.5 || typical[0] > max(least, 0.5) || typical[0] < least || typical[1] != 0 {
			t.Errorf("%s: an odd neuron counts %g, one without weights %g, another %g", components, typical[0], typical[1], typical[2])
		}
		if found.Labels[1] != -1 || found.Labels[2] != truth[2] || slices.ContainsFunc(found.Targets.At(1), func(v float32) bool { return v != 0 }) {
			t.Errorf("%s: labels %v", components, found.Labels[:3])
		}
	}
}

// The order of neurons and features, and each neuron's orientation, change nothing but the order of the result.
func TestTypesDoNotDependOnOrderOrTurns(t *testing.T) {
	w, truth, _ := population(5, 8, 16, []int{9, 8, 7}, 0.3)
	truth[4] = -1
	want, err := features.RefineTypes(w, truth, features.TypeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for order := range uint64(10) {
		rng := rand.New(rand.NewPCG(order, 0))
		neurons, channels, steps := rng.Perm(w.Neurons), rng.Perm(w.Features), make([]int, w.Neurons)
		for n := range steps {
			steps[n] = rng.IntN(w.Rotations)
		}
		labels := make([]int, w.Neurons)
		for i, n := range neurons {
			labels[i] = truth[n]
		}
		got, err := features.RefineTypes(permuted(w, neurons, channels, steps), labels, features.TypeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		targets := permuted(want.Targets, neurons, channels, steps)
		for i, n := range neurons {
			if got.Labels[i] != want.Labels[n] || math.Abs(got.Typical[i]-want.Typical[n]) > 1e-6 {
				t.Fatalf("neuron %d: type %d and %g, want %d and %g", n, got.Labels[i], got.Typical[i], want.Labels[n], want.Typical[n])
			}
		}
		for i, v := range got.Targets.Values {
			if math.Abs(float64(v-targets.Values[i])) > 1e-5 {
				t.Fatalf("target %d: %g, want %g", i, v, targets.Values[i])
			}
		}
	}
}

// Clusters do not depend on the order of neurons and features, nor on turns of neurons or of the whole population.
func TestClustersDoNotDependOnOrderOrTurns(t *testing.T) {
	w, _, _ := population(6, 4, 10, []int{9, 8, 7}, 0.1)
	o := features.Options{MaxK: 4}
	want, err := features.Cluster(w, o)
	if err != nil {
		t.Fatal(err)
	}
	for order := range uint64(10) {
		rng := rand.New(rand.NewPCG(order, 0))
		neurons, channels, steps := rng.Perm(w.Neurons), rng.Perm(w.Features), make([]int, w.Neurons)
		whole := rng.IntN(w.Rotations)
		for n := range steps {
			if steps[n] = whole; rng.IntN(2) == 0 {
				steps[n] = rng.IntN(w.Rotations)
			}
		}
		got, err := features.Cluster(permuted(w, neurons, channels, steps), o)
		if err != nil {
			t.Fatal(err)
		}
		labels := make([]int, w.Neurons)
		for i, n := range neurons {
			labels[n] = got.Labels[i]
		}
		if got.K != want.K || features.ARI(labels, want.Labels) < 1-1e-12 { // numbers of equal clusters may change
			t.Fatalf("labels %v, want %v", labels, want.Labels)
		}
	}
}

func TestTypesThatCannotBeRefined(t *testing.T) {
	w, truth, _ := population(4, 4, 16, []int{3, 3}, 0.05)
	nobody := slices.Repeat([]int{-1}, 6)
	for want, c := range map[string]struct {
		labels     []int
		components string
	}{
		"found 2 labels for 6 neurons": {truth[:2], ""}, "found no neuron with weights and a type, of 6": {nobody, ""},
		`found components "cauchy"; accepted are [t gaussian]`: {truth, "cauchy"},
	} {
		if _, err := features.RefineTypes(w, c.labels, features.TypeOptions{Components: c.components}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
