package fit

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/core"
	"v1lab/v1model/features"
	"v1lab/v1model/readout"
)

// updateTypes fits the mixture of types to the readout's weights as they are, and sets what the next training steps draw neurons to. Before the step that readout.types.start
// says, and without types, it does nothing. It depends on the state alone, so that a resumed fit does the same.
func (l *loop) updateTypes() error {
	t := l.device.model.Config.Readout.Types
	if !t.Active() || l.schedule.Steps < t.From() {
		return nil
	}
	values, err := l.device.fetch(readout.Features, readout.TypeLabels)
	if err != nil {
		return err
	}
	w := l.livingWeights(values[0])
	labels, known := make([]int, w.Neurons), false
	for n, v := range values[1] {
		labels[n] = int(v)
		known = known || v >= 0
	}
	o := features.TypeOptions{K: t.Number(), Components: t.Components, Seed: l.fit.Seed}
	var found features.Types
	if known {
		found, err = features.RefineTypes(w, labels, o)
	} else {
		found, err = features.FindTypes(w, o)
	}
	if err != nil {
		return fmt.Errorf("readout.types at step %d: %w", l.schedule.Steps, err)
	}
	of, pull := make([]float32, w.Neurons), make([]float32, w.Neurons)
	for n := range of {
		of[n], pull[n] = float32(found.Labels[n]), float32(found.Typical[n])
	}
	l.device.put(map[string][]float32{readout.TypeLabels: of, readout.TypePull: pull, readout.TypeTargets: found.Targets.Values})
	return nil
}

// livingWeights are effective feature weights, 0 for neurons that never respond.
func (l *loop) livingWeights(values []float32) features.Weights {
	m := l.device.model
	if m.Config.Readout.PositiveFeatures {
		for i, v := range values {
			values[i] = float32(math.Abs(float64(v)))
		}
	}
	w := features.Weights{Neurons: m.Shape.Neurons, Values: values}
	w.Rotations, _ = core.Rotations(m.Core)
	w.Features = len(values) / w.Neurons / w.Rotations
	for _, n := range l.silent {
		clear(w.At(n))
	}
	return w
}

// fetch copies variables to the host.
func (d *device) fetch(names ...string) (values [][]float32, err error) {
	for _, name := range names {
		data, err := tensors.CopyFlatData[float32](d.replicas[0].state[d.place(name)])
		if err != nil {
			return nil, fmt.Errorf("%s from the device: %w", name, err)
		}
		values = append(values, data)
	}
	return values, nil
}

// put replaces variables on every device.
func (d *device) put(values map[string][]float32) {
	for name, v := range values {
		at := d.place(name)
		for _, r := range d.replicas {
			replace(&r.state[at], tensors.FromFlatDataAndDimensions(v, d.specs[at].Shape...))
		}
	}
}

// place is the index of a variable in the state.
func (d *device) place(name string) int {
	for i, s := range d.specs {
		if s.Name == name {
			return i
		}
	}
	panic(fmt.Errorf("fit: variable %q is not in the state", name))
}
