package study

import (
	"math"
	"strings"
	"testing"

	"v1lab/v1model/jsonfloat"
)

func sparsityOf(model string, of int, clean, active, shared float64) SparsityRow {
	spread := func(v float64) Spread { return Spread{Mean: jsonfloat.Float(v), SD: jsonfloat.Float(math.NaN())} }
	return SparsityRow{Model: model, Features: of, Clean: spread(clean), Active: spread(active), Shared: spread(shared)}
}

// Each number of features is judged by itself, and dead models are not said to have NaN.
func TestClaimsOfSparsity(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		rows        []SparsityRow
		shared, use Verdict
		says        []string
	}{
		"part": {
			[]SparsityRow{
				sparsityOf("equivariant-2", 2, 1, 1.2, 2), sparsityOf("equivariant-8", 8, 0.77, 2.6, 4.7), sparsityOf("equivariant-16", 16, 0.28, 4.1, 7.3),
				sparsityOf("dense", 8, 0.08, 5.3, 5), sparsityOf("dense-16", 16, 0.02, 8, 9),
			}, Partly, Partly,
			[]string{"with 8 features 4.7 of 8 (dense readout 5.0)", "So it does with 16, not with 2 and 8", "with 16 features 28 % clean, 4.1 active (dense readout 2 %, 8.0). So it does with 8, not with 16"},
		},
		"all":           {[]SparsityRow{sparsityOf("equivariant-8", 8, 0.6, 2, 4), sparsityOf("dense", 8, 0.1, 5, 5)}, Yes, Yes, []string{"So it does with all"}},
		"dense sparser": {[]SparsityRow{sparsityOf("equivariant-8", 8, 0.6, 5, 6), sparsityOf("dense", 8, 0.1, 4, 5)}, No, No, []string{"So it does with none"}},
		"dead":          {[]SparsityRow{sparsityOf("equivariant-8", 8, nan, nan, nan), sparsityOf("dense", 8, nan, nan, nan)}, No, No, []string{"\u2013 of 8 (dense readout \u2013)", "\u2013 clean, \u2013 active"}},
		"two features":  {[]SparsityRow{sparsityOf("equivariant-2", 2, 1, 1, 1)}, Yes, No, []string{"no number of features"}},
	} {
		shared, use := fewShared(c.rows), sparseUse(c.rows)
		text := shared.Text + use.Text
		if shared.Holds != c.shared || use.Holds != c.use || strings.Contains(text, "NaN") {
			t.Errorf("%s: shared %s, sparse %s: %s", name, shared.Holds, use.Holds, text)
		}
		for _, want := range c.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in %s", name, want, text)
			}
		}
	}
}

// A dead neuron is in no group, so fits do not agree on it either.
func TestStabilityLeavesDeadNeuronsOut(t *testing.T) {
	if got := stability([][]int{{2, 2, 0, 0, 1, 1, -1, -1}, {0, 0, 1, 1, 2, 2, 0, -1}, {-1, 0, 1, 1, -1, 2, 0, 1}}); got != 1 {
		t.Errorf("stability %g, want 1", got)
	}
}
