package notebooks_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// The notebooks of the paper's experiments run through at toy size, each with the fits that those before it left, and tell their story.
func TestStudies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, n := range []struct {
		name     string
		pictures int
		texts    []string
	}{
		{"performance", 3, []string{"10 fits, 10 of them made now", "shared-biases", "cnn-of-4-maps", "The ceiling is", "readout.sparsity", "better prediction: "}},
		{"data_efficiency", 1, []string{"<td>50 %</td><td>32</td><td>64</td><td>1</td>", "6 fits, 2 of them made now", "better data efficiency: "}},
		{"transfer", 2, []string{"7 fits, 6 of them made now", "these, core of all", "core kept"}},
	} {
		pictures, html := outputs(t, executed(t, n.name, map[string]string{"scale": "toy", "seeds": "1", "out": filepath.Join(dir, "study")}))
		if pictures != n.pictures {
			t.Errorf("%s: %d pictures, want %d", n.name, pictures, n.pictures)
		}
		for _, want := range n.texts {
			if !strings.Contains(html, want) {
				t.Errorf("%s: no %q among the outputs", n.name, want)
			}
		}
	}
}
