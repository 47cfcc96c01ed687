package lab_test

import (
	"path/filepath"
	"testing"

	"v1lab/notebooks/lab"
)

// A fit, what it found, and the same fit asked for again: it is over, and nothing is fitted anew.
func TestFitEvaluateCluster(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	fit := func() *lab.Run {
		return lab.Fit("simulated:?neurons=6&images=100&val=30&test=20&repeats=3&height=16&width=16", "quickstart", path,
			"core.features=2,2,2", "core.filter_sizes=5,3,3", "fit.batch=20", "fit.validate_every=4", "fit.max_steps=8")
	}
	first := fit()
	report := first.Evaluate()
	if len(report.Neurons) != 6 {
		t.Errorf("%d neurons in the report, want 6", len(report.Neurons))
	}
	c := first.Cluster(2)
	if ari := first.Agreement(c); c.K != 2 || ari < -1 || ari > 1 {
		t.Errorf("%d clusters, agreement %g", c.K, ari)
	}
	before, _, err := first.Result()
	if err != nil {
		t.Fatal(err)
	}
	after, _, err := fit().Result()
	if err != nil {
		t.Fatal(err)
	}
	if before != after || before.Steps != 8 {
		t.Errorf("asked for again: %+v, before %+v", after, before)
	}
}
