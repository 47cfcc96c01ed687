// Package pjrttest gives every test of the project the same compute backend.
//
// In: a test. Out: the process's one [compute.Backend], chosen and installed as package pjrt does.
// It is apart from pjrt so that programs do not link package testing.
// A missing backend fails the test, with the mend: nothing is skipped.
// Tests compile with [Quick] unless $XLA_FLAGS is set; benchmarks and programs never do.
// It serves no section of the paper.
package pjrttest

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/gomlx/compute"

	"v1lab/kernels/pjrt"
)

// Quick is XLA's older way of making code for fused loops on a CPU. It compiles in half the time, and what it makes computes the same but for rounding, a
// tenth slower: right for tests, which run a program a few times.
const Quick = "--xla_cpu_use_fusion_emitters=false"

const flags = "XLA_FLAGS"

var open = sync.OnceValues(func() (compute.Backend, error) {
	return pjrt.Backend(context.Background(), "", os.Stderr)
})

// Backend returns the backend that $GOMLX_BACKEND names, XLA by default. It is opened once per
// process and never closed. If it cannot be opened, tb fails at once.
func Backend(tb testing.TB) compute.Backend {
	tb.Helper()
	if _, test := tb.(*testing.T); test && os.Getenv(flags) == "" {
		if err := os.Setenv(flags, Quick); err != nil { // before XLA is loaded, which reads it once
			tb.Fatal(err)
		}
	}
	backend, err := open()
	if err != nil {
		tb.Fatalf("no compute backend: %v", err)
	}
	return backend
}
