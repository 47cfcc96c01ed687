package main

import (
	"strings"
	"testing"

	"v1lab/datasets/formats"
)

// The help of data knows every scheme, and so does the error of one that is not known.
func TestDataListsSchemes(t *testing.T) {
	_, help, _ := v1lab("data", "--help")
	_, _, complaint := v1lab("data", "info", "zip:recording.zip")
	for _, f := range formats.All() {
		if !strings.Contains(help, f.Example) || !strings.Contains(complaint, f.Scheme) {
			t.Errorf("scheme %s is missing in the help or in %q", f.Scheme, complaint)
		}
	}
	fails(t, wrongUse, []string{"data", "check", "zip:recording.zip"}, `unknown scheme "zip"`)
}
