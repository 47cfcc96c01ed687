package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindRate(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "rates.png")
	out := works(t, "fit", "--find-rate", picture, "--data", recording, "--config", config(), "--json")
	var r rateTest
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Rates) < 20 || len(r.Losses) != len(r.Rates) || !(r.Suggested > 0 && r.Suggested < r.Lowest) || r.Figure != picture {
		t.Errorf("%+v", r)
	}
	if info, err := os.Stat(picture); err != nil || info.Size() < 1000 {
		t.Errorf("%v, %v", info, err)
	}
	if text := works(t, "fit", "--find-rate", picture, "--data", recording, "--config", config()); !strings.Contains(text, "suggested: --set fit.schedule=one_cycle --set fit.peak_rate=") {
		t.Error(text)
	}
	if entries, err := os.ReadDir(filepath.Dir(picture)); err != nil || len(entries) != 1 {
		t.Errorf("%v in the folder (%v)", entries, err)
	}
	fails(t, wrongUse, []string{"fit", "--find-rate", picture, "--data", recording, "--out", "run"}, "--find-rate and --out; accepted: one of them")
	fails(t, wrongUse, []string{"fit", "--find-rate", "rates.pdf", "--data", recording}, `--find-rate rates.pdf: extension ".pdf"; accepted: .png, .svg`)
	fails(t, wrongUse, []string{"fit", "--find-rate", picture}, "missing flags: --data=SPEC")
}

// A fit of one cycle says how far it is of all its steps, at which rate, and why it ended.
func TestOneCycleProgress(t *testing.T) {
	if testing.Short() {
		t.Skip("fits a model")
	}
	run := filepath.Join(t.TempDir(), "run")
	status, out, stderr := v1lab("fit", "--data", recording, "--config", config(), "--set", "fit.schedule=one_cycle", "--set", "fit.peak_rate=0.01", "--set", "fit.steps=12",
		"--set", "fit.validate_every=5", "--set", "fit.average=0.9", "--out", run)
	if status != done || !strings.Contains(out, "12 steps in ") || !strings.Contains(out, "all fit.steps made; best validation loss") {
		t.Fatalf("%d: %s%s", status, out, stderr)
	}
	for _, want := range []string{"step 5 (of 12, rate 0.00", "step 12 (of 12, rate 5e-05"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in %s", want, stderr)
		}
	}
	fails(t, wrongUse, []string{"fit", "--resume", "--out", run, "--set", "fit.max_steps=100"}, "fit.max_steps: 100, the schedule one_cycle has no use for it")
}
