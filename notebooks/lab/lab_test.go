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
	answers := lab.Data("model:" + path + "?repeats=2&images=simulated:%3Fneurons=1%26images=20%26val=5%26test=4%26height=16%26width=16")
	if answers.NumNeurons() != 6 || answers.Test.Expected.N != 4 || answers.Test.Responses.Repeats != 2 {
		t.Errorf("the run's answers: %d neurons, truth of %d images, %d repeats", answers.NumNeurons(), answers.Test.Expected.N, answers.Test.Responses.Repeats)
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
