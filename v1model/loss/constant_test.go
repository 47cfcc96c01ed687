package loss_test

import (
	"math"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/v1model/loss"
)

// Constant rates are the means over recorded training responses; a model at or above their loss is told so.
func TestConstant(t *testing.T) {
	missing := float32(math.NaN())
	d := &datasets.Dataset{}
	d.Train.Responses = datasets.Responses{N: 3, Neurons: 2, Values: []float32{1, 2, 3, missing, 2, 4}}
	d.Val.Responses = datasets.Responses{N: 2, Neurons: 2, Values: []float32{0, 1, 4, missing}}
	for _, name := range []string{loss.Poisson, loss.Gaussian} {
		l := find(t, name)
		got, err := l.Constant(d)
		if want := (l.Term(2, 0) + l.Term(2, 4) + l.Term(3, 1)) / 2; err != nil || math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, want %v (%v)", name, got, want, err)
		}
	}
	d.Train.Responses.Values[1], d.Train.Responses.Values[5] = missing, missing
	if got, err := find(t, loss.Poisson).Constant(d); err != nil || !math.IsNaN(got) {
		t.Errorf("a neuron without training responses: %v, %v", got, err)
	}
	for _, c := range []struct {
		model, constant float64
		says            bool
	}{{1, 2, false}, {2, 2, true}, {67.0833, 6.98759, true}, {math.NaN(), 1, false}, {1, math.NaN(), false}} {
		if text := loss.NoBetter(c.model, c.constant); (text != "") != c.says || c.says && !strings.Contains(text, "no better than constant rates") {
			t.Errorf("%+v: %q", c, text)
		}
	}
}
