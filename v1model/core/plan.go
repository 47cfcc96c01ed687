package core

import (
	"strings"

	"github.com/gomlx/compute"
)

// Costs on an x86-64 processor with XLA, in nanoseconds of one core (BenchmarkEvaluation). Only their ratios matter.
const (
	directFlop   = 1.0 / 48 // XLA's convolution
	productFlop  = 1.0 / 85 // large matrix products
	narrowFlop   = 1.0 / 60 // matrix products with one short side
	movedElement = 0.15     // a value written and read again
	tap          = 1.5      // a tap of a filter that sees one map, at one place: mean of values and gradients
	tapOfImage   = 0.45     // the same without the gradient by the filter, by far the slowest
)

// HasCostModel tells whether this file's costs hold for a backend, which is so on a CPU with XLA. On other backends layers are evaluated directly.
func HasCostModel(backend compute.Backend) bool {
	return backend.Name() == "xla" && strings.HasPrefix(backend.DeviceDescription(0), "cpu")
}

// Plan chooses the cheapest evaluation of each layer for training in batches of so many images on a CPU; batch 0 chooses direct evaluation. The choice
// depends on the arguments only, not on the machine, so that a config always gives the same result. The config must be valid for the images. The plan
// is nil for kinds that have only one evaluation.
func Plan(config Config, height, width, channels, batch int) ([]string, error) {
	kind, err := config.kind()
	if err != nil || kind.Plan == nil {
		return nil, err
	}
	return kind.Plan(config, height, width, channels, batch)
}

// plan is Plan for stacks. A layer costs three forward passes: values, gradient by the input, gradient by the filters. The first layer, whose input needs no
// gradient, costs two. A direct forward pass takes
//
//	2 size^2 in out positions batch
//
// operations. In the frequency domain a pass costs the operations of its matrix products and the values that they read and write. Only the first layer
// may be unfolded: the same operations are then one matrix product with the patches, size^2 in positions batch values that are written first. In other
// layers, folding the gradient back would take longer than everything else. Separable layers are compared without their products over channels, which they
// have in any case.
func (k stackKind) plan(config Config, height, width, channels, batch int) ([]string, error) {
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
		if i == 0 && !l.separable && l.unfoldedCost(batch) < min(direct, spectral) {
			plan[i] = Unfolded
		}
		height, width = l.height, l.width
	}
	return plan, nil
}

// planImages chooses the evaluation of each layer on a CPU for gradients by images [batch, height, width, channels]. XLA's gradient of a convolution by its
// input takes several times as long as the convolution, so direct evaluation is for separable layers only. The config must be valid for the images.
func (k stackKind) planImages(config Config, height, width, channels, batch int) ([]string, error) {
	config.Evaluation = nil
	s, err := k.layOut(config, height, width, channels)
	if err != nil {
		return nil, err
	}
	plan := make([]string, len(s.layers))
	for i, l := range s.layers {
		plan[i] = Spectral
		spectral := l.spectralCost(height, width, batch)
		switch {
		case l.separable && tapOfImage*l.taps(batch) < spectral:
			plan[i] = Direct
		case i == 0 && !l.separable && l.unfoldedCost(batch) < spectral:
			plan[i] = Unfolded
		}
		height, width = l.height, l.width
	}
	return plan, nil
}

// Costs of one forward pass.

func (l *layer) directCost(batch int) float64 {
	if l.separable {
		return tap * l.taps(batch)
	}
	return directFlop * l.operations(batch)
}

// taps counts how often a tap of a separable layer's filters sees a value.
func (l *layer) taps(batch int) float64 {
	return float64(l.size * l.size * l.features * l.height * l.width * batch)
}

func (l *layer) unfoldedCost(batch int) float64 {
	return narrowFlop*l.operations(batch) + movedElement*float64(l.size*l.size*l.in*l.height*l.width*batch)
}

func (l *layer) operations(batch int) float64 {
	if l.separable { // one product over channels in front of the filters, on their input's pixels, and one behind
		places := float64(l.height * l.width * batch)
		return 2 * places * float64(l.features*(l.size*l.size+l.features)+l.in*l.features*l.stride*l.stride)
	}
	return 2 * float64(l.size*l.size*l.in*l.channels()*l.height*l.width*batch)
}

func (l *layer) spectralCost(height, width, batch int) float64 {
	s := transformLengths(l, height, width)
	in, out, filters := batch*l.in, batch*l.channels(), l.in*l.channels()
	flops, elements := 2*3*s.rows*s.half*in*l.channels(), 0
	if l.separable { // a multiplication instead of the product
		in, filters = out, l.features
		flops, elements = 0, 3*s.rows*s.half*out
	}
	for _, t := range []struct{ rows, columns, n int }{{height, width, in}, {l.size, l.size, filters}, {l.height, l.width, out}} {
		flops += 2*t.rows*2*s.half*t.columns*t.n + 2*3*s.rows*2*t.rows*s.half*t.n
		elements += (t.rows*t.columns + t.rows*2*s.half + 3*s.rows*s.half) * t.n
	}
	return productFlop*float64(flops) + movedElement*float64(elements)
}
