package notebooks_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/v1model/experiments/sweep"
)

// The notebook of a sweep has its fits made by workers, follows them to the end, and takes the best as one model.
func TestSweep(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "sweep")
	params := map[string]string{"sweep": dir, "draws": "3", "workers": "1", "space": "fit.peak_rate=log(0.01,0.05)"}
	maps.Copy(params, toy)
	pictures, text := outputs(t, executed(t, "sweep", params))
	if pictures != 7 {
		t.Errorf("%d pictures, want 7", pictures)
	}
	for _, want := range []string{"workers are started in the background", "finished: 3 of 3 draws over; the best is draw ", "<th>fit.peak_rate</th>", "ensemble of 3", "the SD between their rates is"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q among the outputs", want)
		}
	}
	f, err := sweep.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := sweep.NewReader(f).Read(); err != nil || s.Count(sweep.Done) != 3 || s.Draws[0].Steps != 10 {
		t.Errorf("%+v, %v; want 3 draws of 10 steps", s, err)
	}
}
