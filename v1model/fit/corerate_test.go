package fit

import (
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// In a step, the core moves by its share of the learning rate, and the readout, moments and moving averages as in any fit from these values: of one
// session, of several, and in micro-batches.
func TestCoreMovesAtItsOwnRate(t *testing.T) {
	backend := pjrttest.Backend(t)
	from := source(t, backend)
	for name, c := range map[string]struct {
		data  *datasets.Dataset
		parts int
	}{"one session": {other(), 1}, "several sessions": {three(t), 1}, "micro-batches": {other(), 2}} {
		if testing.Short() && name != "several sessions" {
			continue // compiles for seconds
		}
		var start weights.Values
		after := func(rate float64, from *runfolder.Folder) weights.Values {
			config := frozen(c.parts)
			config.Fit.CoreRate = rate
			config, values, err := reuseCore(config, runfolder.Describe(c.data).Shape, from, nil)
			if err != nil {
				t.Fatal(err)
			}
			d := begun(t, backend, config, c.data)
			if start == nil {
				start = state(t, d)
				maps.Copy(start, values)
			}
			if err := d.setState(start); err != nil {
				t.Fatal(err)
			}
			all, _ := stepped(t, d, 1)
			return all
		}
		slow, same, own := after(0.25, from), after(1, from), after(0, nil)
		if !slices.Equal(slices.Sorted(maps.Keys(own)), slices.Sorted(maps.Keys(slow))) {
			t.Fatalf("%s: variables %q, without fit.core_rate %q", name, slices.Sorted(maps.Keys(slow)), slices.Sorted(maps.Keys(own)))
		}
		moved := 0
		for v := range own {
			if !slices.Equal(same.Float32(v), own.Float32(v)) {
				t.Errorf("%s: at a share of 1, %s is another than in a fit of its own core", name, v)
			}
			if !strings.HasPrefix(v, "core/") || strings.Contains(v, "/Adam") || strings.Contains(v, "moving") {
				if !slices.Equal(slow.Float32(v), own.Float32(v)) {
					t.Errorf("%s: %s moved at another rate than the schedule's", name, v)
				}
				continue
			}
			for i, at := range start.Float32(v) {
				got, whole := float64(slow.Float32(v)[i]-at), float64(own.Float32(v)[i]-at)
				if math.Abs(got-whole/4) > 1e-6*(1+math.Abs(float64(at))) {
					t.Errorf("%s: %s[%d] moved by %g, want a quarter of %g", name, v, i, got, whole)
				}
				if whole != 0 {
					moved++
				}
			}
		}
		if moved == 0 {
			t.Errorf("%s: the core did not move", name)
		}
	}
}

// A share of 0 is the frozen core, in the run's config and to the bit in all that the fit leaves.
func TestCoreRateOfZeroIsFrozen(t *testing.T) {
	backend := pjrttest.Backend(t)
	from := source(t, backend)
	values, err := from.Weights()
	if err != nil {
		t.Fatal(err)
	}
	config := frozen(0)
	config.Fit.MaxSteps = 12
	_, _, plain, err := run(t, three(t), config, Options{CoreFrom: from})
	if err != nil {
		t.Fatal(err)
	}
	if err := config.Set("fit.core_rate=0"); err != nil {
		t.Fatal(err)
	}
	_, _, zero, err := run(t, three(t), config, Options{CoreFrom: from})
	if err != nil {
		t.Fatal(err)
	}
	if d := left(t, plain).diff(left(t, zero)); d != "" {
		t.Error(d)
	}
	for name, v := range left(t, zero).Last {
		if strings.HasPrefix(name, "core/") && !slices.Equal(v.Data.([]float32), values.Float32(name)) {
			t.Errorf("several sessions changed %s", name)
		}
	}
}

// A fine-tuned fit that was stopped ends with the same bits, without the run that the core came from.
func TestInterruptedFineTuningEndsWithTheSameBits(t *testing.T) {
	backend := pjrttest.Backend(t)
	for name, data := range map[string]*datasets.Dataset{"one session": other(), "several sessions": three(t)} {
		if testing.Short() && name != "several sessions" {
			continue // compiles for seconds
		}
		from, config := source(t, backend), frozen(0)
		config.Fit.CoreRate, config.Fit.MaxSteps = 0.1, 20
		values, err := from.Weights()
		if err != nil {
			t.Fatal(err)
		}
		_, _, whole, err := run(t, data, config, Options{CoreFrom: from})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "broken")
		ctx, cancel := context.WithCancel(context.Background())
		_, _, err = Run(ctx, backend, data, config, path, Options{CoreFrom: from, Progress: func(p Progress) {
			if p.Steps == 6 {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, ErrInterrupted) {
			t.Fatal(err)
		}
		if err := os.RemoveAll(from.Path); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Resume(context.Background(), backend, data, path, Options{}); err != nil {
			t.Fatal(err)
		}
		if d := left(t, whole).diff(left(t, path)); d != "" {
			t.Errorf("%s: unbroken and stopped differ:\n%s", name, d)
		}
		kept := opened(t, path).Config
		if kept.Core.Frozen || kept.Fit.CoreRate != 0.1 || kept.Fit.CoreFrom == nil || kept.Fit.CoreFrom.Run != from.Path {
			t.Errorf("%s: recorded: %v, %g, %+v", name, kept.Core.Frozen, kept.Fit.CoreRate, kept.Fit.CoreFrom)
		}
		for v, a := range left(t, path).Weights {
			if strings.HasPrefix(v, "core/") && slices.Equal(a.Data.([]float32), values.Float32(v)) {
				t.Errorf("%s: %s did not move", name, v)
			}
		}
	}
}

func TestCoreRateWithoutACoreIsNamed(t *testing.T) {
	backend, config := pjrttest.Backend(t), tiny()
	config.Fit.CoreRate = 0.1
	want := "fit.core_rate: 0.1, and the core is not taken from a run; accepted: v1lab fit --core-from RUN with it, or leave it out"
	_, _, path, err := run(t, small(), config, Options{})
	fails(t, err, want)
	if runfolder.IsRun(path) {
		t.Error("a run folder was left")
	}
	_, err = FindRate(context.Background(), backend, small(), config, RateOptions{})
	fails(t, err, want)
	for want, change := range map[string]func(c *v1model.Config){
		"fit.core_rate: -1, accepted: a share of the learning rate, such as 0.1, or 0 for a frozen core": func(c *v1model.Config) { c.Fit.CoreRate = -1 },
		"fit.core_rate: NaN, accepted": func(c *v1model.Config) { c.Fit.CoreRate = math.NaN() },
		"core.frozen: true, found fit.core_rate 0.1; accepted: one of them, a frozen core has no learning rate": func(c *v1model.Config) { c.Core.Frozen = true },
		"core.frozen: false, found fit.core_from set; accepted: both or neither, v1lab fit --core-from RUN sets both": func(c *v1model.Config) {
			c.Fit.CoreRate, c.Fit.CoreFrom = 0, &v1model.CoreSource{}
		},
	} {
		c := config
		change(&c)
		fails(t, c.Validate(), want)
	}
}
