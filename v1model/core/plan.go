package core

import (
	"strings"

	"github.com/gomlx/compute"
)

// What things cost on an x86-64 processor with XLA, in nanoseconds of one core: measured with layers of 48 to 128 channels on 18x18 to
// 36x64 pixels (BenchmarkEvaluation). Only their ratios matter.
const (
	directFlop   = 1.0 / 48 // XLA's convolution
	productFlop  = 1.0 / 85 // large matrix products
	narrowFlop   = 1.0 / 60 // matrix products with one short side
	movedElement = 0.15     // a value written and read again
)

// Plans tells whether the functions of this file know what is quick on a backend: on a CPU with XLA. Elsewhere layers are evaluated directly.
func Plans(backend compute.Backend) bool {
	return backend.Name() == "xla" && strings.HasPrefix(backend.DeviceDescription(0), "cpu")
}

// Plan chooses the cheaper evaluation of each layer for training in batches of so many images on a CPU; batch 0 chooses direct evaluation. It
// depends on its arguments alone, not on the machine, so that one config gives one result. The config must be valid for the images. It is
// nil for kinds that have one evaluation alone.
func Plan(config Config, height, width, channels, batch int) ([]string, error) {
	kind, err := config.kind()
	if err != nil || kind.Plan == nil {
		return nil, err
	}
	return kind.Plan(config, height, width, channels, batch)
}

// plan is Plan for stacks. A layer costs three times its forward pass (values, gradient of the input, gradient of the filters), directly
//
//	2 size^2 in out positions batch
//
// operations, and in the frequency domain those of its matrix products, with what they write and read. The first layer, whose input needs no
// gradient, costs two. It alone may be unfolded: then the same operations are those of a matrix product, of size^2 in positions batch values that are
// laid out before. Another layer's gradient would have to be folded back, which takes longer than all the rest.
func (k conventions) plan(config Config, height, width, channels, batch int) ([]string, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	s, err := k.layOut(config, height, width, channels)
	if err != nil {
		return nil, err
	}
	plan := make([]string, len(s.layers))
	for i, l := range s.layers {
		plan[i] = Direct
		direct, spectral := l.directCost(batch), l.spectralCost(height, width, batch)
		if spectral < direct {
			plan[i] = Spectral
		}
		if i == 0 && l.unfoldedCost(batch) < min(direct, spectral) {
			plan[i] = Unfolded
		}
		height, width = l.height, l.width
	}
	return plan, nil
}

// planImages chooses the evaluation of each layer on a CPU where filters stay and images change: for gradients by images [batch, height, width, channels].
// XLA's gradient of a convolution by its input takes several times as long as the convolution, so it is never chosen. The config must be valid for
// the images.
func (k conventions) planImages(config Config, height, width, channels, batch int) ([]string, error) {
	config.Evaluation = nil
	s, err := k.layOut(config, height, width, channels)
	if err != nil {
		return nil, err
	}
	config.Evaluate(Spectral)
	if first := &s.layers[0]; first.unfoldedCost(batch) < first.spectralCost(height, width, batch) {
		config.Evaluation[0] = Unfolded
	}
	return config.Evaluation, nil
}

// Costs of one pass.

func (l *layer) directCost(batch int) float64 { return directFlop * l.operations(batch) }

func (l *layer) unfoldedCost(batch int) float64 {
	return narrowFlop*l.operations(batch) + movedElement*float64(l.size*l.size*l.in*l.height*l.width*batch)
}

func (l *layer) operations(batch int) float64 {
	return 2 * float64(l.size*l.size*l.in*l.channels()*l.height*l.width*batch)
}

func (l *layer) spectralCost(height, width, batch int) float64 {
	s := lengths(l, height, width)
	in, out, filters := batch*l.in, batch*l.channels(), l.in*l.channels()
	flops, elements := 2*3*s.rows*s.half*in*l.channels(), 0
	for _, t := range []struct{ rows, columns, n int }{{height, width, in}, {l.size, l.size, filters}, {l.height, l.width, out}} {
		flops += 2*t.rows*2*s.half*t.columns*t.n + 2*3*s.rows*2*t.rows*s.half*t.n
		elements += (t.rows*t.columns + t.rows*2*s.half + 3*s.rows*s.half) * t.n
	}
	return productFlop*float64(flops) + movedElement*float64(elements)
}
