package golden_test

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/weights"
)

// recorder is a test that keeps its failures.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Errorf(f string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(f, args...))
}
func (r *recorder) Fatalf(f string, args ...any) { r.Errorf(f, args...); runtime.Goexit() }
func (r *recorder) Fatal(args ...any)            { r.Fatalf("%s", fmt.Sprint(args...)) }

// failures returns what a test's code reports.
func failures(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	ended := make(chan struct{})
	go func() { // Fatal ends the goroutine
		defer close(ended)
		f(r)
	}()
	<-ended
	return strings.Join(r.failures, "\n")
}

func archive(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "reference.npz")
	err := array.WriteNPZ(path, map[string]array.Array{
		"config": array.Scalar(`{"core": "conv", "filter_size": [5, 3]}`), "out": array.New([]float64{1, 2, 3, 4}, 2, 2), "labels": array.New([]int64{3, -1}),
		"var.core.weights": array.New([]float64{0.5}, 1), "var.core.weights.Adam": array.New([]float64{9}, 1), "var.beta1_power": array.New([]float64{9}, 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFile(t *testing.T) {
	path := archive(t)
	f := golden.Open(t, path)
	if got := f.Float32("out"); !slices.Equal(got.Shape, []int{2, 2}) || !slices.Equal(got.Data.([]float32), []float32{1, 2, 3, 4}) {
		t.Errorf("out %v", got)
	}
	if got := f.Float64("out"); !slices.Equal(got, []float64{1, 2, 3, 4}) {
		t.Errorf("out %v", got)
	}
	if got := f.Ints("labels"); !slices.Equal(got, []int{3, -1}) {
		t.Errorf("labels %v", got)
	}
	if w := f.Weights("var."); len(w) != 1 || w.Float32("core/weights")[0] != 0.5 {
		t.Errorf("weights %v: the optimiser's state is none of the model's", w)
	}
	if !f.Has("labels") || f.Has("label") || f.Keys()[0] != "config" {
		t.Errorf("arrays %v", f.Keys())
	}
	var c golden.CoreConfig
	if f.Config(&c); c.Kind != "conv" || !slices.Equal(c.FilterSize, []int{5, 3}) {
		t.Errorf("config %+v", c)
	}
	for _, c := range []struct {
		want string
		call func(f golden.File)
	}{
		{`no array "none"`, func(f golden.File) { f.Array("none") }},
		{"config: ", func(f golden.File) { f.Float32("config") }},
		{"config: ", func(f golden.File) { f.Float64("config") }},
		{"config: ", func(f golden.File) { f.Ints("config") }},
		{"cannot unmarshal", func(f golden.File) { f.Config(new(int)) }},
	} {
		if got := failures(t, func(tb testing.TB) { c.call(golden.Open(tb, path)) }); !strings.Contains(got, c.want) {
			t.Errorf("reported %q, want %q", got, c.want)
		}
	}
	if got := failures(t, func(tb testing.TB) { golden.Open(tb, "/nowhere.npz") }); !strings.Contains(got, "/nowhere.npz") {
		t.Errorf("reported %q", got)
	}
}

func TestCores(t *testing.T) {
	unfused := false
	base := golden.CoreConfig{
		ActivationFn: []string{"soft", "none", "none"}, FilterSize: []int{5, 3}, NumFilters: []int{4, 8, 9}, NumRotations: 8, Padding: []string{"VALID", "SAME"},
		Rate: []int{1, 2, 3}, RelSmooth: []float64{1, 1}, RelSparse: []float64{0, 1}, Stride: []int{1, 1}, FusedBN: &unfused,
	}
	for kind, want := range map[string]core.Config{
		"":     {Kind: core.Hermite, Rotations: 8},
		"rot":  {Kind: core.Rotated, Rotations: 8, Interpolation: core.Nearest},
		"conv": {Kind: core.CNN, Rotations: 1, Dilations: []int{1, 2}},
	} {
		base.Kind = kind
		got := base.Core()
		if got.Kind != want.Kind || got.Rotations != want.Rotations || got.Interpolation != want.Interpolation || !slices.Equal(got.Dilations, want.Dilations) {
			t.Errorf("%q: %+v", kind, got)
		}
		if !slices.Equal(got.Features, []int{4, 8}) || !slices.Equal(got.Padding, []string{"valid", "same"}) || !slices.Equal(got.Activations, []string{"softplus", "none"}) || !got.UnfusedNorm {
			t.Errorf("%q: %+v", kind, got)
		}
	}
}

func TestCompare(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		got, want []float32
		reported  string
	}{
		{[]float32{1, 10}, []float32{1, 10.00005}, ""},
		{[]float32{1, 10}, []float32{1, 10.001}, "x[1] = 10, want 10.001"},
		{[]float32{1.0005, 10}, []float32{1, 10}, "x[0] = 1.0005, want 1: off by 5.0e-05 of the largest magnitude 10, accepted 1e-05"},
		{[]float32{nan, 10}, []float32{1, 10}, "x[0] = NaN, want 1"},
		{[]float32{89, 1}, []float32{inf, 1}, ""},
		{[]float32{inf, 1}, []float32{inf, 1}, "x[0] = +Inf, must be finite"},
		{[]float32{1}, []float32{1, 2}, "x: 1 values, want 2"},
	} {
		got := failures(t, func(tb testing.TB) { golden.Compare(tb, "x", c.got, c.want, golden.Value) })
		if !strings.HasPrefix(got, c.reported) || c.reported == "" && got != "" {
			t.Errorf("%v against %v: reported %q, want %q", c.got, c.want, got, c.reported)
		}
	}
}

func TestRun(t *testing.T) {
	w := weights.Values{"b": array.New([]float32{10, 20}, 2), "a": array.New([]float32{1}, 1)}
	in := []array.Array{array.New([]float32{2, 3}, 2)}
	got := golden.Run(t, pjrttest.Backend(t), w, in, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		return map[string]*graph.Node{"sum": graph.Add(w.Get("b"), in[0]), "a": w.Get("a")}
	})
	if !slices.Equal(got["sum"], []float32{12, 23}) || !slices.Equal(got["a"], []float32{1}) {
		t.Errorf("%v", got)
	}
	reported := failures(t, func(tb testing.TB) {
		golden.Run(tb, pjrttest.Backend(t), w, in, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			panic(errors.New("no such graph"))
		})
	})
	if !strings.Contains(reported, "no such graph") {
		t.Errorf("reported %q", reported)
	}
}

func TestMatrix(t *testing.T) {
	want := 3
	if testing.Short() {
		want = 1
	}
	if got := golden.Matrix([]int{1, 2, 3}); len(got) != want {
		t.Errorf("%v, want %d of them", got, want)
	}
}
