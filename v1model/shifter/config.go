package shifter

import (
	"cmp"
	"fmt"
	"math"

	"v1lab/datasets/array"
	"v1lab/v1model/modulation"
	"v1lab/v1model/weights"
)

// Accepted values of Config.Kind; empty means None.
const (
	None = "none"
	MLP  = "mlp"
)

// Config describes how the eye's position moves the readouts.
type Config struct {
	Kind       string   `yaml:"kind,omitempty"`       // none (also if empty), or mlp: a perceptron with tanh
	Covariates []string `yaml:"covariates,omitempty"` // names of the covariates, as the recording has them: the pupil's position, across and down
	Hidden     int      `yaml:"hidden,omitempty"`     // units of each hidden layer, 5 if 0
	Layers     int      `yaml:"layers,omitempty"`     // layers with weights, the last one included, 3 if 0
	Sessions   string   `yaml:"sessions,omitempty"`   // of a fit to several sessions: one (also if empty), they share the perceptron, and mean and SD of covariates; each: every session has its own, as its camera
}

// Active tells whether there is a shifter.
func (c Config) Active() bool { return c.Kind != "" && c.Kind != None }

// Each tells whether every session has a shifter of its own.
func (c Config) Each() bool { return c.Active() && c.Sessions == modulation.Each }

// Validate returns an error that names the first field with an unusable value.
func (c Config) Validate() error {
	if c.Kind != "" && c.Kind != None && c.Kind != MLP {
		return fmt.Errorf("shifter.kind: %q, accepted: %s, %s", c.Kind, None, MLP)
	}
	if err := modulation.CheckNames("shifter.covariates", c.Active(), c.Covariates); err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		value int
	}{{"hidden", c.Hidden}, {"layers", c.Layers}} {
		if f.value < 0 {
			return fmt.Errorf("shifter.%s: %d, must be at least 1", f.name, f.value)
		}
		if f.value > 0 && !c.Active() {
			return fmt.Errorf("shifter.%s: %d, the kind is none, accepted with %s alone", f.name, f.value, MLP)
		}
	}
	if c.Sessions != "" && !c.Active() {
		return fmt.Errorf("shifter.sessions: %q, the kind is none, accepted with %s alone", c.Sessions, MLP)
	}
	return modulation.CheckSessions("shifter.sessions", c.Sessions)
}

// widths lists the units from the covariates to the shift, such as 2, 5, 5, 2.
func (c Config) widths() []int {
	widths := []int{len(c.Covariates)}
	for range cmp.Or(c.Layers, 3) - 1 {
		widths = append(widths, cmp.Or(c.Hidden, 5))
	}
	return append(widths, 2)
}

// WeightsName and BiasesName name the variables of a layer, counted from 0: weights [in, out] and biases [out].
func WeightsName(layer int) string { return fmt.Sprintf("shifter/layer%d/weights", layer) }

// BiasesName is beside WeightsName.
func BiasesName(layer int) string { return fmt.Sprintf("shifter/layer%d/biases", layer) }

// nearZero scales the start values of the last layer, so that readouts start almost unmoved.
const nearZero = 0.1

// Specs lists the variables. Weights start uniform within 1/sqrt(in), those of the last layer within a tenth of it, and biases at 0. Where each of several sessions
// has its own shifter, they have a first axis of sessions; 0 stands for one session.
func (c Config) Specs(sessions int) (specs []weights.Spec) {
	if !c.Active() {
		return nil
	}
	if !c.Each() {
		sessions = 0
	}
	widths := c.widths()
	for l := range len(widths) - 1 {
		in, out := widths[l], widths[l+1]
		limit := 1 / math.Sqrt(float64(in))
		if l == len(widths)-2 {
			limit *= nearZero
		}
		specs = append(specs,
			weights.Spec{Name: WeightsName(l), Shape: []int{in, out}, Trainable: true, Init: modulation.Uniform(limit)}.OfSessions(sessions),
			weights.Spec{Name: BiasesName(l), Shape: []int{out}, Trainable: true, Init: weights.Constant(0)}.OfSessions(sessions))
	}
	return specs
}

// At returns the shift at one standardised position of the pupil, outside of a graph.
func (c Config) At(values weights.Values, pupil []float32) (shift [2]float64) {
	x := pupil
	for l := range len(c.widths()) - 1 {
		w, b := values[WeightsName(l)], values.Float32(BiasesName(l))
		x = layer(w, b, x)
	}
	return [2]float64{float64(x[0]), float64(x[1])}
}

func layer(w array.Array, biases, x []float32) []float32 {
	out := make([]float32, len(biases))
	for j := range out {
		sum := float64(biases[j])
		for i, v := range x {
			sum += float64(v) * float64(w.Data.([]float32)[i*len(out)+j])
		}
		out[j] = float32(math.Tanh(sum))
	}
	return out
}
