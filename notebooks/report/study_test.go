package report_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"v1lab/notebooks/figures/figurestest"
	"v1lab/notebooks/report"
	"v1lab/v1model/experiments/study"
)

// stored is what v1lab study --scale toy --seeds 2 --json printed.
func stored(t *testing.T) *study.Report {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "study.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := &study.Report{}
	if err := json.Unmarshal(text, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// Every figure of a study looks as it was stored.
func TestStudyFigures(t *testing.T) {
	all, err := report.Study(stored(t))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range all {
		names = append(names, f.Name)
		t.Run(f.Name, func(t *testing.T) { figurestest.Compare(t, f.Figure, 144, "study_"+f.Name) })
	}
	if want := []string{"size", "models", "neurons", "efficiency", "transfer", "reuse", "agreement"}; !slices.Equal(names, want) {
		t.Errorf("figures %v, want %v", names, want)
	}
}

// Without a second recording and without a truth there is nothing to draw of them.
func TestStudyWithoutTruth(t *testing.T) {
	r := stored(t)
	r.Performance, r.Efficiency, r.Transfer.Second = nil, nil, nil
	for i := range r.Clusters {
		r.Clusters[i].Types = 0
	}
	all, err := report.Study(r)
	if err != nil || len(all) != 1 || all[0].Name != "transfer" {
		t.Errorf("%d figures, %v", len(all), err)
	}
}
