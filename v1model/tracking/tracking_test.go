package tracking_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"v1lab/v1model"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/tracking"
	"v1lab/v1model/weights"
)

// begun is a run folder that is being fitted, in which validations can be added.
func begun(t *testing.T, name string) *runfolder.Folder {
	t.Helper()
	t.Setenv(tracking.ExperimentEnv, "")
	config, err := v1model.Load("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	data := runfolder.Dataset{Version: runfolder.Version, Spec: "simulated:", Fingerprint: "abc", Shape: v1model.Shape{Height: 24, Width: 24, Channels: 1, Neurons: 3}}
	run, err := runfolder.Create(filepath.Join(t.TempDir(), name), config, data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Close() }) //nolint:errcheck // a test
	return run
}

func validate(t *testing.T, run *runfolder.Folder, steps ...int) {
	t.Helper()
	for _, step := range steps {
		m := runfolder.Metric{Step: step, Stage: 1, LearningRate: .002, TrainLoss: 2, Penalty: .5, ValLoss: jsonfloat.Float(100 - step), Seconds: float64(step) / 10}
		if step == 30 {
			m.TrainLoss = jsonfloat.Float(math.NaN())
		}
		if err := run.AppendMetric(m); err != nil {
			t.Fatal(err)
		}
	}
}

func server(t *testing.T, f *fake) *tracking.Server {
	t.Helper()
	s, err := tracking.NewServer(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// finish writes what a fit that is over leaves.
func finish(t *testing.T, run *runfolder.Folder) {
	t.Helper()
	m, err := run.Model()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.SaveWeights(weights.Init(m.Specs(), 1)); err != nil {
		t.Fatal(err)
	}
	if err := run.WriteResult(runfolder.Result{Reason: runfolder.ReasonConverged, Steps: 40, Best: 40, ValLoss: 60, Seconds: 4, ConstantLoss: 90}); err != nil {
		t.Fatal(err)
	}
}

// A fit that is sent while it is made, stops, goes on and ends is one run on the server, with every validation once.
func TestSend(t *testing.T) {
	f, run := newFake(t), begun(t, "first")
	s := server(t, f)
	send := func(o tracking.Options) {
		t.Helper()
		if left, err := s.Send(t.Context(), run.Path, o); err != nil || left != 0 {
			t.Fatalf("%d left, %v", left, err)
		}
	}
	send(tracking.Options{})
	validate(t, run, 10, 20)
	send(tracking.Options{})
	send(tracking.Options{})
	validate(t, run, 30)
	send(tracking.Options{Status: tracking.Stopped})
	if got := f.runs[0].Status; got != "KILLED" {
		t.Errorf("status %s after a stop", got)
	}
	validate(t, run, 40)
	send(tracking.Options{})
	if got := f.runs[0].Status; got != "RUNNING" {
		t.Errorf("status %s when it goes on", got)
	}
	finish(t, run)
	send(tracking.Options{})
	calls := len(f.calls)
	send(tracking.Options{})
	if len(f.runs) != 1 || len(f.calls) != calls {
		t.Errorf("%d runs; calls of a run that is sent whole: %v", len(f.runs), f.calls[calls:])
	}
	got := f.runs[0]
	for _, key := range []string{"train_loss", "val_loss", "penalty", "learning_rate", "stage"} {
		if diff := cmp.Diff(map[string]int{"10": 1, "20": 1, "30": 1, "40": 1}, got.steps(key)); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	if got.Status != "FINISHED" || got.Name != "first" || f.experiments["v1lab"] != got.Experiment || got.End-got.Start != 4000 || len(got.steps("best_val_loss")) != 1 {
		t.Errorf("%+v", got)
	}
	for key, want := range map[string]string{"core.features": "6,6,8", "fit.learning_rate": "0.005", "core.shared_biases": "false", "readout.kind": "joint_l1"} {
		if got.Params[key] != want {
			t.Errorf("parameter %s is %q, want %q", key, got.Params[key], want)
		}
	}
	if got.Tags["v1lab.folder"] != run.Path || got.Tags["v1lab.fingerprint"] != "abc" || len(got.Tags["v1lab.config"]) != 64 {
		t.Errorf("tags %v", got.Tags)
	}
}

// A server that is away, or whose answers get lost, delays: in the end it has every run and every validation once.
func TestServerAway(t *testing.T) {
	for _, lost := range []string{"", "experiments/create", "runs/create", "runs/log-batch", "runs/update"} {
		f, run := newFake(t), begun(t, "away")
		s := server(t, f)
		validate(t, run, 10, 20, 30)
		f.down = true
		if left, err := s.Send(t.Context(), run.Path, tracking.Options{}); err == nil || left != 3 || !strings.Contains(err.Error(), f.URL) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%d left, error %v; want 3 and one line that names the server", left, err)
		}
		f.down = false
		f.losing[lost] = true
		finish(t, run)
		var err error
		for range 3 {
			if _, err = s.Send(t.Context(), run.Path, tracking.Options{}); err == nil {
				break
			} else if lost == "" {
				t.Fatal(err)
			}
		}
		if err != nil || len(f.runs) != 1 || f.runs[0].Status != "FINISHED" || len(f.experiments) != 1 {
			t.Fatalf("lost %q: %v; runs %v of experiments %v", lost, err, f.runs, f.experiments)
		}
		if diff := cmp.Diff(map[string]int{"10": 1, "20": 1, "30": 1}, f.runs[0].steps("val_loss")); diff != "" {
			t.Errorf("lost %q: %s", lost, diff)
		}
	}
}

// Every server has a note of its own; the options name the experiment, the run and further tags.
func TestTwoServers(t *testing.T) {
	a, b, run := newFake(t), newFake(t), begun(t, "both")
	validate(t, run, 10)
	for _, f := range []*fake{a, b} {
		if _, err := server(t, f).Send(t.Context(), run.Path, tracking.Options{Experiment: "sweep", Name: "draw-7", Tags: map[string]string{"v1lab.draw": "7"}}); err != nil {
			t.Fatal(err)
		}
		if r := f.runs[0]; r.Name != "draw-7" || r.Tags["v1lab.draw"] != "7" || f.experiments["sweep"] != r.Experiment || len(r.steps("val_loss")) != 1 {
			t.Errorf("%+v", r)
		}
	}
}

func TestCredentials(t *testing.T) {
	f, run := newFake(t), begun(t, "secret")
	s, err := tracking.NewServer(strings.Replace(f.URL, "http://", "http://lab:cortex@", 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), run.Path, tracking.Options{}); err != nil || !strings.HasPrefix(f.authorised, "Basic ") {
		t.Errorf("%v, %q", err, f.authorised)
	}
	note, err := os.ReadFile(filepath.Join(run.Path, tracking.File))
	if err != nil || strings.Contains(string(note), "cortex") || strings.Contains(s.String(), "cortex") {
		t.Errorf("%s notes the password: %s, %v", tracking.File, note, err)
	}
	t.Setenv("MLFLOW_TRACKING_TOKEN", "t0ken")
	t.Setenv(tracking.URIEnv, f.URL)
	if s, err = tracking.FromEnvironment(); err != nil {
		t.Fatal(err)
	}
	validate(t, run, 10)
	if _, err := s.Send(t.Context(), run.Path, tracking.Options{}); err != nil || f.authorised != "Bearer t0ken" {
		t.Errorf("%v, %q", err, f.authorised)
	}
}

func TestBadTracking(t *testing.T) {
	t.Setenv(tracking.URIEnv, "")
	if s, err := tracking.FromEnvironment(); s != nil || err != nil {
		t.Errorf("%v, %v without an address", s, err)
	}
	for _, uri := range []string{"databricks", "sqlite:///m.db", "./mlruns", "http://", "ftp://host", "http://h:p:q", "http://host/?a=b"} {
		t.Setenv(tracking.URIEnv, uri)
		if s, err := tracking.FromEnvironment(); err == nil || !strings.Contains(err.Error(), tracking.URIEnv) {
			t.Errorf("%s: %v, %v", uri, s, err)
		}
	}
	f, run := newFake(t), begun(t, "bad")
	s := server(t, f)
	for content, want := range map[string]string{
		"{":                                  tracking.File,
		`{"version":2}`:                      "version 2",
		`{"version":1,"servers":{"x":null}}`: "nothing noted of x",
		`{"version":1,"servers":{"x":{"mark":"a'b"}}}`: "nothing noted of x",
	} {
		if err := os.WriteFile(filepath.Join(run.Path, tracking.File), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Send(t.Context(), run.Path, tracking.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", content, err, want)
		}
	}
	if err := os.Remove(filepath.Join(run.Path, tracking.File)); err != nil {
		t.Fatal(err)
	}
	f.experiments["old"] = "gone"
	if _, err := s.Send(t.Context(), run.Path, tracking.Options{Experiment: "old"}); err == nil || !strings.Contains(err.Error(), `"old" was deleted`) {
		t.Errorf("error %v", err)
	}
	if _, err := s.Send(t.Context(), t.TempDir(), tracking.Options{}); err == nil || !strings.Contains(err.Error(), "config.yaml") {
		t.Errorf("no run: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Send(ended, run.Path, tracking.Options{Experiment: "old"}); err == nil {
		t.Error("sent after the end")
	}
}

// A sender sends every folder, also what failed before, and says what is left.
func TestSender(t *testing.T) {
	f := newFake(t)
	var said []string
	s := tracking.NewSender(server(t, f), func(text string) { said = append(said, text) })
	f.down = true
	runs := []*runfolder.Folder{begun(t, "one"), begun(t, "two")}
	for _, run := range runs {
		validate(t, run, 10)
		s.Send(run.Path, tracking.Options{Experiment: "many"})
	}
	if left := s.Close(2 * time.Second); left != 2 || len(said) > 1 {
		t.Errorf("%d left, said %q", left, said)
	}
	f.down = false
	s = tracking.NewSender(server(t, f), func(text string) { t.Error(text) })
	for range 3 {
		for _, run := range runs {
			s.Send(run.Path, tracking.Options{Experiment: "many"})
		}
	}
	if left := s.Close(time.Minute); left != 0 || len(f.runs) != 2 {
		t.Errorf("%d left, %d runs", left, len(f.runs))
	}
	for _, r := range f.runs {
		if len(r.steps("val_loss")) != 1 {
			t.Errorf("%+v", r)
		}
	}
	none := tracking.NewSender(nil, nil)
	none.Send(runs[0].Path, tracking.Options{})
	if left := none.Close(time.Second); left != 0 {
		t.Errorf("%d left without a server", left)
	}
}
