package weights_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

func TestStreamsAreIndependentOfEachOther(t *testing.T) {
	a := weights.Spec{Name: "a", Shape: []int{1000}, Init: weights.TruncatedNormal(0.1)}
	b := weights.Spec{Name: "b", Shape: []int{1000}, Init: weights.TruncatedNormal(0.1)}
	alone, both := weights.Init([]weights.Spec{a}, 7), weights.Init([]weights.Spec{b, a}, 7)
	if !slices.Equal(alone.Float32("a"), both.Float32("a")) {
		t.Error("adding a variable moved another's start values")
	}
	if slices.Equal(both.Float32("a"), both.Float32("b")) {
		t.Error("two variables start alike")
	}
	if slices.Equal(alone.Float32("a"), weights.Init([]weights.Spec{a}, 8).Float32("a")) {
		t.Error("two seeds start alike")
	}
	sum := 0.0
	for _, v := range alone.Float32("a") {
		if math.Abs(float64(v)) > 0.2 {
			t.Fatalf("%g lies beyond two SDs", v)
		}
		sum += float64(v) * float64(v)
	}
	if sd := math.Sqrt(sum / 1000); math.Abs(sd-0.088) > 0.005 { // SD of a normal cut at two SDs: 0.88
		t.Errorf("SD %.3f, want about 0.088", sd)
	}
}

func TestCheckNamesTheVariable(t *testing.T) {
	specs := []weights.Spec{{Name: "w", Shape: []int{2}, Init: weights.Constant(0)}}
	for want, values := range map[string]weights.Values{
		`"w" is missing`:                          {},
		`"w" has shape [3], the model needs [2]`:  {"w": array.New([]float32{1, 2, 3})},
		`"w" is float64, the model needs float32`: {"w": array.New([]float64{1, 2})},
	} {
		if err := values.Check(specs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestFingerprintIsOfNamesShapesAndBits(t *testing.T) {
	seen := map[string]int{}
	negative := float32(math.Copysign(0, -1))
	for i, v := range []weights.Values{
		{}, {"a": array.New([]float32{0, 1})}, {"b": array.New([]float32{0, 1})}, {"a": array.New([]float32{0, 1}, 1, 2)}, {"a": array.New([]float32{negative, 1})},
		{"a": array.New([]float32{0, 1}), "b": array.New([]float32{2})},
	} {
		f := v.Fingerprint()
		if j, ok := seen[f]; ok || len(f) != 64 || f != v.Fingerprint() {
			t.Errorf("%d: %s, as of %d", i, f, j)
		}
		seen[f] = i
	}
}

// Variables that have no single axis of neurons, and models with other variables, have no parts.
func TestSpansOfModelsWithoutParts(t *testing.T) {
	spec := func(name string, shape ...int) weights.Spec { return weights.Spec{Name: name, Shape: shape} }
	spans, err := weights.Spans([]weights.Spec{spec("w", 2, 6), spec("b", 3), spec("k", 2, 4).OfSessions(3)}, []weights.Spec{spec("w", 2, 5), spec("b", 3), spec("k", 2, 4).OfSessions(1)}, 6, 5)
	if err != nil || !slices.Equal(spans, []weights.Span{{Name: "w", Axis: 1}, {Name: "k", Sessions: true}}) {
		t.Errorf("%+v, %v", spans, err)
	}
	for name, few := range map[string][]weights.Spec{
		"two axes":     {spec("w", 5, 5)},
		"another axis": {spec("w", 6, 3)},
		"fewer axes":   {spec("w", 5)},
		"another name": {spec("v", 5, 6)},
		"more":         {spec("w", 6, 6), spec("v", 1)},
	} {
		if _, err := weights.Spans([]weights.Spec{spec("w", 6, 6)}, few, 6, 5); !errors.Is(err, weights.ErrNoParts) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
