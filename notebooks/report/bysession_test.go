package report_test

import (
	"path/filepath"
	"slices"
	"testing"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/notebooks/report"
	"v1lab/v1model"
	"v1lab/v1model/fit"
)

// Figures by session belong to runs of several; each neuron is counted once, in its own session.
func TestFiguresBySession(t *testing.T) {
	data, err := formats.Open("simulated:?sessions=2&neurons=6&images=40&val=20&test=10&repeats=3&height=16&width=16")
	if err != nil {
		t.Fatal(err)
	}
	config, err := v1model.Load("quickstart", "core.features=2,2,2", "core.filter_sizes=5,3,3", "core.rotations=4", "fit.batch=20", "fit.validate_every=2", "fit.max_steps=4")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run")
	if _, _, err := fit.Run(t.Context(), pjrttest.Backend(t), data, config, path, fit.Options{}); err != nil {
		t.Fatal(err)
	}
	m := report.NewMaterial(opened(t, path), report.Given{})
	drawn, failures := report.Draw(t.Context(), m, slices.DeleteFunc(report.Catalogue(), func(e report.Entry) bool {
		return e.Name != "session_scores" && e.Name != "session_members"
	}))
	if len(drawn) != 2 || len(failures) > 0 {
		t.Errorf("drawn %v, failures %v", drawn, failures)
	}
	members, err := m.Members(t.Context())
	if err != nil || len(members) != 2 || members[1].Session != "animal2" {
		t.Fatalf("members %+v, %v", members, err)
	}
	for _, s := range members {
		sum := s.Dead
		for _, n := range s.Clusters {
			sum += n
		}
		if sum != 6 {
			t.Errorf("session %s: %d neurons in %+v", s.Session, sum, s)
		}
	}
}
