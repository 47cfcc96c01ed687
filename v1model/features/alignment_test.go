package features_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"v1lab/v1model/features"
)

// turned returns the weights with each neuron turned by an angle of its own, in radians, by the discrete Fourier transform over rotations:
// written down from the definition, apart from the package's own way. The highest frequency of an even number of rotations must be 0.
func turned(w features.Weights, angles []float64) features.Weights {
	out := w
	out.Values = make([]float32, len(w.Values))
	for n, angle := range angles {
		for f := range w.Features {
			for r := range w.Rotations {
				v := 0.0
				for q := range w.Rotations {
					x := 2*math.Pi*float64(r-q)/float64(w.Rotations) - angle
					kernel := 1.0
					for m := 1; 2*m < w.Rotations; m++ {
						kernel += 2 * math.Cos(float64(m)*x)
					}
					v += kernel / float64(w.Rotations) * float64(w.At(n)[q*w.Features+f])
				}
				out.At(n)[r*w.Features+f] = float32(v)
			}
		}
	}
	return out
}

// concentration is 1 where all angles are the same.
func concentration(angles []float64) float64 {
	x, y := 0.0, 0.0
	for _, a := range angles {
		x, y = x+math.Cos(a), y+math.Sin(a)
	}
	return math.Hypot(x, y) / float64(len(angles))
}

// Neurons of one type at random orientations between the rotations: the shifts are the orientations, up to one angle for all.
func TestAlignRecoversRotations(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	const n, rotations, nFeatures = 60, 8, 5
	one := features.Weights{Neurons: n, Rotations: rotations, Features: nFeatures, Values: make([]float32, n*rotations*nFeatures)}
	angles := make([]float64, n)
	for i := range n {
		angles[i] = 2 * math.Pi * rng.Float64()
		for r := range rotations {
			theta := 2 * math.Pi * float64(r) / rotations
			one.At(i)[r*nFeatures] = float32(1 + 0.8*math.Cos(theta) + 0.3*math.Cos(2*theta))
			one.At(i)[r*nFeatures+3] = float32(-0.5*math.Sin(theta) + 0.2*math.Cos(3*theta))
		}
	}
	a, err := features.Align(turned(one, angles), features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	first := a.Shifts[0] - angles[0]
	for i, s := range a.Shifts {
		if off := math.Abs(math.Remainder(s-angles[i]-first, 2*math.Pi)); off > 1e-5 {
			t.Errorf("neuron %d: turned by %v, found %v off", i, angles[i], off)
		}
	}
	aligned := a.Weights() // all the same now, with the strongest feature's peak at rotation 0
	for i := range n {
		if d := cmp.Diff(aligned.At(0), aligned.At(i), cmpopts.EquateApprox(0, 1e-5)); d != "" {
			t.Fatalf("neuron %d: %s", i, d)
		}
	}
	if row := aligned.At(0); row[0] < row[nFeatures] || row[0] < row[(rotations-1)*nFeatures] {
		t.Errorf("the strongest feature does not peak at rotation 0: %v", row)
	}
}

// The same with noise, several types and weights that are not band-limited: inside a type the shifts are the orientations.
func TestAlignRecoversRotationsOfEachType(t *testing.T) {
	w, truth, orientation := population(7, 8, 16, []int{40, 30, 30, 20}, 0.05)
	a, err := features.Align(w, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for kind := range 4 {
		var off []float64
		for n, s := range a.Shifts {
			if truth[n] == kind {
				off = append(off, s-orientation[n])
			}
		}
		if c := concentration(off); c < 0.97 {
			t.Errorf("type %d: shifts and orientations agree to a concentration of %.3f", kind, c)
		}
	}
}

func methods() []features.Method {
	return []features.Method{features.KMeans{}, features.Mixture{}, features.Mixture{Covariance: features.Spherical}, features.Mixture{Covariance: features.Shared}, features.Ward{}}
}

func TestMethodsRecoverTypes(t *testing.T) {
	for seed := range uint64(2) {
		w, truth, orientation := population(seed, 8, 16, []int{24, 20, 16, 0, 12}, 0.05)
		for _, m := range methods() {
			for _, k := range []int{4, 0} {
				c, err := features.Cluster(w, features.Options{K: k, MaxK: 8, Method: m})
				if err != nil {
					t.Fatal(err)
				}
				if ari := features.ARI(c.Labels, truth); ari != 1 || c.K != 4 {
					t.Errorf("%s %+v, k given %d, found %d: ARI %.3f, tried %v", m, m, k, c.K, ari, c.Tried)
					continue
				}
				orientationError(t, c, orientation)
			}
		}
	}
}

// Gaussian types are what the BIC is about.
func TestBICChoosesTheNumberOfGaussians(t *testing.T) {
	w, truth, _ := population(1, 8, 6, []int{60, 0, 0, 0, 0}, 0.08)
	other, _, _ := population(2, 8, 6, []int{50, 0, 0, 0, 0}, 0.08)
	for n := range other.Neurons { // the second type is the first, on another feature
		row := other.At(n)
		for r := range 8 {
			row[r*6], row[r*6+4] = row[r*6+4], row[r*6]
		}
		truth = append(truth, 1)
	}
	w.Neurons += other.Neurons
	w.Values = append(w.Values, other.Values...)
	for _, m := range []features.Method{features.Mixture{}, features.Mixture{Covariance: features.Spherical}} {
		c, err := features.Cluster(w, features.Options{MaxK: 6, Method: m, By: features.BIC})
		if err != nil {
			t.Fatal(err)
		}
		if c.K != 2 || features.ARI(c.Labels, truth) != 1 {
			t.Errorf("%+v: k %d, tried %v", m, c.K, c.Tried)
		}
	}
}

// Neither the order of the neurons nor their orientation decides who belongs together.
func TestMethodsIgnoreOrderAndOrientation(t *testing.T) {
	w, _, _ := population(5, 8, 9, []int{9, 8, 7}, 0.1) // of noisy neurons: groups are not clear
	for _, m := range methods()[1:] {                   // the mixture starts from k-means
		want, err := features.Cluster(w, features.Options{MaxK: 4, Method: m, Restarts: 2})
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			order := rapid.Permutation(numbers(w.Neurons)).Draw(t, "order")
			steps := rapid.SliceOfN(rapid.IntRange(0, 7), w.Neurons, w.Neurons).Draw(t, "steps")
			other := w
			other.Values = make([]float32, len(w.Values))
			for to, from := range order {
				for c, v := range w.At(from) {
					other.At(to)[(c+steps[to]*w.Features)%len(w.At(from))] = v
				}
			}
			got, err := features.Cluster(other, features.Options{MaxK: 4, Method: m, Restarts: 2})
			if err != nil {
				t.Fatal(err)
			}
			for to, from := range order {
				if got.Labels[to] != want.Labels[from] || math.Abs(got.Distances[to]-want.Distances[from]) > 1e-9 {
					t.Fatalf("%s: neuron %d, now %d: cluster %d, distance %v; was %d, %v", m, from, to, got.Labels[to], got.Distances[to], want.Labels[from], want.Distances[from])
				}
				off := math.Remainder(got.Shifts[to]-want.Shifts[from]-2*math.Pi*float64(steps[to])/8, 2*math.Pi)
				if math.Abs(off) > 1e-6 {
					t.Fatalf("%s: neuron %d turned by %d steps: shift %v, was %v", m, from, steps[to], got.Shifts[to], want.Shifts[from])
				}
			}
			if d := cmp.Diff(want.Templates.Values, got.Templates.Values, cmpopts.EquateApprox(0, 1e-6)); d != "" || !slices.Equal(want.Sizes, got.Sizes) {
				t.Fatalf("%s: templates or sizes moved: %v, %v, %s", m, want.Sizes, got.Sizes, d)
			}
		})
	}
}

// Turns by less than a step change nothing either, where the samples can follow them: no content at the highest frequency.
func TestMethodsIgnoreTurnsBetweenRotations(t *testing.T) {
	w, truth, _ := population(6, 7, 9, []int{12, 10, 8}, 0.03)
	for _, m := range []features.Method{nil, features.KMeans{}, features.Mixture{}, features.Ward{}} {
		rapid.Check(t, func(t *rapid.T) {
			angles := rapid.SliceOfN(rapid.Float64Range(-10, 10), w.Neurons, w.Neurons).Draw(t, "angles")
			c, err := features.Cluster(turned(w, angles), features.Options{K: 3, Method: m, Restarts: 2})
			if err != nil {
				t.Fatal(err)
			}
			if ari := features.ARI(c.Labels, truth); ari != 1 {
				t.Fatalf("%v: ARI %v", m, ari)
			}
		})
	}
}

func numbers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// Identical neurons, fewer of them than clusters, neurons without weights: no NaN where there is a number, and a mark where there is none.
func TestMethodsOnDegeneratePopulations(t *testing.T) {
	same := features.Weights{Neurons: 7, Rotations: 4, Features: 2, Values: make([]float32, 56)}
	for n := range 6 { // one computation at all orientations; the last neuron is dead
		same.At(n)[2*(n%4)] = float32(n + 1)
	}
	for _, m := range methods() {
		for k := range 4 {
			c, err := features.Cluster(same, features.Options{K: k, Method: m})
			if err != nil {
				t.Fatalf("%s, k %d: %v", m, k, err)
			}
			for n, l := range c.Labels {
				if dead := n == 6; (l == -1) != dead || math.IsNaN(c.Shifts[n]) != dead || math.IsNaN(c.Distances[n]) != dead {
					t.Errorf("%s, k %d, neuron %d: cluster %d, shift %v, distance %v", m, k, n, l, c.Shifts[n], c.Distances[n])
				}
			}
			if k == 0 && c.K != 1 {
				t.Errorf("%s: identical neurons fall into %d clusters", m, c.K)
			}
			for _, tried := range c.Tried {
				if math.IsNaN(tried.BIC) || math.IsInf(tried.BIC, 0) || math.IsNaN(tried.Objective) {
					t.Errorf("%s, k %d: %+v", m, k, tried)
				}
			}
		}
		if c, err := features.Cluster(features.Weights{Neurons: 1, Rotations: 1, Features: 1, Values: []float32{-2}}, features.Options{Method: m}); err != nil || c.K != 1 || c.Labels[0] != 0 {
			t.Errorf("%s, one neuron: %v, %+v", m, err, c)
		}
	}
	a, err := features.Align(same, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := a.Embed()
	for n, at := range e.At {
		if math.IsNaN(at[0]) != (n == 6) || math.IsNaN(at[1]) != (n == 6) {
			t.Errorf("neuron %d lies at %v", n, at)
		}
	}
	if d := cmp.Diff(make([]float32, 8), a.Weights().At(6)); d != "" || !math.IsNaN(a.Shifts[6]) || len(a.Neurons) != 6 {
		t.Errorf("dead neuron: %s, shift %v, %v", d, a.Shifts[6], a.Neurons)
	}
}

func TestExemplarsAndEmbedding(t *testing.T) {
	w, truth, _ := population(8, 8, 16, []int{20, 15, 10}, 0.03)
	odd := slices.Index(truth, 0) // one neuron far from its type
	for c := range w.At(odd) {
		w.At(odd)[c] += 0.2 * float32(c%3)
	}
	a, err := features.Align(w, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := a.Exemplars(truth, 3, 100)
	if err != nil {
		t.Fatal(err)
	}
	for j, size := range []int{20, 15, 10} {
		if len(all[j]) != size {
			t.Fatalf("cluster %d: %d exemplars of %d", j, len(all[j]), size)
		}
		for _, n := range all[j] {
			if truth[n] != j {
				t.Errorf("cluster %d: neuron %d is of type %d", j, n, truth[n])
			}
		}
	}
	if last := all[0][19]; last != odd {
		t.Errorf("the odd neuron is %d, the last exemplar %d", odd, last)
	}
	few, err := a.Exemplars(truth, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]int{all[0][:2], all[1][:2], all[2][:2], {}}, few); d != "" {
		t.Error(d)
	}
	e := a.Embed()
	if e.Explained[0] < e.Explained[1] || e.Explained[0]+e.Explained[1] > 1+1e-9 || e.Explained[1] <= 0 {
		t.Errorf("explained %v", e.Explained)
	}
	var sum [2]float64
	for _, at := range e.At {
		sum[0], sum[1] = sum[0]+at[0], sum[1]+at[1]
	}
	if math.Hypot(sum[0], sum[1]) > 1e-9 {
		t.Errorf("the embedding's middle is off by %v", sum)
	}
}
