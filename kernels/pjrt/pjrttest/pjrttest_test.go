package pjrttest_test

import (
	"testing"

	"v1lab/kernels/pjrt/pjrttest"
)

func TestOneBackend(t *testing.T) {
	if pjrttest.Backend(t) != pjrttest.Backend(t) {
		t.Error("two calls gave two backends")
	}
}
