package insilico_test

import (
	"context"
	"testing"

	"v1lab/v1model"
	"v1lab/v1model/insilico"
	"v1lab/v1model/weights"
)

// BenchmarkMEIs measures steps of the ascent for 8 images of each of 4 neurons of the preset quickstart that see the whole field, all together and one
// neuron at a time. Nothing is compiled while it measures.
func BenchmarkMEIs(b *testing.B) {
	config, err := v1model.Load("quickstart")
	if err != nil {
		b.Fatal(err)
	}
	neurons := []int{0, 1, 2, 3}
	m, err := v1model.New(config, v1model.Shape{Height: 24, Width: 24, Channels: 1, Neurons: len(neurons)})
	if err != nil {
		b.Fatal(err)
	}
	s := subject(b, m, weights.Init(m.Specs(), 1))
	o := insilico.MEIOptions{Images: 8, MaxSteps: 40, Patience: 40}
	oneByOne := func(plain bool) func(context.Context) error {
		return func(ctx context.Context) error {
			for _, n := range neurons {
				if _, err := s.OneByOne(ctx, n, plain, o); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, way := range []struct {
		name string
		find func(context.Context) error
	}{
		{"together", func(ctx context.Context) error { _, err := s.MEIs(ctx, neurons, o); return err }},
		{"one by one", oneByOne(false)},
		{"one by one, plain", oneByOne(true)},
	} {
		b.Run(way.name, func(b *testing.B) {
			if err := way.find(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for b.Loop() {
				if err := way.find(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			steps := float64(b.N * len(neurons) * o.Images * o.MaxSteps)
			b.ReportMetric(float64(b.Elapsed().Microseconds())/steps, "us/step")
		})
	}
}
