package readout

import (
	"fmt"
	"math"

	"v1lab/v1model/weights"
)

// A grid of kind CortexMLP predicts a neuron's position from its place p on cortex by a perceptron that all neurons share (Lurz et al., ICLR 2021; the
// "grid mean predictor" of neuralpredictors):
//
//	mu = tanh(W2' elu(W1' p + b1) + b2)

// GridWeights and GridBiases name the variables of a layer of the perceptron, counted from 0: weights [in, out] and biases [out].
func GridWeights(layer int) string { return fmt.Sprintf("readout/grid/layer%d/weights", layer) }

// GridBiases is beside GridWeights.
func GridBiases(layer int) string { return fmt.Sprintf("readout/grid/layer%d/biases", layer) }

// validatePredictor checks the fields of the perceptron.
func (c Config) validatePredictor() error {
	if c.Grid != CortexMLP {
		switch {
		case len(c.GridHidden) > 0:
			return fmt.Errorf("readout.grid_hidden: %v, readout.grid is %s, accepted with %s alone", c.GridHidden, orElse(c.Grid, Independent), CortexMLP)
		case c.GridFinal != "":
			return fmt.Errorf("readout.grid_final: %s, readout.grid is %s, accepted with %s alone", c.GridFinal, orElse(c.Grid, Independent), CortexMLP)
		}
		return nil
	}
	for _, units := range c.GridHidden {
		if units < 1 {
			return fmt.Errorf("readout.grid_hidden: %v, every layer must have at least 1 unit", c.GridHidden)
		}
	}
	return nil
}

// widths lists the units of the perceptron from the place to the position, such as 2, 30, 2.
func (c Config) gridWidths() []int { return append(append([]int{2}, c.GridHidden...), 2) }

func (c Config) predictorSpecs() (specs []weights.Spec) {
	widths := c.gridWidths()
	for l := range len(widths) - 1 {
		in, out := widths[l], widths[l+1]
		start := uniform(1 / math.Sqrt(float64(in)))
		specs = append(specs,
			weights.Spec{Name: GridWeights(l), Shape: []int{in, out}, Trainable: true, Init: start},
			weights.Spec{Name: GridBiases(l), Shape: []int{out}, Trainable: true, Init: weights.Constant(0)})
	}
	return specs
}

func (c Config) gridEnds() bool { return orElse(c.GridFinal, "tanh") == "tanh" }

// predictedPositions is predict outside of a graph, flat.
func (c Config) predictedPositions(values weights.Values) []float32 {
	places, last := values.Float32(CortexPlaces), len(c.GridHidden)
	positions := make([]float32, 0, len(places))
	for n := 0; n < len(places); n += 2 {
		x := []float64{float64(places[n]), float64(places[n+1])}
		for l := range last + 1 {
			x = affine(values.Float32(GridWeights(l)), values.Float32(GridBiases(l)), x)
			for i, v := range x {
				if l < last && v < 0 {
					x[i] = math.Expm1(v)
				}
			}
		}
		for _, v := range x {
			if c.gridEnds() {
				v = math.Tanh(v)
			}
			positions = append(positions, float32(v))
		}
	}
	return positions
}

// affine is x' weights + biases, of weights [in, out].
func affine(w, biases []float32, x []float64) []float64 {
	out := make([]float64, len(biases))
	for j, b := range biases {
		out[j] = float64(b)
		for i, v := range x {
			out[j] += v * float64(w[i*len(out)+j])
		}
	}
	return out
}
