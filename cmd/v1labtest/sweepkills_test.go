//go:build long

package v1labtest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"v1lab/v1model/experiments/sweep/queue/queuetest"
)

// of returns a number from the environment.
func of(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// A large sweep on four workers, of which one is killed every 5 seconds: on a file, which is removed once in between, and on PostgreSQL. V1LAB_TEST_SWEEP_DRAWS,
// V1LAB_TEST_SWEEP_STEPS and V1LAB_TEST_KILLS make it smaller.
func TestLargeSweepSurvivesKills(t *testing.T) {
	draws, steps := of(t, "V1LAB_TEST_SWEEP_DRAWS", 64), of(t, "V1LAB_TEST_SWEEP_STEPS", 2000)
	args := func(out string, workers int) []string {
		return sweepArgs(out, "--draws", fmt.Sprint(draws), "--seeds", "2", "--slice", "3", "--search", "tpe", "--set", fmt.Sprintf("fit.max_steps=%d", steps), "--workers", fmt.Sprint(workers))
	}
	serial := filepath.Join(t.TempDir(), "serial")
	begun := time.Now()
	if state := start(t, args(serial, 1)...).End(t); state.ExitCode() != done {
		t.Fatal(state)
	}
	t.Logf("undisturbed, one worker: %.0f s", time.Since(begun).Seconds())
	four := func(out string) []string { return args(out, 4) }
	t.Run("SQLite", func(t *testing.T) {
		trial{args: four, every: 5 * time.Second, kills: kills(t), remove: true}.survives(t, serial)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := queuetest.Postgres(t)
		trial{args: func(out string) []string { return append(four(out), "--queue", url) }, every: 5 * time.Second, kills: kills(t)}.survives(t, serial)
	})
}
