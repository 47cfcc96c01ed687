package datasets_test

import (
	"slices"
	"testing"

	"v1lab/datasets"
)

// Ids of different sessions may be the same: then the session tells neurons apart.
func TestNames(t *testing.T) {
	for name, c := range map[string]struct {
		neurons []datasets.Neuron
		want    []string
	}{
		"nothing known":    {nil, []string{"0", "1", "2"}},
		"one session":      {[]datasets.Neuron{{ID: "7", Session: "a"}, {Session: "a"}, {ID: "9", Session: "a"}}, []string{"7", "1", "9"}},
		"several sessions": {[]datasets.Neuron{{ID: "7", Session: "a"}, {ID: "7", Session: "b"}, {Session: "b"}}, []string{"a/7", "b/7", "b/2"}},
		"one of no name":   {[]datasets.Neuron{{ID: "7"}, {ID: "7", Session: "b"}, {ID: "9", Session: "b"}}, []string{"7", "b/7", "b/9"}},
	} {
		if got := datasets.Names(c.neurons, 3); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
