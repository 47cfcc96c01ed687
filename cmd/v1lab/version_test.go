package main

import (
	"testing"

	"v1lab/v1model/version"
)

func TestVersion(t *testing.T) {
	if got, want := works(t, "--version"), "v1lab "+version.String()+"\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
