package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/array"
)

func TestDataInfo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npz")
	if out := works(t, "data", "simulate", recording, "--out", path); out != "npz:"+path+"\n" {
		t.Errorf("simulate printed %q", out)
	}
	made, names := keys(t, works(t, "data", "info", recording, "--json"))
	equal(t, "data info --json", names, "spec", "fingerprint", "height", "width", "channels", "neurons", "train", "val", "test", "repeats", "missing_repeats", "types", "normalisation")
	kept, _ := keys(t, works(t, "data", "info", "npz:"+path, "--json"))
	if made["fingerprint"] != kept["fingerprint"] {
		t.Errorf("fingerprint %v of the simulation, %v of its file", made["fingerprint"], kept["fingerprint"])
	}
	if made["neurons"] != 8.0 || made["train"] != 60.0 || made["repeats"] != 4.0 || made["height"] != 16.0 {
		t.Errorf("%v", made)
	}
	text := works(t, "data", "info", "npz:"+path)
	for _, want := range []string{"16 x 16", "60 images", "up to 4 repeats", "reference", "simple:", made["fingerprint"].(string)} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if lines := strings.Count(text, "\n"); lines > 24 {
		t.Errorf("%d lines do not fit a screen", lines)
	}
	fails(t, failed, []string{"data", "info", "npz:/nowhere.npz"}, "/nowhere.npz", "no such file")
	fails(t, wrongUse, []string{"data", "info", "simulated:?snr=loud"}, "snr", "loud")
}

func TestDataInfoOfASplit(t *testing.T) {
	path := arrays(t, func(all map[string]array.Array) {
		delete(all, "val_images")
		delete(all, "val_responses")
	})
	made, _ := keys(t, works(t, "data", "info", "npz:"+path+"?seed=5", "--json"))
	if split := made["split"].(map[string]any); split["seed"] != 5.0 || split["val_share"] != 0.1 {
		t.Errorf("split %v", split)
	}
	if text := works(t, "data", "info", "npz:"+path+"?seed=5"); !strings.Contains(text, "10 % for validation") {
		t.Errorf("%s", text)
	}
}

func TestDataCheck(t *testing.T) {
	good, names := keys(t, works(t, "data", "check", recording, "--json"))
	equal(t, "data check --json", names, "spec", "errors", "warnings", "findings")
	if good["errors"] != 0.0 {
		t.Errorf("%v", good)
	}
	path := arrays(t, set("train_images", float32(math.NaN())))
	status, stdout, stderr := v1lab("data", "check", "npz:"+path)
	if status != failed || !strings.Contains(stdout, "error: train_images: 1 values are not finite") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	status, stdout, _ = v1lab("data", "check", "npz:"+path, "--json")
	if bad, _ := keys(t, stdout); status != failed || bad["errors"] != 1.0 {
		t.Errorf("status %d, %v", status, bad)
	}
	fails(t, failed, []string{"data", "check", "npz:/nowhere.npz"}, "/nowhere.npz")
}

// A recording that cannot be fitted is not converted silently.
func TestDataConvert(t *testing.T) {
	out := filepath.Join(t.TempDir(), "y.npz")
	fails(t, failed, []string{"data", "convert", "npz:" + arrays(t, set("val_responses", float32(math.Inf(1)))), "--out", out}, "val_responses", "y.npz")
}
