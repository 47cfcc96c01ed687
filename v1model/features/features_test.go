package features_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/sbinet/npyio/npz"

	"v1lab/v1model/features"
)

func golden[T float32 | float64 | int64 | bool](t *testing.T, name string) []T {
	t.Helper()
	f, err := npz.Open("testdata/feature_analysis.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var values []T
	if err := f.Read(name+".npy", &values); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return values
}

func ints(x []int64) []int {
	out := make([]int, len(x))
	for i, v := range x {
		out[i] = int(v)
	}
	return out
}

func TestAgreesWithReference(t *testing.T) {
	w := features.Weights{Neurons: 60, Rotations: 8, Features: 16, Values: golden[float32](t, "w")}
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
	p := w.Power()
	near := cmpopts.EquateApprox(0, 1e-6) // float32 in the reference; all values are shares of 1
	for _, c := range []struct {
		name      string
		want, got any
	}{
		{"w_norm", golden[float32](t, "w_norm"), w.Normalised().Values},
		{"w_marg", golden[float32](t, "w_marg"), p.Values},
		{"active", ints(golden[int64](t, "active")), p.Active()},
		{"clean", golden[bool](t, "clean"), p.Clean()},
		{"type_id", ints(golden[int64](t, "type_id")), p.Group()},
		{"counts", ints(golden[int64](t, "counts")), p.Counts()},
		{"sorted_neurons", ints(golden[int64](t, "sorted_neurons")), p.Sorted()},
		{"frac_same_sign", golden[float64](t, "frac_same_sign"), w.SignShare(features.WeightThreshold)},
		{"frac_same_sign_l2", golden[float64](t, "frac_same_sign_l2"), w.SignShare(0.003)},
	} {
		if d := cmp.Diff(c.want, c.got, near); d != "" {
			t.Errorf("%s (-reference +ours):\n%s", c.name, d)
		}
	}
	clean := 0
	for _, c := range p.Clean() {
		if c {
			clean++
		}
	}
	f, err := npz.Open("testdata/feature_analysis.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var want float64
	if err := f.Read("clean_fraction.npy", &want); err != nil {
		t.Fatal(err)
	}
	if got := float64(clean) / 60; got != want {
		t.Errorf("clean_fraction: want %v, got %v", want, got)
	}
}

func TestNeuronWithoutWeights(t *testing.T) {
	w := features.Weights{Neurons: 3, Rotations: 2, Features: 2, Values: []float32{0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0}}
	p := w.Power()
	if d := cmp.Diff([]int{1, -1, 0}, p.Group()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{2, 0, 1}, p.Sorted()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{1, 0, 1}, p.Active()); d != "" {
		t.Error(d)
	}
	if share := w.SignShare(5); !math.IsNaN(share[0]) {
		t.Errorf("sign share without weights above threshold: %v", share)
	}
	if d := cmp.Diff([]int{1, 1}, w.Used(0.5)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{1, 0}, w.Used(1)); d != "" {
		t.Error(d)
	}
	c, err := features.Cluster(w, features.Options{K: 2})
	if err != nil {
		t.Fatal(err)
	}
	if c.Labels[1] != -1 || !math.IsNaN(c.Shifts[1]) || !math.IsNaN(c.Distances[1]) || c.Labels[0] == c.Labels[2] {
		t.Errorf("labels %v, shifts %v, distances %v", c.Labels, c.Shifts, c.Distances)
	}
}

func TestBadInput(t *testing.T) {
	second := func(_ any, err error) error { return err }
	nan := float32(math.NaN())
	w := func(neurons, rotations, n int, v ...float32) features.Weights {
		return features.Weights{Neurons: neurons, Rotations: rotations, Features: n, Values: v}
	}
	_, few := features.Stable([][]int{{1, 2}})
	_, uneven := features.Stable([][]int{{1, 2}, {1, 2, 3}})
	for _, c := range []struct {
		err  error
		want string
	}{
		{w(2, 2, 1, 1, 2, 3).Check(), "found 3 values for [2 neurons, 2 rotations, 1 features]"},
		{second(features.Cluster(w(1, 2, 1, 1, nan), features.Options{})), "found NaN at neuron 0, rotation 1, feature 0"},
		{second(features.Cluster(w(0, 2, 1), features.Options{})), "found 0 neurons with weights (of 0); 1 clusters"},
		{second(features.Cluster(w(2, 1, 1, 1, 0), features.Options{K: 2})), "found 1 neurons with weights (of 2); 2 clusters"},
		{second(features.Cluster(w(1, 1, 1, 1), features.Options{K: -1})), "found k -1"},
		{second(features.Cluster(w(1, 1, 1, 1), features.Options{MaxK: 1})), "largest k 1"},
		{second(features.Cluster(w(1, 1, 2, 1, 1), features.Options{Covariance: []float64{1}})), "found 1 values; 1 rotations of 2 features need 4"},
		{second(features.Cluster(w(1, 1, 2, 1, 1), features.Options{Covariance: []float64{1, 2, 2, 1}})), "not positive semidefinite"},
		{second(features.Cluster(w(1, 1, 1, 1), features.Options{Covariance: []float64{0}})), "trace of 0"},
		{second(features.Covariance([]float32{1, 2, 3}, 2)), "found 3 values for rows of 2 channels"},
		{second(features.Covariance([]float32{1, nan}, 1)), "found NaN in row 1, channel 0"},
		{second(features.Confusion([]int{1}, nil)), "found 1 labels and 0 true types"},
		{few, "found 1 clusterings"}, {uneven, "clustering 1 has 3 neurons, the first 2"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", c.err, c.want)
		}
	}
}
