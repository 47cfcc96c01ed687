package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"v1lab/v1model/version"
)

func TestEval(t *testing.T) {
	run := fittedRun(t)
	report, names := keys(t, works(t, "eval", "--run", run, "--json"))
	equal(t, "eval --json", names, "test_corr", "test_corr_sd", "val_loss", "val_corr", "ceiling", "fraction_of_ceiling",
		"explainable", "feve", "cc_norm", "trial_corr", "oracle", "reliable_neurons", "neurons", "unscored_neurons", "constant_rates_loss", "clipped", "equivariance", "made_with", "true_corr")
	made := report["made_with"].(map[string]any)
	if made["program"] != version.String() || made["device"] == "" || !strings.HasPrefix(made["backend"].(string), "xla:/") || !strings.Contains(made["plugin"].(string), "PJRT") || len(made["sha256"].(string)) != 64 {
		t.Errorf("made with %v", made)
	}
	examined, _ := keys(t, works(t, "doctor", "--run", run, "--json"))
	if !reflect.DeepEqual(report["equivariance"], examined["equivariance"]) {
		t.Errorf("equivariance %v, of doctor %v", report["equivariance"], examined["equivariance"])
	}
	neurons := report["neurons"].([]any)
	if len(neurons) != 8 {
		t.Fatalf("%d neurons, want 8", len(neurons))
	}
	first := neurons[0].(map[string]any)
	if first["id"] != "sim0000" {
		t.Errorf("first neuron: %v", first)
	}
	sum := 0.0
	for _, n := range neurons {
		sum += n.(map[string]any)["test_corr"].(float64)
	}
	if mean := report["test_corr"].(float64); mean < sum/8-1e-12 || mean > sum/8+1e-12 {
		t.Errorf("mean %v, of the neurons %v", mean, sum/8)
	}
	table := works(t, "eval", "--run", run)
	for _, want := range []string{"test correlation", "fraction of ceiling", "FEVE", "CC_norm", "oracle", "sim0007", "equivariance error"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
}

func TestEvalOfOtherData(t *testing.T) {
	run := fittedRun(t)
	copy := filepath.Join(t.TempDir(), "copy.npz")
	works(t, "data", "convert", recording, "--out", copy)
	if moved, there := works(t, "eval", "--run", run, "--data", "npz:"+copy), works(t, "eval", "--run", run); moved != there {
		t.Errorf("of a copy:\n%s\nof the recording:\n%s", moved, there)
	}
	fails(t, failed, []string{"eval", "--run", run, "--data", recording + "&seed=2"}, "fingerprint", "seed=2", run)
	fails(t, failed, []string{"eval", "--run", run, "--data", "npz:/nowhere.npz"}, "/nowhere.npz")
	fails(t, wrongUse, []string{"eval", "--run", run, "--data", "nowhere"}, `"nowhere"`)
}

func TestEvalBeforeTheFirstValidation(t *testing.T) {
	run := copied(t)
	remove(t, filepath.Join(run, "best"))
	fails(t, failed, []string{"eval", "--run", run}, run, "no weights yet")
}
