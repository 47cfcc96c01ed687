package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"v1lab/v1model/tracking"
)

// tracker stands in for an MLflow server; package tracking tests the protocol.
type tracker struct {
	mu     sync.Mutex
	down   bool
	steps  []float64 // of val_loss
	status []string
	runs   int
	made   []string // experiments that were asked for before a run was made
	files  []string // artefacts that are PNGs
}

func newTracker(t *testing.T) (*tracker, string) {
	f := &tracker{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.down {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		var in struct {
			Status  string
			Metrics []struct {
				Key  string
				Step float64
			}
		}
		if r.Method == http.MethodPost {
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
				t.Error(err)
			}
		}
		for _, m := range in.Metrics {
			if m.Key == "val_loss" {
				f.steps = append(f.steps, m.Step)
			}
		}
		if at, ok := strings.CutPrefix(r.URL.Path, "/api/2.0/mlflow-artifacts/artifacts/1/r1/artifacts/"); ok && r.Method == http.MethodPut {
			if head, err := io.ReadAll(r.Body); err == nil && strings.HasPrefix(string(head), "\x89PNG") {
				f.files = append(f.files, at)
			}
		}
		if in.Status != "" {
			f.status = append(f.status, in.Status)
		}
		if name := r.URL.Query().Get("experiment_name"); name != "" {
			f.made = append(f.made, name)
		}
		if strings.HasSuffix(r.URL.Path, "runs/create") {
			f.runs++
		}
		w.Write([]byte(`{"experiment":{"experiment_id":"1"},"run":{"info":{"run_id":"r1","artifact_uri":"mlflow-artifacts:/1/r1/artifacts"}},"runs":[]}`)) //nolint:errcheck // a test
	}))
	t.Cleanup(s.Close)
	return f, s.URL
}

// A fit sends itself; with a server that is away it ends all the same, and v1lab track sends what is left.
func TestTrack(t *testing.T) {
	f, address := newTracker(t)
	dir := t.TempDir()
	fit := func(name string, more ...string) string {
		t.Helper()
		run := filepath.Join(dir, name)
		args := append([]string{"fit", "--data", recording, "--config", "quickstart", "--set", "core.features=2,2,2", "--set", "core.filter_sizes=5,3,3", "--set", "fit.batch=20",
			"--set", "fit.validate_every=2", "--set", "fit.max_steps=4", "--out", run}, more...)
		status, stdout, stderr := v1lab(args...)
		if status != done {
			t.Fatalf("status %d: %s%s", status, stdout, stderr)
		}
		return stderr
	}
	t.Setenv(tracking.URIEnv, address)
	if said := fit("sent", "--tensorboard", filepath.Join(dir, "board")); !strings.Contains(said, "the fit is sent to "+address) || strings.Contains(said, "warning: tracking") {
		t.Errorf("said %s", said)
	}
	if f.runs != 1 || !slices.Equal(f.steps, []float64{2, 4}) || !slices.Equal(f.status, []string{"FINISHED"}) {
		t.Errorf("%d runs, steps %v, status %v", f.runs, f.steps, f.status)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "board", "sent", "events.out.tfevents.*")); len(files) != 1 || err != nil {
		t.Errorf("event files %v, %v", files, err)
	}
	f.down = true
	if said := fit("late"); !strings.Contains(said, "2 validations are not sent yet") || !strings.Contains(said, "v1lab track --run "+filepath.Join(dir, "late")) {
		t.Errorf("said %s", said)
	}
	track := []string{"track", "--run", filepath.Join(dir, "late")}
	fails(t, failed, track, address, "2 validations")
	f.down, f.steps = false, nil
	if text := works(t, append(track, "--run", filepath.Join(dir, "sent"))...); strings.Count(text, ": sent to "+address) != 2 {
		t.Errorf("said %s", text)
	}
	if f.runs != 2 || !slices.Equal(f.steps, []float64{2, 4}) {
		t.Errorf("%d runs, steps %v: late once, and sent not again", f.runs, f.steps)
	}

	t.Setenv(tracking.URIEnv, "sqlite:///m.db")
	fails(t, wrongUse, track, tracking.URIEnv, "sqlite:///m.db", "http://")
	fails(t, wrongUse, []string{"fit", "--data", recording, "--out", filepath.Join(dir, "none")}, tracking.URIEnv)
	t.Setenv(tracking.URIEnv, "")
	fails(t, wrongUse, track, tracking.URIEnv, "--tensorboard")
	if text := works(t, append(track, "--tensorboard", filepath.Join(dir, "board"))...); !strings.Contains(text, "event file in") {
		t.Errorf("said %s", text)
	}
	fails(t, failed, []string{"track", "--run", dir, "--tensorboard", dir}, "config.yaml")
}

// A sweep is an experiment, and its fits are runs there; what was not sent is sent by v1lab track --sweep.
func TestTrackSweep(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	asItself(t)
	before := ownProgram
	t.Cleanup(func() { ownProgram = before })
	ownProgram = func(context.Context, io.Writer) (string, error) { return os.Executable() }
	f, address := newTracker(t)
	sweepArgs := func(out string) []string {
		return []string{"sweep", "run", "--data", recording, "--config", config(), "--space", "fit.learning_rate=log(1e-4,1e-2)", "--search", "random", "--draws", "2", "--seeds", "1", "--workers", "1", "--out", out}
	}
	out := filepath.Join(t.TempDir(), "overnight")
	t.Setenv(tracking.URIEnv, address)
	f.down = true
	status, _, stderr := v1lab(sweepArgs(out)...)
	if status != done || !strings.Contains(stderr, "v1lab track --sweep "+out) {
		t.Fatalf("status %d: %s", status, stderr)
	}
	f.down = false
	if text := works(t, "track", "--sweep", out); strings.Count(text, ": sent to "+address) != 2 {
		t.Errorf("said %s", text)
	}
	if f.runs != 2 || !slices.Equal(f.status, []string{"FINISHED", "FINISHED"}) || !slices.Equal(f.made, []string{"overnight", "overnight"}) {
		t.Errorf("%d runs, status %v, experiments %v", f.runs, f.status, f.made)
	}
	for _, want := range []string{"figures/loss.png", "figures/correlation.png", "figures/sweep-parallel.png", "figures/sweep-curves.png"} {
		if !slices.Contains(f.files, want) {
			t.Errorf("artefacts %v, none is %s", f.files, want)
		}
	}
	drawn := len(f.files)
	if works(t, "track", "--sweep", out); len(f.files) != drawn {
		t.Errorf("%d artefacts were sent again", len(f.files)-drawn)
	}
	// The runs of its best draws are an ensemble.
	found, _ := keys(t, works(t, "eval", "--run", out, "--json"))
	if e, ok := found["ensemble"].(map[string]any); !ok || len(e["members"].([]any)) != 2 {
		t.Errorf("eval of a sweep: %v", found["ensemble"])
	}
	out = filepath.Join(t.TempDir(), "again")
	status, _, stderr = v1lab(sweepArgs(out)...)
	if status != done || strings.Contains(stderr, "v1lab track") || f.runs != 4 || len(f.files) != 2*drawn {
		t.Errorf("status %d, %d runs, %d artefacts: %s", status, f.runs, len(f.files), stderr)
	}
	fails(t, wrongUse, []string{"track", "--sweep", out, "--run", out}, "--run, --sweep")
	fails(t, failed, []string{"track", "--sweep", filepath.Dir(out)}, "--sweep: ", "no sweep")
}
