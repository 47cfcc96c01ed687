package fit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// averaging is tiny with an average of its weights, in the reference's schedule.
func averaging() v1model.Config {
	c := tiny()
	c.Fit.Average = 0.8
	return c
}

// cycle is tiny with one cycle of the learning rate and an average.
func cycle() v1model.Config {
	c := averaging()
	c.Fit = v1model.Fit{Seed: 3, Schedule: "one_cycle", PeakRate: 0.05, Batch: 7, ValidateEvery: 4, Steps: 26, Average: 0.8}
	return c
}

// The average is the weighted mean of the weights after each step, and it alone is validated.
func TestAverageByHand(t *testing.T) {
	for name, change := range map[string]func(*v1model.Config){
		"whole": func(*v1model.Config) {}, "micro-batches": func(c *v1model.Config) { c.Fit.Batch, c.Fit.Accumulate = 8, 2 },
		"constrained": func(c *v1model.Config) { c.Readout = readout.Config{Kind: readout.Gaussian, FeatureL2: 0.01} },
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "whole" {
				t.Skip("compiles more programs")
			}
			config := averaging()
			change(&config)
			d := begun(t, pjrttest.Backend(t), config, small())
			want, total := map[string][]float64{}, 0.
			for range 3 {
				if err := d.step(); err != nil {
					t.Fatal(err)
				}
				now := state(t, d)
				total = 0.8*total + 1
				for _, s := range averaged(d.model) {
					if want[s.Name] == nil {
						want[s.Name] = make([]float64, s.Size())
					}
					for i, v := range now[s.Name].Data.([]float32) {
						want[s.Name][i] += (float64(v) - want[s.Name][i]) / total
					}
				}
			}
			end := state(t, d)
			if len(want) < 5 {
				t.Errorf("averages of %d variables", len(want))
			}
			kept := weights.Values{}
			for _, s := range d.model.Specs() {
				kept[s.Name] = end[s.Name]
				if want[s.Name] == nil {
					continue
				}
				mean := make([]float32, s.Size())
				for i, v := range want[s.Name] {
					mean[i] = float32(v)
				}
				near(t, s.Name, end[weights.AverageOf(s.Name)].Data.([]float32), mean)
				kept[s.Name] = array.Array{Shape: s.Shape, Data: mean}
			}
			got, err := d.validate(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			plain := config
			plain.Fit.Average = 0
			other := begun(t, pjrttest.Backend(t), plain, small())
			if err := other.setState(withOptimiser(other.model, kept)); err != nil {
				t.Fatal(err)
			}
			validated, err := other.validate(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			near(t, "validation loss", []float32{float32(got)}, []float32{float32(validated)})
		})
	}
}

// An average leaves the training as it is.
func TestAverageChangesNoStep(t *testing.T) {
	without, losses := stepped(t, begun(t, pjrttest.Backend(t), tiny(), small()), 4)
	with, same := stepped(t, begun(t, pjrttest.Backend(t), averaging(), small()), 4)
	near(t, "losses", same, losses)
	for name := range without {
		near(t, name, with[name].Data.([]float32), without[name].Data.([]float32))
	}
}

// The best weights of the folder are the average at the best validation: their loss is the one on record.
func TestAverageIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	result, _, err := Run(t.Context(), pjrttest.Backend(t), small(), cycle(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if result.Reason != runfolder.ReasonComplete || result.Steps != cycle().Fit.Steps {
		t.Errorf("%+v, want all steps", result)
	}
	folder, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	best, err := folder.Weights()
	if err != nil {
		t.Fatal(err)
	}
	config := cycle()
	config.Fit.Average = 0
	d := begun(t, pjrttest.Backend(t), config, small())
	if err := d.setState(withOptimiser(d.model, best)); err != nil {
		t.Fatal(err)
	}
	loss, err := d.validate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	near(t, "validation loss", []float32{float32(loss)}, []float32{float32(result.ValLoss)})
	for _, m := range left(t, path).Metrics {
		if m.Stage != 0 || !(m.LearningRate > 0 && m.LearningRate <= 0.05) {
			t.Errorf("%+v", m)
		}
	}
	_, _, err = Resume(t.Context(), pjrttest.Backend(t), small(), path, Options{MaxSteps: 1000})
	fails(t, err, "fit.max_steps 1000, its schedule ends after 26 steps")
}

// One cycle and averages, stopped at any steps, end with the bits of an unbroken fit: weights, optimiser, average and metrics.
func TestInterruptedCycleEndsWithTheSameBits(t *testing.T) {
	few(t, "2")
	short := cycle()
	short.Fit.Patience, short.Fit.PeakRate = 2, 0.5 // it ends early
	for name, config := range map[string]v1model.Config{"one_cycle": cycle(), "one_cycle with patience": short, "reference with average": averaging()} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "one_cycle" {
				t.Skip("makes more fits")
			}
			dir := t.TempDir()
			whole := filepath.Join(dir, "whole")
			if _, _, err := Run(t.Context(), pjrttest.Backend(t), small(), config, whole, Options{}); err != nil {
				t.Fatal(err)
			}
			want := left(t, whole)
			if early := want.Result.Reason == runfolder.ReasonConverged; early != (config.Fit.Patience > 0) {
				t.Errorf("%+v", want.Result)
			}
			runs := 0
			rapid.Check(t, func(r *rapid.T) {
				runs++
				path := filepath.Join(dir, fmt.Sprint(runs))
				for i, step := range ascending(rapid.SliceOfNDistinct(rapid.IntRange(0, want.Result.Steps-1), 1, 2, rapid.ID[int]).Draw(r, "interrupted at")) {
					if err := cancelFitAt(t, config, path, i > 0, step); !errors.Is(err, ErrInterrupted) {
						r.Fatalf("error %v, want an interruption", err)
					}
				}
				if _, _, err := Resume(context.Background(), pjrttest.Backend(t), small(), path, Options{}); err != nil {
					r.Fatal(err)
				}
				if d := want.diff(left(t, path)); d != "" {
					r.Fatalf("unbroken and interrupted differ:\n%s", d)
				}
			})
		})
	}
}
