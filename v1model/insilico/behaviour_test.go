package insilico_test

import (
	"testing"

	"v1lab/v1model/golden"
	"v1lab/v1model/insilico"
)

// Experiments on a model with covariates are those on the whole model at its default: inside of windows and through merged layers, constant channels,
// gains and the eye's position are what they are there.
func TestBehaviourAtItsDefault(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles large programs")
	}
	for name, settings := range map[string][]string{
		"all":  {"modulation.kind=channels", "modulation.covariates=running,x", "shifter.kind=mlp", "shifter.covariates=x,y", "core.padding=same,same,same"},
		"gain": {"modulation.kind=gain", "modulation.covariates=running", "modulation.hidden=2", "shifter.kind=mlp", "shifter.covariates=x,y"},
	} {
		t.Run(name, func(t *testing.T) {
			m, w := small(t, 20, 20, twoPlaces, settings...)
			s := subject(t, m, w)
			o := insilico.MEIOptions{Images: 2, MaxSteps: 6, LearningRate: 0.1}
			together := meis(t, s, []int{1}, o)
			whole, err := s.OneByOne(t.Context(), 1, true, o)
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, "images", floats(together.Images), floats(whole.Images), golden.Gradient)
			golden.Compare(t, "rates", floats(together.Rates), floats(whole.Rates), golden.Value)
			for i, v := range w.Float32("shifter/layer2/biases") { // another place of the eye
				w.Float32("shifter/layer2/biases")[i] = v - 0.5
			}
			if moved := meis(t, subject(t, m, w), []int{1}, o); floats(moved.Rates)[0] == floats(together.Rates)[0] {
				t.Error("the eye's position changes nothing")
			}
		})
	}
}
