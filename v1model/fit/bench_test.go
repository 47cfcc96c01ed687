package fit

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/runfolder"
)

// BenchmarkStep measures one training step, data on the device, in images per second: "paper" is the paper's core on 36x64 images
// with 1000 neurons; "demo" is the quickstart preset on data of the simulated default's size. Layers are evaluated as planned, or all
// directly, or all spectrally.
func BenchmarkStep(b *testing.B) {
	for _, size := range []struct {
		name, preset                  string
		batch, height, width, neurons int
	}{
		{"paper", "ecker2019-n16", 32, 36, 64, 1000},
		{"paper", "ecker2019-n16", 128, 36, 64, 1000},
		{"demo", "quickstart", 8, 24, 24, 150},
		{"demo", "quickstart", 64, 24, 24, 150},
		{"demo", "quickstart", 128, 24, 24, 150},
	} {
		for _, evaluation := range append([]string{"planned"}, core.Evaluations...) {
			b.Run(fmt.Sprintf("%s/%s/batch=%d", size.name, evaluation, size.batch), func(b *testing.B) {
				config, err := v1model.Load(size.preset)
				if err != nil {
					b.Fatal(err)
				}
				config.Fit.Batch = size.batch
				if evaluation != "planned" {
					config.Core.SetEvaluation(evaluation)
				}
				config.Fit.ValidateEvery = 1 // the table of losses has one row, for the first step
				data := recording(4*config.Fit.Batch, 8, size.height, size.width, size.neurons)
				shape := runfolder.Describe(data).Shape
				if config, err = config.WithEvaluation(shape, pjrttest.Backend(b)); err != nil {
					b.Fatal(err)
				}
				m, err := v1model.New(config, shape)
				if err != nil {
					b.Fatal(err)
				}
				d, err := newDevice(pjrttest.Backend(b), m, data)
				if err != nil {
					b.Fatal(err)
				}
				defer d.finalize()
				start, _, err := m.Start(data)
				if err != nil {
					b.Fatal(err)
				}
				if err := d.setState(withOptimiser(m, start)); err != nil {
					b.Fatal(err)
				}
				s := newSampler(data.Train.Images.N, config.Fit.Batch, 1)
				d.setOrder(s.permute(0))
				d.setCursor(0, nil)
				d.setRate(config.Fit.LearningRate)
				steps := func(n int) {
					for range n {
						if err := d.step(); err != nil {
							b.Fatal(err)
						}
					}
					if _, err := d.losses(1); err != nil { // steps may be under way until their result is asked for
						b.Fatal(err)
					}
				}
				compile, spent := time.Now(), processorTime()
				steps(1)
				compiled, compiling := time.Since(compile), processorTime()-spent
				steps(1)
				b.ResetTimer()
				spent = processorTime()
				steps(b.N)
				b.ReportMetric(compiled.Seconds(), "s/first")
				b.ReportMetric(compiling, "cpu-s/first")
				b.ReportMetric((processorTime()-spent)/float64(b.N), "cpu-s/op")
				b.ReportMetric(float64(b.N*config.Fit.Batch)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}

// processorTime is what the process has used so far, in seconds of one core: steadier than the clock on a busy machine.
func processorTime() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// BenchmarkShared measures a training step of the quickstart preset on data of the simulated default's size, its batch divided over devices
// and micro-batches. MB is the most memory that the process had: run one of them alone to read it.
func BenchmarkShared(b *testing.B) {
	for _, c := range []struct{ devices, accumulate int }{{1, 1}, {2, 1}, {4, 1}, {1, 4}, {1, 16}} {
		b.Run(fmt.Sprintf("devices=%d/accumulate=%d", c.devices, c.accumulate), func(b *testing.B) {
			config, err := v1model.Load("quickstart")
			if err != nil {
				b.Fatal(err)
			}
			config.Fit.Batch, config.Fit.Devices, config.Fit.Accumulate = 512, c.devices, c.accumulate
			d := begun(b, severalDevices(b), config, recording(512, 8, 24, 24, 150))
			first := func() {
				d.setCursor(0, nil)
				if err := d.step(); err != nil {
					b.Fatal(err)
				}
				if _, err := d.losses(1); err != nil { // a step may be under way until its result is asked for
					b.Fatal(err)
				}
			}
			first()
			b.ResetTimer()
			for range b.N {
				first()
			}
			b.ReportMetric(float64(b.N*config.Fit.Batch)/b.Elapsed().Seconds(), "images/s")
			b.ReportMetric(mostMemory(), "MB")
		})
	}
}

// mostMemory is what the process had at most so far, in megabytes.
func mostMemory() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return float64(used.Maxrss) / 1024 // in kilobytes on Linux
}
