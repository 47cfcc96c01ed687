package fit

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/google/go-cmp/cmp"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// source is a run that was fitted to small.
func source(t *testing.T, backend compute.Backend) *runfolder.Folder {
	t.Helper()
	config := tiny()
	config.Fit.MaxSteps = 12
	path := filepath.Join(t.TempDir(), "source")
	if _, _, err := Run(context.Background(), backend, small(), config, path, Options{}); err != nil {
		t.Fatal(err)
	}
	return opened(t, path)
}

func opened(t *testing.T, path string) *runfolder.Folder {
	t.Helper()
	folder, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// other has other neurons than small, and larger images.
func other() *datasets.Dataset { return recording(40, 15, 9, 8, 5) }

// frozen is tiny for other: penalties and seed may be others than the core's.
func frozen(parts int) v1model.Config {
	config := tiny()
	config.Core.Sparsity = 0.5
	config.Fit.Seed, config.Fit.Batch, config.Fit.MaxSteps, config.Fit.Accumulate = 8, 8, 40, parts
	return config
}

// A frozen core is the source's to the bit, has no optimiser state; the readout learns.
func TestFrozenCoreStaysAndReadoutLearns(t *testing.T) {
	backend := severalDevices(t)
	from := source(t, backend)
	values, err := from.Weights()
	if err != nil {
		t.Fatal(err)
	}
	for _, shares := range [][2]int{{1, 1}, {2, 1}, {1, 2}} {
		config := frozen(shares[0])
		config.Fit.Devices, config.Fit.MaxSteps, config.Fit.Patience, config.Readout.Sparsity = shares[1], 100, 8, 0.001
		path := filepath.Join(t.TempDir(), "run")
		if _, _, err := Run(context.Background(), backend, recording(160, 80, 9, 8, 5), config, path, Options{CoreFrom: from}); err != nil {
			t.Fatal(err)
		}
		o := left(t, path)
		compared := 0
		for name := range o.Last {
			if !strings.HasPrefix(name, "core/") {
				continue
			}
			if slices.Contains([]string{firstMoment, secondMoment}, name[strings.LastIndex(name, "/"):]) {
				t.Errorf("%s: a frozen variable has optimiser state", name)
				continue
			}
			compared++
			for what, got := range map[string]weights.Values{"best": o.Weights, "last": o.Last} {
				if !slices.Equal(got.Float32(name), values.Float32(name)) {
					t.Errorf("micro-batches, devices %v, %s: %s changed", shares, what, name)
				}
			}
		}
		if compared != 4 { // coefficients, beta, moving mean and variance
			t.Errorf("%d arrays of the core, want 4", compared)
		}
		if first := o.Metrics[0]; !(o.Result.ValLoss < first.ValLoss-0.1) {
			t.Errorf("nothing was learned: validation loss %g first, %g at best", first.ValLoss, o.Result.ValLoss)
		}
		kept := opened(t, path).Config
		if want := (v1model.CoreSource{Run: from.Path, Data: from.Dataset.Fingerprint, Values: kept.Fit.CoreFrom.Values}); !kept.Core.Frozen || !cmp.Equal(*kept.Fit.CoreFrom, want) || len(want.Values) != 64 {
			t.Errorf("recorded: %v, %+v", kept.Core.Frozen, kept.Fit.CoreFrom)
		}
	}
}

func absolute(values []float32, row, rows int) (sum float64) {
	n := len(values) / rows
	for _, v := range values[row*n : (row+1)*n] {
		sum += max(float64(v), -float64(v))
	}
	return sum
}

// The training step normalises with the moving averages, as prediction does, and penalises the readout alone.
func TestFrozenCoreTrainsInInferenceMode(t *testing.T) {
	backend, data := pjrttest.Backend(t), other()
	config, values, err := reuseCore(frozen(0), runfolder.Describe(data).Shape, source(t, backend), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := begun(t, backend, config, data)
	start, _, err := d.model.Start(data)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(start, values)
	if err := d.setState(withOptimiser(d.model, maps.Clone(start))); err != nil {
		t.Fatal(err)
	}
	_, losses := stepped(t, d, 1)
	p, err := ondevice.New(backend, d.model, start)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close() //nolint:errcheck // frees memory only
	rates, err := p.Rates(t.Context(), data.Train.Images)
	if err != nil {
		t.Fatal(err)
	}
	predicted, measured := datasets.Responses{N: 8, Neurons: 5}, datasets.Responses{N: 8, Neurons: 5}
	for _, i := range newSampler(40, 8, config.Fit.Seed).permute(0)[:8] {
		predicted.Values = append(predicted.Values, rates.At(int(i))...)
		measured.Values = append(measured.Values, data.Train.Responses.At(int(i))...)
	}
	want := meanLoss(t, config, predicted, measured)
	penalty := 0.0 // joint L1 alone: s sum_n (sum |m_n|) (sum |w_n|)
	for n := range 5 {
		penalty += 0.01 * absolute(start.Float32(readout.Masks), n, 5) * absolute(start.Float32(readout.Features), n, 5)
	}
	near(t, "loss of the first step", losses[:1], []float32{float32(want)})
	near(t, "penalty of the first step", losses[1:2], []float32{float32(penalty)})
}

// The run folder stands alone: a fit that was stopped, even before its first checkpoint, goes on without the source.
func TestInterruptedFitWithAFrozenCoreEndsWithTheSameBits(t *testing.T) {
	backend := pjrttest.Backend(t)
	from := source(t, backend)
	_, _, whole, err := run(t, other(), frozen(0), Options{CoreFrom: from})
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []int{0, 6} {
		path := filepath.Join(t.TempDir(), "broken")
		ctx, cancel := context.WithCancel(context.Background())
		if stop == 0 {
			cancel()
		}
		_, _, err := Run(ctx, backend, other(), frozen(0), path, Options{CoreFrom: from, Progress: func(p Progress) {
			if p.Steps == stop {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, ErrInterrupted) {
			t.Fatalf("error %v, want an interruption", err)
		}
		if stop == 0 {
			if err := os.Remove(filepath.Join(path, "checkpoint", "last.npz")); err != nil {
				t.Fatal(err)
			}
		} else if err := os.RemoveAll(from.Path); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Resume(context.Background(), backend, other(), path, Options{}); err != nil {
			t.Fatal(err)
		}
		if d := left(t, whole).diff(left(t, path)); d != "" {
			t.Errorf("unbroken and stopped at %d differ:\n%s", stop, d)
		}
	}
}

func TestCoreThatDoesNotFitIsNamed(t *testing.T) {
	backend := pjrttest.Backend(t)
	from := source(t, backend)
	for want, change := range map[string]func(c *v1model.Config, d *datasets.Dataset, o *Options){
		"core.features: found [3]; accepted: [2], as it was fitted":     func(c *v1model.Config, _ *datasets.Dataset, _ *Options) { c.Core.Features = []int{3} },
		"core.rotations: found 8; accepted: 4, as it was fitted":        func(c *v1model.Config, _ *datasets.Dataset, _ *Options) { c.Core.Rotations = 8 },
		"core.kind: found rotated; accepted: hermite, as it was fitted": func(c *v1model.Config, _ *datasets.Dataset, _ *Options) { c.Core.Kind = core.Rotated },
		"core.padding: found [same]; accepted: [valid]":                 func(c *v1model.Config, _ *datasets.Dataset, _ *Options) { c.Core.Padding = []string{"same"} },
		"channels of the images: found 2; accepted: 1": func(_ *v1model.Config, d *datasets.Dataset, _ *Options) {
			for _, im := range []*datasets.Images{&d.Train.Images, &d.Val.Images, &d.Test.Images} {
				im.Width, im.Channels = im.Width/2, 2
			}
		},
		"fit.core_from: the core of run /runs/a, and no run was given; accepted: v1lab fit --core-from RUN with that run": func(c *v1model.Config, _ *datasets.Dataset, o *Options) {
			c.Core.Frozen, c.Fit.CoreFrom, o.CoreFrom = true, &v1model.CoreSource{Run: "/runs/a"}, nil
		},
		"fit.core_from: found the core of run " + from.Path: func(c *v1model.Config, _ *datasets.Dataset, _ *Options) {
			c.Core.Frozen, c.Fit.CoreFrom = true, &v1model.CoreSource{Run: "/runs/a", Values: "0123"}
		},
		"core.frozen: true, found fit.core_from not set; accepted: both or neither": func(c *v1model.Config, _ *datasets.Dataset, o *Options) {
			c.Core.Frozen, o.CoreFrom = true, nil
		},
	} {
		config, data, o := frozen(0), other(), Options{CoreFrom: from}
		change(&config, data, &o)
		_, _, path, err := run(t, data, config, o)
		fails(t, err, want)
		if _, err := runfolder.Open(path); err == nil {
			t.Errorf("%s: a run folder was left", want)
		}
	}
}

func TestDamagedCoreIsNamed(t *testing.T) {
	backend := pjrttest.Backend(t)
	from := source(t, backend)
	path := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Run(ctx, backend, other(), frozen(0), path, Options{CoreFrom: from}); !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(from.Path, "best", "weights.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "checkpoint", "core.npz"), whole, 0o666); err != nil {
		t.Fatal(err)
	}
	_, _, err = Resume(context.Background(), backend, other(), path, Options{})
	fails(t, err, "checkpoint/core.npz: not the core that the fit began with (fingerprint ")
}
