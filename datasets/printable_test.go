package datasets_test

import (
	"testing"

	"v1lab/datasets"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"neuron 7, 60°, µ":    "neuron 7, 60°, µ",
		"a\x1b[2Jb":           `a\u001b[2Jb`,
		"a\u009b2Jb\x7f":      `a\u009b2Jb\u007f`,
		"1\r2\n3\t4\x00":      `1\u000d2\u000a3\u00094\u0000`,
		"txt\u202egnp.\u2066": `txt\u202egnp.\u2066`,
		"\xff\x1b\xfe":        "\xff\\u001b\xfe",
	} {
		if got := datasets.Printable(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := datasets.Printable("a\tb\r\n", '\t', '\n'); got != "a\tb\\u000d\n" {
		t.Errorf("%q", got)
	}
}
