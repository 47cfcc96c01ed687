package fit

import (
	"testing"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
)

// BenchmarkStep measures one training step, data on the device, in images per second: "paper" is the paper's core on 36x64 images
// with 1000 neurons in batches of 32; "demo" is the quickstart preset on data of the simulated default's size.
func BenchmarkStep(b *testing.B) {
	for _, size := range []struct {
		name, preset                  string
		batch, height, width, neurons int
	}{
		{"paper", "ecker2019-n16", 32, 36, 64, 1000},
		{"demo", "quickstart", 0, 24, 24, 150},
	} {
		b.Run(size.name, func(b *testing.B) {
			config, err := v1model.Load(size.preset)
			if err != nil {
				b.Fatal(err)
			}
			if size.batch > 0 {
				config.Fit.Batch = size.batch
			}
			config.Fit.ValidateEvery = 1 // the table of losses has one row, for the first step
			data := recording(4*config.Fit.Batch, 8, size.height, size.width, size.neurons)
			m, err := v1model.New(config, runfolder.Describe(data).Shape)
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
			if err := d.put(withOptimiser(m, start)); err != nil {
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
			steps(2) // compiles
			b.ResetTimer()
			steps(b.N)
			b.ReportMetric(float64(b.N*config.Fit.Batch)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
