package webpage_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/notebooks/neurons"
	"v1lab/notebooks/webpage"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
)

// A page with browsers allows their script and no other; one without runs none.
func TestBrowse(t *testing.T) {
	data, err := formats.Open("simulated:?neurons=5&images=60&val=20&test=10&repeats=3&height=16&width=16")
	if err != nil {
		t.Fatal(err)
	}
	config, err := v1model.Load("quickstart", "core.features=2,2,2", "core.filter_sizes=5,3,3", "fit.batch=20", "fit.validate_every=2", "fit.max_steps=2")
	if err != nil {
		t.Fatal(err)
	}
	path, backend := filepath.Join(t.TempDir(), "run"), pjrttest.Backend(t)
	if _, _, err := fit.Run(context.Background(), backend, data, config, path, fit.Options{}); err != nil {
		t.Fatal(err)
	}
	written := func(o webpage.Options) string {
		run, err := fitted.Open(t.Context(), path, fitted.Options{Device: fitted.On(backend)})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := webpage.Write(t.Context(), &b, []*fitted.Run{run}, o); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`)
	with := written(webpage.Options{Browse: true})
	got := strings.ReplaceAll(policy.FindStringSubmatch(with)[1], "&#39;", "'")
	if want := "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '" + neurons.ScriptHash() + "'"; strings.ReplaceAll(got, "&#43;", "+") != want {
		t.Errorf("policy %s, want %s", got, want)
	}
	for want, n := range map[string]int{`<div class="v1lab-neurons"`: 1, "<script": 2, `max="4"`: 1, "neuron 4": 2} {
		if found := strings.Count(with, want); found != n {
			t.Errorf("%d times %s, want %d", found, want, n)
		}
	}
	if strings.Contains(with, "the best of those in the run folder") || strings.Contains(with, "spatial frequency of the best Gabor") {
		t.Error("images or tuning are shown that are not there")
	}
	without := written(webpage.Options{})
	if strings.Contains(without, "<script") || strings.Contains(policy.FindStringSubmatch(without)[1], "script-src") {
		t.Error("a page without browsers runs scripts")
	}

	// What the run folder keeps is shown too.
	run, err := fitted.Open(t.Context(), path, fitted.Options{Device: fitted.On(backend)})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close() //nolint:errcheck // frees memory only
	s, err := run.Subject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	meis, err := s.MEIs(t.Context(), []int{1}, insilico.MEIOptions{Images: 1, MaxSteps: 2})
	if err != nil {
		t.Fatal(err)
	}
	tuning, err := s.Tuning(t.Context(), []int{1}, insilico.SmallGrid([]float64{8}, []float64{8}), insilico.Axes{}, insilico.SearchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := run.Key([]int{1}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(kept.Folder(path), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, result := range map[string]kept.Result{"mei.npz": meis, "tune.npz": tuning} {
		if err := run.Keep(filepath.Join(kept.Folder(path), name), key, result); err != nil {
			t.Fatal(err)
		}
	}
	with = written(webpage.Options{Browse: true})
	for _, want := range []string{"the best of those in the run folder", "in recorded units", "v1lab mei --range", "rate over the spatial frequency of the best Gabor"} {
		if !strings.Contains(with, want) {
			t.Errorf("the browser says nothing of %q", want)
		}
	}
}
