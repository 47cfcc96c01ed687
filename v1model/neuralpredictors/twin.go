package neuralpredictors

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/v1model/shifter"
	"v1lab/v1model/torchfile"
	"v1lab/v1model/weights"
)

// Twin is the model of one session of a checkpoint: what its tensors say.
type Twin struct {
	Session string // key of its readout
	Neurons int
	Inputs  int // channels of the core's input: those of the images, then behaviour

	file    *torchfile.File
	core    stackedCore
	readout sessionReadout
	shifter mlp
}

// mlp is a shifter; it has no layers if there is none.
type mlp struct {
	inputs, hidden, layers int
	values                 weights.Values
}

// Sessions lists the sessions of a checkpoint, the keys of its readouts.
func Sessions(f *torchfile.File) []string { return (&state{file: f}).keys("readout.") }

// Read reads the model of a session, or of the only one if session is empty. Every tensor must have a known use.
func Read(f *torchfile.File, session string) (*Twin, error) {
	s := &state{file: f, used: map[string]bool{}}
	sessions := Sessions(f)
	switch {
	case len(sessions) == 0:
		return nil, fmt.Errorf("%s: no tensor readout.KEY.*: not a model of neuralpredictors; found %s", f.Path(), list(f.Names()))
	case session == "" && len(sessions) > 1:
		return nil, fmt.Errorf("%s: several sessions, choose one with --session: %s", f.Path(), strings.Join(sessions, ", "))
	case session == "":
		session = sessions[0]
	case !slices.Contains(sessions, session):
		return nil, fmt.Errorf("--session %s: not in %s; accepted: %s", session, f.Path(), strings.Join(sessions, ", "))
	}
	t := &Twin{Session: session, file: f}
	t.core = s.readCore()
	t.readout = s.readReadout(session)
	t.shifter = s.readShifter(session)
	t.Neurons, t.Inputs = t.readout.neurons, t.core.inputs
	if n := t.core.features; s.err == nil && t.readout.channels != n[len(n)-1] {
		s.fail("readout.%s has weights for %d maps, the core's last layer has %d; accepted: readouts of the last layer alone (stack=-1)", session, t.readout.channels, n[len(n)-1])
	}
	if s.err != nil {
		return nil, s.err
	}
	s.ignore(func(name string) bool {
		return strings.HasPrefix(name, "core._input_weights_regularizer.") || strings.HasSuffix(name, ".num_batches_tracked") ||
			slices.ContainsFunc(sessions, func(other string) bool {
				return other != session && (strings.HasPrefix(name, "readout."+other+".") || strings.HasPrefix(name, "shifter."+other+"."))
			})
	})
	if unknown := s.unknown(); len(unknown) > 0 {
		return nil, fmt.Errorf("%s: entries of unknown use, without which the model would be another: %s; accepted: Stacked2dCore, FullGaussian2d and FullFactorized2d readouts, MLP shifter", f.Path(), list(unknown))
	}
	return t, nil
}

// readShifter reads the perceptron that moves the readouts: linear layers 0, 2, 4 and so on, each with tanh behind it.
func (s *state) readShifter(session string) mlp {
	m := mlp{values: weights.Values{}}
	in := 0
	for ; ; m.layers++ {
		name := fmt.Sprintf("shifter.%s.mlp.%d.", session, 2*m.layers)
		if !s.has(name + "weight") {
			break
		}
		shape := s.dims(name+"weight", 2)
		w, b := s.floats(name+"weight", shape...), s.floats(name+"bias", shape[0])
		if s.err != nil {
			return m
		}
		last := !s.has(fmt.Sprintf("shifter.%s.mlp.%d.weight", session, 2*m.layers+2))
		switch {
		case m.layers == 0:
			m.inputs = shape[1]
		case shape[1] != in:
			s.fail("%sweight has %d inputs, the layer before it %d outputs", name, shape[1], in)
		}
		switch {
		case last && shape[0] != 2:
			s.fail("%sweight has %d outputs; accepted: 2, across and down", name, shape[0])
		case !last && m.hidden != 0 && m.hidden != shape[0]:
			s.fail("shifter.%s has hidden layers of %d and of %d units; accepted: of equally many", session, m.hidden, shape[0])
		case !last:
			m.hidden = shape[0]
		}
		m.values[shifter.WeightsName(m.layers)] = array.New(transposed(w, shape[0], shape[1]), shape[1], shape[0])
		m.values[shifter.BiasesName(m.layers)] = array.New(b, shape[0])
		in = shape[0]
	}
	return m
}
