package features_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"v1lab/v1model/features"
)

// own is a method from outside, which may answer anything.
type own func(points *mat.Dense, most int) []features.Division

func (own) String() string { return "own" }

func (f own) Divide(points *mat.Dense, most int, _ uint64) []features.Division {
	return f(points, most)
}

// halves tells neurons apart by the sign of their first coordinate, whatever k is; it has no likelihood.
func halves(points *mat.Dense, most int) []features.Division {
	n, _ := points.Dims()
	out := make([]features.Division, most)
	for k := range out {
		out[k] = features.Division{Labels: make([]int, n), BIC: math.NaN()}
		for i := range n {
			if k > 0 && points.At(i, 0) > 0 {
				out[k].Labels[i] = 1
			}
		}
	}
	return out
}

func TestOwnMethod(t *testing.T) {
	w := features.Weights{Neurons: 6, Rotations: 2, Features: 1, Values: []float32{1, 0.5, 0.4, 0.9, -1, -0.5, 1, 0.6, -0.6, -1, -0.9, -0.5}}
	c, err := features.Cluster(w, features.Options{Method: own(halves), MaxK: 3})
	if err != nil {
		t.Fatal(err)
	}
	if ari := features.ARI(c.Labels, []int{0, 0, 1, 0, 1, 1}); ari != 1 || c.K != 2 {
		t.Errorf("k %d, labels %v", c.K, c.Labels)
	}
}

func TestMethodsRefuse(t *testing.T) {
	second := func(_ any, err error) error { return err }
	w := features.Weights{Neurons: 3, Rotations: 2, Features: 1, Values: []float32{1, 0, 0.5, 1, 0, 0}}
	with := func(o features.Options) error { return second(features.Cluster(w, o)) }
	a, err := features.Align(w, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	two := func(labels ...int) features.Method {
		return own(func(_ *mat.Dense, most int) []features.Division {
			out := make([]features.Division, most)
			for i := range out {
				out[i].Labels = labels
			}
			return out
		})
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{with(features.Options{K: 3, Method: features.Ward{}}), "found 2 neurons with weights (of 3); 3 clusters need at least as many"},
		{second(a.Cluster(features.Options{K: 3, Method: features.KMeans{}})), "found 2 neurons with weights (of 3); 3 clusters"},
		{second(a.Cluster(features.Options{K: -1})), "found k -1"},
		{with(features.Options{By: "aic"}), `found "aic" to choose k by; accepted are silhouette, bic, gap, stability`},
		{with(features.Options{By: features.BIC}), `found "bic" to choose k by; it needs a method with a likelihood`},
		{second(features.Cluster(features.Weights{Neurons: 4, Rotations: 2, Features: 1, Values: []float32{1, 0, 0.5, 1, -1, 0, 1, -1}}, features.Options{Method: own(halves), By: features.BIC})), "method own: it has no likelihood; accepted to choose k by are silhouette, gap and stability"},
		{with(features.Options{Method: own(func(*mat.Dense, int) []features.Division { return nil })}), "method own: found 0 divisions"},
		{with(features.Options{Method: two(0)}), "method own: found 1 labels for 2 points"},
		{with(features.Options{Method: two(0, 5)}), "method own: found label 5 of 1 clusters; accepted are 0 to 0"},
		{second(features.Align(features.Weights{Neurons: 2, Rotations: 1, Features: 1, Values: []float32{0, 0}}, features.Options{})), "found 0 neurons with weights (of 2)"},
		{second(features.Align(features.Weights{Neurons: 1, Rotations: 1, Features: 1}, features.Options{})), "found 0 values for [1 neurons"},
		{second(features.MethodByName("dbscan")), `found method "dbscan"; accepted are [joint kmeans gmm ward]`},
		{second(a.Exemplars([]int{0}, 1, 1)), "found 1 labels for 3 neurons"},
		{second(a.Exemplars([]int{0, 4, 0}, 2, 1)), "found label 4 at neuron 1; accepted are labels below 2"},
		{second(features.Match([]int{1}, nil)), "found 0 labels and 1 in the reference"},
		{second(features.Consistent([][]int{{1, 2}})), "found 1 clusterings"},
		{second(features.Consistent([][]int{{1, 2}, {1}})), "clustering 1 has 1 neurons, the first 2"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", c.err, c.want)
		}
	}
	for _, name := range features.Methods() {
		if m, err := features.MethodByName(name); err != nil || m != nil && m.String() != name {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
}
