// Package pjrttest gives every test of the project the same compute backend.
//
// In comes a test. Out comes the process's one [compute.Backend], chosen and installed as by package pjrt.
// It is separate from pjrt so that programs do not link package testing.
// If there is no backend, the test fails and says what to do: nothing is skipped.
package pjrttest

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/gomlx/compute"

	"v1lab/kernels/pjrt"
)

var open = sync.OnceValues(func() (compute.Backend, error) {
	return pjrt.Backend(context.Background(), "", os.Stderr)
})

// Backend returns the backend that $GOMLX_BACKEND names, XLA by default. It is opened once per
// process and never closed. If it cannot be opened, tb fails at once.
func Backend(tb testing.TB) compute.Backend {
	tb.Helper()
	backend, err := open()
	if err != nil {
		tb.Fatalf("no compute backend: %v", err)
	}
	return backend
}
