package fit

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/modulation"
)

// Data that stream from the host give the weights and losses of data on the device, to the bit, over epochs, micro-batches and devices.
func TestStreamedDataGiveTheSameBits(t *testing.T) {
	gain := shared(tiny(), 1, 2)
	gain.Modulation = modulation.Config{Kind: modulation.Gain, Covariates: []string{"x", "running"}}
	one := func() *datasets.Dataset { return recording(45, 300, 7, 6, 3) } // two calls of the validation program
	for name, c := range map[string]struct {
		data   *datasets.Dataset
		config v1model.Config
	}{
		"one": {one(), tiny()}, "sessions": {three(t), shared(tiny(), 1, 1)}, "sessions in micro-batches": {three(t), shared(gaussian(), 1, 2)},
		"covariates": {behaving(), gain}, "devices": {three(t), shared(tiny(), 2, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "sessions" {
				t.Skip("compiles for seconds")
			}
			backend := pjrttest.Backend(t)
			if c.config.Fit.OnDevices() > 1 {
				backend = severalDevices(t)
			}
			if c.data.Sessions != nil {
				c.config.Fit.Sessions = v1model.Proportional
			}
			held := begun(t, backend, c.config, c.data)
			c.config.Fit.StreamAbove = 1e-6
			streamed := begun(t, backend, c.config, c.data)
			if held.stream != nil || streamed.stream == nil {
				t.Fatal("data stream where they should not, or the other way round")
			}
			s := samplerOf(c.data, c.config.Fit)
			for epoch := range 2 {
				for _, d := range []*device{held, streamed} {
					d.setOrder(s.permute(epoch))
					d.setCursor(0, nil)
				}
				want, losses := stepped(t, held, 3)
				got, gotLosses := stepped(t, streamed, 3)
				for name := range want {
					if !slices.Equal(got.Float32(name), want.Float32(name)) {
						t.Errorf("%s is another", name)
					}
				}
				if !slices.Equal(gotLosses, losses) {
					t.Errorf("losses %v, want %v", gotLosses, losses)
				}
				a, errA := held.validate(t.Context())
				b, errB := streamed.validate(t.Context())
				if a != b || errA != nil || errB != nil {
					t.Errorf("validation %v (%v), want %v (%v)", b, errB, a, errA)
				}
			}
		})
	}
}

// A whole fit, interrupted and resumed, is the one with all data on the device.
func TestStreamedFit(t *testing.T) {
	config := tiny()
	config.Fit.MaxSteps = 40
	dir, backend := t.TempDir(), pjrttest.Backend(t)
	held, streamed := filepath.Join(dir, "held"), filepath.Join(dir, "streamed")
	if _, _, err := Run(t.Context(), backend, three(t), config, held, Options{}); err != nil {
		t.Fatal(err)
	}
	config.Fit.StreamAbove = 1e-6
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, _, err := Run(ctx, backend, three(t), config, streamed, Options{Progress: func(p Progress) {
		if p.Steps == 17 {
			cancel()
		}
	}}); !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	if _, _, err := Resume(t.Context(), backend, three(t), streamed, Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := left(t, held).diff(left(t, streamed)); diff != "" {
		t.Error(diff)
	}
}

// What a fit allocates beside its data does not grow with the images if they stream, and is one copy of them otherwise.
func TestFitAllocatesItsDataOnce(t *testing.T) {
	allocated := func(images int, streamAbove float64) float64 {
		config := tiny()
		config.Fit.StreamAbove = streamAbove
		data := recording(images, 20, 7, 6, 40)
		m, err := v1model.New(config, v1model.Shape{Height: 7, Width: 6, Channels: 1, Neurons: 40})
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d, err := newDevice(pjrttest.Backend(t), m, data)
		if err != nil {
			t.Fatal(err)
		}
		defer d.finalize()
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc-before.TotalAlloc) / float64(4*images*(7*6+40))
	}
	if r := allocated(20000, 0); r > 1.2 {
		t.Errorf("on the device: %.2f times the data's bytes", r)
	}
	if r := allocated(20000, 1); r > 0.2 {
		t.Errorf("streamed: %.2f times the data's bytes", r)
	}
}
