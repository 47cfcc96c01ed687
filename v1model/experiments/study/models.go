package study

import (
	"fmt"

	"v1lab/v1model"
)

// Names of the controls.
const (
	Positive     = "positive"
	Dense        = "dense"
	SharedBiases = "shared-biases"
)

// preset is where a config starts, and what changes it.
type preset struct {
	name     string
	settings []string
}

// models are a scale's: of n features, or controls of that of n features.
type models interface {
	equivariant(n int) preset
	cnn(n int) preset      // plain, with as many maps in every layer as equivariant(n)
	plain(maps int) preset // plain, of so many maps in every layer
	transfer(n, every int) preset
	control(name string, n int) preset
}

const rotations = 8 // of all presets

// quick are the models for small recordings: first and second are the features of the layers below the last; 0: there are none.
type quick struct{ first, second int }

func (q quick) of(name string, n int, more ...string) preset {
	if q.first == 0 {
		return preset{name, append([]string{fmt.Sprintf("core.features=%d", n)}, more...)}
	}
	return preset{name, append([]string{fmt.Sprintf("core.features=%d,%d,%d", q.first, q.second, n)}, more...)}
}

func (q quick) equivariant(n int) preset { return q.of("quickstart", n) }

func (q quick) cnn(n int) preset {
	return quick{rotations * q.first, rotations * q.second}.of("quickstart-cnn64", rotations*n)
}

func (q quick) plain(maps int) preset {
	if q.first > 0 {
		q = quick{maps, maps}
	}
	return q.of("quickstart-cnn64", maps)
}

func (q quick) transfer(n, every int) preset {
	return q.of("quickstart", n, learning("quickstart", every, 1)...)
}

func (q quick) control(name string, n int) preset {
	if name == SharedBiases {
		return q.of("quickstart", n, "core.shared_biases=true")
	}
	return q.of("quickstart-"+name, n)
}

// published are the paper's models.
type published struct{}

func (published) equivariant(n int) preset { return preset{fmt.Sprintf("ecker2019-n%d", n), nil} }

func (published) cnn(n int) preset {
	return preset{"ecker2019-cnn128", []string{fmt.Sprintf("core.features=128,128,%d", rotations*n)}}
}

func (published) plain(maps int) preset {
	if maps == 256 {
		return preset{"ecker2019-cnn128-256", nil}
	}
	return preset{fmt.Sprintf("ecker2019-cnn%d", maps), nil}
}

func (published) transfer(n, every int) preset {
	return preset{"ecker2019-transfer", append(learning("ecker2019-transfer", every, 2), fmt.Sprintf("core.features=16,16,%d", n))}
}

func (published) control(name string, n int) preset {
	if name == SharedBiases {
		return preset{fmt.Sprintf("ecker2019-n%d", n), []string{"core.shared_biases=true"}}
	}
	return preset{"ecker2019-" + name, []string{fmt.Sprintf("core.features=16,16,%d", n)}}
}

// learning lets the core learn from every k-th neuron. Its penalties, which the preset has for every chosen-th, count less as fewer neurons
// stand against them, so that their weight beside the data stays.
func learning(name string, every, chosen int) []string {
	p, err := v1model.FindPreset(name)
	if err != nil {
		return nil // Cells finds out when it loads it
	}
	less := float64(chosen) / float64(every)
	return []string{
		"readout.kind=transfer", fmt.Sprintf("readout.transfer_every=%d", every),
		fmt.Sprintf("core.smoothness=%g", p.Config.Core.Smoothness*less), fmt.Sprintf("core.sparsity=%g", p.Config.Core.Sparsity*less),
	}
}
