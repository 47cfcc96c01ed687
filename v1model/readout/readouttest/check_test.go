package readouttest_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/kinds"
	"v1lab/v1model/readout"
	"v1lab/v1model/readout/readouttest"
	"v1lab/v1model/weights"
)

// recorder is a test that keeps its failures.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Error(args ...any)            { r.failures = append(r.failures, fmt.Sprint(args...)) }
func (r *recorder) Errorf(f string, args ...any) { r.Error(fmt.Sprintf(f, args...)) }
func (r *recorder) Fatal(args ...any)            { r.Error(args...); runtime.Goexit() }
func (r *recorder) Fatalf(f string, args ...any) { r.Fatal(fmt.Sprintf(f, args...)) }

// check returns the failures of a readout.
func check(t *testing.T, c readout.Config, hidden ...string) string {
	t.Helper()
	r := &recorder{TB: t}
	ended := make(chan struct{})
	go func() { // Fatal ends the goroutine
		defer close(ended)
		readouttest.Check(r, pjrttest.Backend(t), c, hidden...)
	}()
	<-ended
	return strings.Join(r.failures, "\n")
}

// wrong is a readout with masks that breaks one promise.
type wrong struct {
	readout.Masked
	promise string
}

func (w wrong) Specs() []weights.Spec {
	specs := w.Masked.Specs()
	if w.promise == "name" {
		specs = append(specs, weights.Spec{Name: "extra", Shape: []int{1}, Init: weights.Constant(0)})
	}
	return specs
}

func (w wrong) Start(values weights.Values, _ *datasets.Dataset, _ uint64) error {
	switch w.promise {
	case "start":
		values.Float32(readout.Masks)[1] = float32(math.Inf(1))
	case "shape":
		values[readout.Masks] = array.New(make([]float32, 2), 2)
	case "refused":
		return fmt.Errorf("no start values")
	}
	return nil
}

func (w wrong) Apply(v weights.Nodes, maps *graph.Node, training bool) readout.Output {
	out := w.Masked.Apply(v, maps, training)
	switch w.promise {
	case "drive":
		out.Drive = graph.Transpose(out.Drive, 0, 1)
	case "gradient":
		out.Drive = graph.Add(graph.StopGradient(graph.MulScalar(out.Drive, 0.5)), graph.MulScalar(out.Drive, 0.5))
	}
	return out
}

func (w wrong) Penalties(v weights.Nodes) []readout.Term {
	return []readout.Term{{Weight: "sparsity", Value: graph.MulScalar(graph.ReduceAllSum(w.MaskSums(v)), w.Config.Sparsity)}}
}

func (w wrong) Effective(values weights.Values) (masks, features array.Array) {
	masks, features = w.Masked.Effective(values)
	switch w.promise {
	case "effective":
		features.Data.([]float32)[3] += 0.5
	case "effective shape":
		masks.Shape = []int{3, 12}
	}
	return masks, features
}

func init() {
	for _, promise := range []string{"none", "name", "start", "shape", "refused", "drive", "gradient", "effective", "effective shape"} {
		readout.Register(kinds.About{Name: "wrong_" + strings.ReplaceAll(promise, " ", "_"), Summary: "breaks a promise: " + promise}, readout.Kind{
			New: func(c readout.Config, size readout.Size) (readout.Readout, error) {
				return wrong{readout.NewMasked(c, size), promise}, nil
			},
		})
	}
}

// Check passes what keeps its promises.
func TestCheckPasses(t *testing.T) {
	for _, c := range []readout.Config{{Kind: readout.JointL1, Sparsity: 0.3}, {Kind: readout.Gaussian, FeatureSparsity: 0.2}, {Kind: "wrong_none", Sparsity: 0.3}} {
		readouttest.Check(t, pjrttest.Backend(t), c)
	}
}

// Check reports each broken promise, and nothing else.
func TestCheckReports(t *testing.T) {
	for kind, want := range map[string]string{
		"wrong_name":            `variable "extra"; want a name that begins with readout/`,
		"wrong_start":           "readout/masks[1] starts at +Inf",
		"wrong_shape":           `"readout/masks" has shape [2]`,
		"wrong_refused":         "no start values",
		"wrong_drive":           "drive (Float64)[3, 2], want [2 3]",
		"wrong_gradient":        "gradient by readout/feature_weights[0] is",
		"wrong_effective":       "neuron 1 is driven by",
		"wrong_effective_shape": "effective masks [3 12]",
		"wrong_none_such":       `"wrong_none_such"`,
	} {
		if got := check(t, readout.Config{Kind: kind, Sparsity: 0.3}); !strings.Contains(got, want) {
			t.Errorf("%s: reported %q, want %q", kind, got, want)
		}
	}
}

// A kind may withhold gradients if its test says so.
func TestHiddenGradients(t *testing.T) {
	if got := check(t, readout.Config{Kind: "wrong_gradient"}, "maps", readout.Masks, readout.Features); got != "" {
		t.Error(got)
	}
}
