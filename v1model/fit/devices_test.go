package fit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute"

	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/runfolder"
)

// shared is a config whose batch of 8 goes over several devices and micro-batches.
func shared(config v1model.Config, devices, accumulate int) v1model.Config {
	config.Fit.Batch, config.Fit.Devices, config.Fit.Accumulate = 8, devices, accumulate
	return config
}

// Whatever the devices, the numbers are those of one: batch normalisation takes its statistics over all of them, and noise is not drawn
// twice.
func TestDevicesTrainAsOne(t *testing.T) {
	spectral := tiny()
	spectral.Core.Evaluation = []string{core.Spectral}
	for _, c := range []struct {
		name                string
		config              v1model.Config
		devices, accumulate int
	}{{"joint L1", tiny(), 2, 1}, {"spectral", spectral, 4, 1}, {"gaussian", gaussian(), 2, 2}} {
		t.Run(fmt.Sprintf("%s on %d", c.name, c.devices), func(t *testing.T) {
			one := begun(t, severalDevices(t), shared(c.config, 1, c.accumulate), small())
			all := begun(t, severalDevices(t), shared(c.config, c.devices, c.accumulate), small())
			want, wantLosses := stepped(t, one, 4)
			got, losses := stepped(t, all, 4)
			for _, s := range one.specs {
				near(t, s.Name, got.Float32(s.Name), want.Float32(s.Name))
			}
			near(t, "losses", losses, wantLosses)
			a, err := one.validate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			b, err := all.validate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			near(t, "validation loss", []float32{float32(b)}, []float32{float32(a)})
		})
	}
}

// A fit over devices and micro-batches goes on to the same bits, as every other; so do its files.
func TestInterruptedSharedFitEndsWithTheSameBits(t *testing.T) {
	dir, backend, config := t.TempDir(), severalDevices(t), shared(gaussian(), 2, 2)
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	if _, _, err := Run(context.Background(), backend, small(), config, whole, Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, _, err := Run(ctx, backend, small(), config, broken, Options{Progress: func(p Progress) {
		if p.Steps == 6 {
			cancel()
		}
	}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v, want an interruption", err)
	}
	if _, _, err := Resume(context.Background(), backend, small(), broken, Options{}); err != nil {
		t.Fatal(err)
	}
	if d := left(t, whole).diff(left(t, broken)); d != "" {
		t.Errorf("unbroken and interrupted differ:\n%s", d)
	}
}

func TestDevicesThatAreNotThereAreNamed(t *testing.T) {
	plain, err := compute.NewWithConfig("go")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Finalize()
	many := severalDevices(t).NumDevices()
	for _, c := range []struct {
		backend compute.Backend
		devices int
		want    string
	}{
		{severalDevices(t), many + 1, fmt.Sprintf("fit.devices: %d, found %d of backend xla; accepted: 1 to %d", many+1, many, many)},
		{plain, 2, "fit.devices: 2, found 1 of backend Go Backend; accepted: 1"},
	} {
		config := shared(tiny(), c.devices, 1)
		config.Fit.Batch = c.devices
		path := filepath.Join(t.TempDir(), "run")
		_, _, err := Run(context.Background(), c.backend, small(), config, path, Options{})
		fails(t, err, c.want)
		if _, err := runfolder.Open(path); err == nil {
			t.Error("a run folder was left")
		}
	}
}
