package v1labtest_test

import (
	"strings"
	"testing"
)

// The bench starts its workers from the program itself.
func TestBenchText(t *testing.T) {
	t.Parallel()
	text := works(t, "bench", "--size", "quickstart", "--neurons", "4", "--batch", "8", "--rounds", "1", "--what", "read")
	for _, part := range []string{"1 rounds", "reading and normalising a recording: quickstart, 24x24, 4 neurons", "v1lab "} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%s", part, text)
		}
	}
}

// What one waits for before a notebook is a row each, with its target.
func TestBenchWaits(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	status, _, stderr := v1lab(t, "bench", "--what", "start", "--rounds", "1", "--data", "simulated:?neurons=4&images=64&val=30&test=20&repeats=4&height=24&width=24")
	if status != failed || !strings.Contains(stderr, "v1lab fit ended before its first step") || !strings.Contains(stderr, "fit.batch: 128") {
		t.Errorf("status %d, %s", status, stderr)
	}
}
