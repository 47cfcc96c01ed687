package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/v1model/experiments/bench"
)

func TestBenchWrongUse(t *testing.T) {
	for _, c := range []struct {
		args  []string
		parts []string
	}{
		{[]string{"--what", "speed"}, []string{`--what "speed"`, "accepted: step, predict, mei, read, start, cell, fit, scaling"}},
		{[]string{"--size", "huge"}, []string{`size "huge"`, "accepted: quickstart, paper"}},
		{[]string{"--rounds", "0"}, []string{"--rounds 0"}},
		{[]string{"--neurons", "100,0"}, []string{"--neurons 0"}},
		{[]string{"--what", "scaling", "--images", "31"}, []string{"31 images", "from 32"}},
		{[]string{"--batch", "-1"}, []string{"--batch"}},
		{[]string{"--batch", "x"}, []string{"--batch", `"x"`}},
		{[]string{"--steps=-1"}, []string{"--steps -1"}},
		{[]string{"--set", "core.feature=1"}, []string{`did you mean "features"`}},
		{[]string{"--what", "fit", "--config", "quickstrat"}, []string{"--config", `"quickstrat"`}},
		{[]string{"--what", "fit", "--data", "nzp:x"}, []string{`unknown scheme "nzp"`}},
	} {
		fails(t, wrongUse, append([]string{"bench"}, c.args...), c.parts...)
	}
}

// Flags become what package bench is asked, the program itself its worker, and what it finds is printed and drawn.
func TestBench(t *testing.T) {
	var asked bench.Options
	t.Cleanup(func() { runBench = bench.Run })
	runBench = func(_ context.Context, o bench.Options) (*bench.Report, error) {
		asked = o
		point := func(v int, seconds float64) bench.Scaled {
			return bench.Scaled{Value: v, Seconds: bench.SpreadOf([]float64{seconds}), Peak: int64(v) << 20}
		}
		r := &bench.Report{Rounds: o.Rounds}
		for _, name := range []string{"neurons", "images", "batch"} {
			r.Scaling = append(r.Scaling, bench.Axis{Name: name, What: "training step", Points: []bench.Scaled{point(4, 0.5), point(8, 0.75)}})
		}
		return r, nil
	}
	out := t.TempDir()
	args := []string{"bench", "--size", "quickstart", "--neurons", "4,8", "--batch", "8", "--images", "32", "--rounds", "1", "--what", "scaling", "--out", out, "--json",
		"--set", "core.features=1,1,1", "--set", "core.rotations=2"}
	report, names := keys(t, works(t, args...))
	if s := asked.Scaling; !slices.Equal(s.Neurons, []int{4, 8}) || !slices.Equal(s.Batches, []int{8}) || !slices.Equal(s.Images, []int{32}) || !slices.Contains(s.Base.Set, "core.features=1,1,1") ||
		!slices.Equal(asked.What, []string{bench.Scaling}) || asked.Rounds != 1 || len(asked.Systems) != 1 || !slices.Equal(asked.Systems[0].Args[1:], []string{"bench-worker"}) {
		t.Errorf("asked for %+v", asked)
	}
	equal(t, "keys", names, "machine", "rounds", "scaling")
	axes := report["scaling"].([]any)
	if len(axes) != 3 || axes[0].(map[string]any)["name"] != "neurons" || len(axes[0].(map[string]any)["points"].([]any)) != 2 {
		t.Errorf("found %v", axes)
	}
	for _, name := range []string{"scaling-time.png", "scaling-time.svg", "scaling-memory.png", "scaling-memory.svg"} {
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The bench starts its workers from the program itself.
func TestBenchText(t *testing.T) {
	asItself(t)
	text := works(t, "bench", "--size", "quickstart", "--neurons", "4", "--batch", "8", "--rounds", "1", "--what", "read")
	for _, part := range []string{"1 rounds", "reading and normalising a recording: quickstart, 24x24, 4 neurons", "v1lab "} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%s", part, text)
		}
	}
}

// What one waits for before a notebook is a row each, with its target.
func TestBenchWaits(t *testing.T) {
	asItself(t)
	report, _ := keys(t, works(t, "bench", "--what", "cell", "--rounds", "1", "--json", "--data", "simulated:?neurons=4&images=100&val=30&test=20&repeats=4&height=16&width=16", "--config", config()))
	rows, ok := report["cell"].([]any)
	if !ok || len(rows) != 5 {
		t.Fatalf("found %v, want 5 rows", report["cell"])
	}
	for i, what := range []string{"prints a word", "predicts 100 images", "after an edit", "a kernel", "v1lab lab"} {
		row := rows[i].(map[string]any)
		system := row["systems"].([]any)[0].(map[string]any)
		if target, ok := row["target"].(float64); !ok || target <= 0 || !strings.Contains(row["what"].(string), what) || system["median"].(float64) <= 0 || system["first"].(float64) <= 0 {
			t.Errorf("row %d: %v", i, row)
		}
	}
	fails(t, failed, []string{"bench", "--what", "cell", "--rounds", "1", "--data", "simulated:?neurons=4&images=99&val=30&test=20&repeats=4&height=16&width=16", "--config", config()},
		"99 training images; needed are 100")
}

// Beside processes of the bench itself, start has v1lab fit, to its first step, compiling and not.
func TestBenchStart(t *testing.T) {
	asItself(t)
	args := []string{"bench", "--what", "start", "--rounds", "1", "--json", "--size", "quickstart", "--neurons", "4", "--batch", "8", "--set", "core.features=1,1,1", "--set", "core.rotations=2",
		"--data", "simulated:?neurons=4&images=300&val=30&test=20&repeats=4&height=24&width=24"}
	report, _ := keys(t, works(t, args...))
	rows, ok := report["start"].([]any)
	if !ok || len(rows) != 3 {
		t.Fatalf("found %v, want 3 rows", report["start"])
	}
	for i, what := range []string{"process start", "nothing compiled before", "compiled before"} {
		row := rows[i].(map[string]any)
		if system := row["systems"].([]any)[0].(map[string]any); !strings.Contains(row["what"].(string), what) || system["median"].(float64) <= 0 {
			t.Errorf("row %d: %v", i, row)
		}
	}
	status, _, stderr := v1lab("bench", "--what", "start", "--rounds", "1", "--data", "simulated:?neurons=4&images=64&val=30&test=20&repeats=4&height=24&width=24")
	if status != failed || !strings.Contains(stderr, "v1lab fit ended before its first step") || !strings.Contains(stderr, "fit.batch: 128") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

func TestBenchWorkerIsHidden(t *testing.T) {
	if _, stdout, _ := v1lab("--help"); strings.Contains(stdout, "bench-worker") || !strings.Contains(stdout, "\n  bench ") {
		t.Errorf("help:\n%s", stdout)
	}
	if _, _, stderr := v1lab(); strings.Contains(stderr, "bench-worker") {
		t.Errorf("no verb: %s", stderr)
	}
}
