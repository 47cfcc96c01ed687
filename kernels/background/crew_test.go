package background_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"v1lab/kernels/background"
)

// A crew lives as long as its process, whoever asks; one that lives is not started again, and what one says that fails is an error.
func TestCrew(t *testing.T) {
	dir := t.TempDir()
	c := background.CrewOf(dir)
	lives := func(want bool) {
		t.Helper()
		for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			got, err := background.CrewOf(dir).Lives()
			if err != nil {
				t.Fatal(err)
			}
			if got == want {
				return
			}
			if time.Since(begun) > 10*time.Second {
				t.Fatalf("lives: %v, want %v", got, want)
			}
		}
	}
	lives(false)
	start := func(want bool, script string) {
		t.Helper()
		if started, err := c.Start([]string{"WORD=secret"}, "/bin/sh", "-c", script); err != nil || started != want {
			t.Fatalf("started %v, %v; want %v", started, err, want)
		}
	}
	fifo := dir + "/go"
	start(true, "echo $WORD; while [ ! -e "+fifo+" ]; do sleep 0.05; done; echo v1lab sweep run: no luck")
	lives(true)
	start(false, "echo another")
	if err := c.Failed(); err != nil {
		t.Errorf("it lives: %v", err)
	}
	if err := os.WriteFile(fifo, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	lives(false)
	if err := c.Failed(); err == nil || !strings.HasPrefix(err.Error(), "the sweep in "+dir+" ended: no luck\nthe end of "+c.Log) {
		t.Errorf("it failed: %v", err)
	}
	start(true, "echo well")
	lives(false)
	if said := c.Said(); c.Failed() != nil || len(said) != 2 || !slices.Contains(said, "well") {
		t.Errorf("it said %q", said)
	}
	if _, err := background.CrewOf(dir+"/none").Start(nil, "/bin/true"); err == nil || !strings.Contains(err.Error(), "sweep in the background: ") {
		t.Errorf("without a folder: %v", err)
	}
}
