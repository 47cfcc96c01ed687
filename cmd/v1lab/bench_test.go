package main

import (
	"context"
	"errors"
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
		{[]string{"--what", "speed"}, []string{`--what "speed"`, "accepted: step, predict, mei, read, start, cell, fit, scaling, sessions"}},
		{[]string{"--size", "huge"}, []string{`size "huge"`, "accepted: quickstart, paper"}},
		{[]string{"--rounds", "0"}, []string{"--rounds 0"}},
		{[]string{"--neurons", "100,0"}, []string{"--neurons 0"}},
		{[]string{"--what", "scaling", "--images", "31"}, []string{"31 images", "from 32"}},
		{[]string{"--what", "sessions", "--images", "127"}, []string{"127 images", "from 128"}},
		{[]string{"--what", "sessions", "--neurons", "4,8"}, []string{"neurons [4 8]", "one number"}},
		{[]string{"--what", "sessions", "--sessions", "0"}, []string{"--sessions 0"}},
		{[]string{"--sessions", "2"}, []string{"--sessions [2]", "--what sessions"}},
		{[]string{"--batch", "-1"}, []string{"--batch"}},
		{[]string{"--batch", "x"}, []string{"--batch", `"x"`}},
		{[]string{"--steps=-1"}, []string{"--steps -1"}},
		{[]string{"--set", "core.feature=1"}, []string{`did you mean "features"`}},
		{[]string{"--what", "fit", "--config", "quickstrat"}, []string{"--config", `"quickstrat"`}},
		{[]string{"--what", "fit", "--beside", "quickstart"}, []string{"--beside has no effect without --peers and --what fit"}},
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

// What was measured before a failure is printed; nothing is if nothing was.
func TestBenchUnfinished(t *testing.T) {
	t.Cleanup(func() { runBench = bench.Run })
	r := &bench.Report{Rounds: 1, Unfinished: true}
	runBench = func(context.Context, bench.Options) (*bench.Report, error) { return r, errors.New("out of luck") }
	if status, stdout, stderr := v1lab("bench", "--what", "read"); status != failed || stdout != "" || !strings.Contains(stderr, "out of luck") {
		t.Errorf("status %d, said %q and %q", status, stdout, stderr)
	}
	r.Read = []bench.Row{{What: "opening", Systems: []bench.Timing{{System: bench.Ours, Spread: bench.SpreadOf([]float64{2})}}}}
	status, stdout, stderr := v1lab("bench", "--what", "read")
	if status != failed || !strings.Contains(stdout, "not finished: these are") || !strings.Contains(stdout, "opening") || !strings.Contains(stderr, "out of luck") {
		t.Errorf("status %d, said %q and %q", status, stdout, stderr)
	}
}

// --config is the model of all that is measured, and --set changes it alone.
func TestBenchOfAConfig(t *testing.T) {
	var asked bench.Options
	t.Cleanup(func() { runBench = bench.Run })
	runBench = func(_ context.Context, o bench.Options) (*bench.Report, error) {
		asked = o
		return &bench.Report{Rounds: o.Rounds}, nil
	}
	data := "simulated:?neurons=2&images=20&val=5&test=5&height=16&width=16"
	works(t, "bench", "--config", "sensorium2022", "--set", "readout.start_sigma=0.2", "--what", "step,fit,sessions", "--data", data)
	if len(asked.Cases) != 1 || asked.Cases[0].Preset != "sensorium2022" || asked.Cases[0].Width != 64 || asked.Sessions.Base.Preset != "sensorium2022" || asked.Fit.Config.Readout.StartSigma != 0.2 {
		t.Errorf("asked for %+v", asked)
	}
	works(t, "bench", "--config", "sensorium2022", "--what", "fit", "--data", data)
	if len(asked.Cases) != 0 {
		t.Errorf("cases %+v for a fit", asked.Cases)
	}
	works(t, "bench", "--what", "fit", "--data", data)
	if asked.Fit.Config.Preset != "quickstart@1" {
		t.Errorf("a fit of %s", asked.Fit.Config.Preset)
	}
	fails(t, wrongUse, []string{"bench", "--config", "sensorium2022", "--size", "quickstart", "--set", "core.filter_sizes=31,7,7,7"}, "core.filter_sizes: 31 in layer 1")
}

func TestBenchWorkerIsHidden(t *testing.T) {
	if _, stdout, _ := v1lab("--help"); strings.Contains(stdout, "bench-worker") || !strings.Contains(stdout, "\n  bench ") {
		t.Errorf("help:\n%s", stdout)
	}
	if _, _, stderr := v1lab(); strings.Contains(stderr, "bench-worker") {
		t.Errorf("no verb: %s", stderr)
	}
}
