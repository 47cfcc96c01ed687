package study

import (
	"fmt"

	"v1lab/v1model"
	"v1lab/v1model/readout"
)

// Names of the controls.
const (
	Positive     = "positive"
	Dense        = "dense"
	SharedBiases = "shared-biases"
)

// model is a preset and a change to its config.
type model struct {
	preset string
	change func(*v1model.Config) // nil: nothing
}

// models makes the models of a scale: equivariant models of n features, and their controls.
type models interface {
	equivariant(n int) model
	cnn(n int) model      // plain, with as many maps in every layer as equivariant(n)
	plain(maps int) model // plain, of so many maps in every layer
	transfer(n, every int) model
	control(name string, n int) model
}

const rotations = 8 // of all presets

// quick makes the models for small recordings. first and second are the features of the first two layers; 0 means a single layer.
type quick struct{ first, second int }

// features returns the features of all layers, with n in the last.
func (q quick) features(n int) []int {
	if q.first == 0 {
		return []int{n}
	}
	return []int{q.first, q.second, n}
}

func (q quick) withPreset(preset string, n int) model {
	return model{preset, func(c *v1model.Config) { c.Core.Features = q.features(n) }}
}

func (q quick) equivariant(n int) model { return q.withPreset("quickstart", n) }

func (q quick) cnn(n int) model {
	return quick{rotations * q.first, rotations * q.second}.withPreset("quickstart-cnn64", rotations*n)
}

func (q quick) plain(maps int) model {
	if q.first > 0 {
		q = quick{maps, maps}
	}
	return q.withPreset("quickstart-cnn64", maps)
}

func (q quick) transfer(n, every int) model {
	return model{"quickstart", func(c *v1model.Config) {
		c.Core.Features = q.features(n)
		trainCoreOnEvery(c, every, 1)
	}}
}

func (q quick) control(name string, n int) model {
	if name == SharedBiases {
		return model{"quickstart", func(c *v1model.Config) { c.Core.Features, c.Core.SharedBiases = q.features(n), true }}
	}
	return q.withPreset("quickstart-"+name, n)
}

// published makes the paper's models.
type published struct{}

func (published) equivariant(n int) model { return model{preset: fmt.Sprintf("ecker2019-n%d", n)} }

func (published) cnn(n int) model {
	return model{"ecker2019-cnn128", func(c *v1model.Config) { c.Core.Features = []int{128, 128, rotations * n} }}
}

func (published) plain(maps int) model {
	if maps == 256 {
		return model{preset: "ecker2019-cnn128-256"}
	}
	return model{preset: fmt.Sprintf("ecker2019-cnn%d", maps)}
}

func (published) transfer(n, every int) model {
	return model{"ecker2019-transfer", func(c *v1model.Config) {
		c.Core.Features = []int{16, 16, n}
		trainCoreOnEvery(c, every, c.Readout.TransferEvery)
	}}
}

func (published) control(name string, n int) model {
	if name == SharedBiases {
		return model{fmt.Sprintf("ecker2019-n%d", n), func(c *v1model.Config) { c.Core.SharedBiases = true }}
	}
	return model{"ecker2019-" + name, func(c *v1model.Config) { c.Core.Features = []int{16, 16, n} }}
}

// trainCoreOnEvery makes the core learn from every k-th neuron only, k = every. Its penalties, which were chosen for k = chosen, are reduced in proportion to
// the number of neurons, so that their weight relative to the data stays.
func trainCoreOnEvery(c *v1model.Config, every, chosen int) {
	less := float64(chosen) / float64(every)
	c.Readout.Kind, c.Readout.TransferEvery = readout.Transfer, every
	c.Core.Smoothness *= less
	c.Core.Sparsity *= less
}
