package tracking_test

import (
	"errors"
	"strings"
	"testing"

	"v1lab/v1model/tracking"
)

// Files of a run are sent once, also when the server is away or fails half way; a server that keeps them elsewhere is named.
func TestAttach(t *testing.T) {
	f, run := newFake(t), begun(t, "best")
	s := server(t, f)
	drawn := 0
	files := func() (map[string][]byte, error) {
		drawn++
		return map[string][]byte{"figures/a.png": []byte("A"), "figures/b.png": []byte("B")}, nil
	}
	if err := s.Attach(t.Context(), run.Path, files); err == nil || !strings.Contains(err.Error(), "not on "+f.URL+" yet") || drawn != 0 {
		t.Errorf("before the run was sent: %v", err)
	}
	validate(t, run, 10)
	finish(t, run)
	if _, err := s.Send(t.Context(), run.Path, tracking.Options{}); err != nil {
		t.Fatal(err)
	}
	f.down = true
	if err := s.Attach(t.Context(), run.Path, files); err == nil {
		t.Error("the server is away")
	}
	f.down, f.store = false, "s3://bucket"
	if err := s.Attach(t.Context(), run.Path, files); err == nil || !strings.Contains(err.Error(), `keeps artefacts at "s3://bucket/1/run0/artifacts"`) {
		t.Errorf("artefacts elsewhere: %v", err)
	}
	f.store, f.refused = "", "b.png"
	if err := s.Attach(t.Context(), run.Path, files); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("the second is refused: %v", err)
	}
	f.refused = ""
	if err := s.Attach(t.Context(), run.Path, files); err != nil {
		t.Fatal(err)
	}
	before := drawn
	if err := s.Attach(t.Context(), run.Path, func() (map[string][]byte, error) { return nil, errors.New("drawn again") }); err != nil || drawn != before {
		t.Errorf("all are there: %v", err)
	}
	if f.files["1/run0/artifacts/figures/a.png"] != "A" || f.files["1/run0/artifacts/figures/b.png"] != "B" || len(f.files) != 2 {
		t.Errorf("the server has %q", f.files)
	}
}
