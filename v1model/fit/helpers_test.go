package fit

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/durable"
	"v1lab/datasets/durable/faulty"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(victimFolder); path != "" {
		os.Exit(child(path, victim))
	}
	if path := os.Getenv(fullFolder); path != "" {
		os.Exit(child(path, fullDisk))
	}
	durable.Use(faulty.Unsynced{}) // nothing here outlives the tests
	os.Exit(m.Run())
}

// Variables that make this binary a process of its own, which fits into the folder that one of them names.
const (
	victimFolder = "V1LAB_TEST_FIT_VICTIM"
	fullFolder   = "V1LAB_TEST_FIT_FULL"
)

func child(path string, do func(backend compute.Backend, path string) error) int {
	backend, err := pjrt.Backend(context.Background(), "", os.Stderr)
	if err == nil {
		err = do(backend, path)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// asChild starts this binary again.
func asChild(t *testing.T, variable, path string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), variable+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// few lowers the number of checks of a property that takes seconds, unless -rapid.checks asks for another.
func few(t *testing.T, checks string) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	t.Cleanup(func() { flag.Set(f.Name, f.DefValue) }) //nolint:errcheck // its own default
	if err := flag.Set(f.Name, checks); err != nil {
		t.Fatal(err)
	}
}

// tiny is a model that compiles in a moment, with a schedule that goes through both stages on recording.
func tiny() v1model.Config {
	return v1model.Config{
		Core: core.Config{
			Kind: core.Hermite, Rotations: 4, Upsampling: 1, FilterSizes: []int{3}, Features: []int{2}, Strides: []int{1}, Padding: []string{"valid"},
			Activations: []string{"softplus"}, Smoothness: 0.01, SmoothRel: []float64{1}, Sparsity: 0.01, SparseRel: []float64{1},
		},
		Readout: readout.Config{Kind: readout.JointL1, Sparsity: 0.01},
		Fit:     v1model.Fit{Seed: 3, LearningRate: 0.03, Batch: 7, ValidateEvery: 4, Patience: 3, Stages: 2, MaxSteps: 200},
		Backend: "xla",
	}
}

// recording has images of noise and neurons that rectify one pixel.
func recording(train, val, height, width, neurons int) *datasets.Dataset {
	rng := weights.Stream(5, "recording")
	part := func(n int) datasets.Part {
		im := datasets.Images{N: n, Height: height, Width: width, Channels: 1, Pixels: make([]float32, n*height*width)}
		for i := range im.Pixels {
			im.Pixels[i] = float32(rng.NormFloat64())
		}
		r := datasets.Responses{N: n, Neurons: neurons, Values: make([]float32, n*neurons)}
		for i := range n {
			for j := range neurons {
				r.At(i)[j] = float32(rng.ExpFloat64()) * (0.3 + max(0, im.At(i)[(7*j+height*width/2)%im.Size()]))
			}
		}
		return datasets.Part{Images: im, Responses: r}
	}
	test := part(5)
	return &datasets.Dataset{Spec: "noise", Train: part(train), Val: part(val), Test: datasets.TestPart{
		Images: test.Images, Responses: datasets.Repeats{Repeats: 1, N: 5, Neurons: neurons, Values: test.Responses.Values}}}
}

func small() *datasets.Dataset { return recording(45, 20, 7, 6, 3) }

// meanLoss is the loss of predictions, computed on the host.
func meanLoss(t testing.TB, config v1model.Config, rates, responses datasets.Responses) float64 {
	t.Helper()
	l, err := config.Fit.Objective()
	if err != nil {
		t.Fatal(err)
	}
	mean, err := l.Mean(rates, responses)
	if err != nil {
		t.Fatal(err)
	}
	return mean
}

// outcome is all that a fit leaves, but for the time it took.
type outcome struct {
	Result  runfolder.Result
	Metrics []runfolder.Metric
	Weights weights.Values
	Last    weights.Values
	State   checkpointState
}

func (o outcome) diff(other outcome) string {
	return cmp.Diff(o, other, cmpopts.EquateNaNs(), cmp.AllowUnexported(sampler{}), cmpopts.IgnoreFields(sampler{}, "permute", "order"),
		cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Seconds" }, cmp.Ignore()))
}

// left reads what a fit left in its folder.
func left(t testing.TB, path string) outcome {
	t.Helper()
	folder, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var o outcome
	var ok bool
	if o.Result, ok, err = folder.Result(); err != nil || !ok {
		t.Fatalf("no result (%v)", err)
	}
	if o.Metrics, err = folder.Metrics(); err != nil {
		t.Fatal(err)
	}
	if o.Weights, err = folder.Weights(); err != nil {
		t.Fatal(err)
	}
	if o.Last, _, _, err = folder.LoadCheckpoint(&o.State, &struct{}{}); err != nil {
		t.Fatal(err)
	}
	return o
}

var unbrokenOnce struct {
	sync.Once
	outcome outcome
}

// unbroken is the fit of tiny to small without an interruption.
func unbroken(t testing.TB) outcome {
	t.Helper()
	unbrokenOnce.Do(func() {
		path := filepath.Join(t.TempDir(), "run")
		result, _, err := Run(context.Background(), pjrttest.Backend(t), small(), tiny(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		unbrokenOnce.outcome = left(t, path)
		if result != unbrokenOnce.outcome.Result {
			t.Errorf("returned %+v, wrote %+v", result, unbrokenOnce.outcome.Result)
		}
	})
	if unbrokenOnce.outcome.Result.Steps == 0 {
		t.Fatal("the unbroken fit failed")
	}
	return unbrokenOnce.outcome
}

// fails checks that an error is one line that contains want.
func fails(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line with %q", err, want)
	}
}

var openCPU = sync.OnceValues(func() (compute.Backend, error) { return pjrt.Backend(context.Background(), "xla:cpu", os.Stderr) })

// severalDevices is the CPU, which XLA shows as several devices.
func severalDevices(t testing.TB) compute.Backend {
	t.Helper()
	backend, err := openCPU()
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

// begun is a device at the start of a fit.
func begun(t testing.TB, backend compute.Backend, config v1model.Config, data *datasets.Dataset) *device {
	t.Helper()
	m, err := v1model.New(config, runfolder.Describe(data).Shape)
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDevice(backend, m, data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.finalize)
	start, _, err := m.Start(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.setState(withOptimiser(m, start)); err != nil {
		t.Fatal(err)
	}
	d.setOrder(samplerOf(data, config.Fit).permute(0))
	d.setCursor(0, nil)
	d.setRate(config.Fit.LearningRate)
	return d
}

// stepped takes steps, up to as many as the table of losses holds, and returns the state and the losses.
func stepped(t testing.TB, d *device, steps int) (weights.Values, []float32) {
	t.Helper()
	for range steps {
		if err := d.step(); err != nil {
			t.Fatal(err)
		}
	}
	losses, err := d.losses(steps)
	if err != nil {
		t.Fatal(err)
	}
	return state(t, d), losses
}

func state(t testing.TB, d *device) weights.Values {
	t.Helper()
	values, err := d.getState()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// near checks that values are equal to a hundred-thousandth of the largest.
func near(t testing.TB, name string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	largest, apart := 0., 0.
	for i, v := range want {
		largest = max(largest, math.Abs(float64(v)))
		apart = max(apart, math.Abs(float64(got[i])-float64(v)))
	}
	if !(apart <= 1e-5*largest) {
		t.Errorf("%s: %g apart, the largest value is %g", name, apart, largest)
	}
}
