package simulated_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"v1lab/datasets/simulated"
)

// Neurons of a continuum are of no type: how they answer to the phase of a grating varies by degrees. Neurons of types beside them are those that they are without it.
func TestContinuum(t *testing.T) {
	c := small()
	c.Neurons, c.Types = 40, []string{"simple", simulated.Continuum}
	population, err := simulated.NewPopulation(c)
	if err != nil {
		t.Fatal(err)
	}
	c.Types = []string{"simple", "complex"}
	other, err := simulated.NewPopulation(c)
	if err != nil {
		t.Fatal(err)
	}
	images := simulated.DeadLeaves(60, c.Height, c.Width, 3)
	inverted := simulated.DeadLeaves(60, c.Height, c.Width, 3)
	for i, v := range inverted.Pixels {
		inverted.Pixels[i] = 255 - v
	}
	rates, err := population.Rates(images)
	if err != nil {
		t.Fatal(err)
	}
	turned, err := population.Rates(inverted)
	if err != nil {
		t.Fatal(err)
	}
	typed, err := other.Rates(images)
	if err != nil {
		t.Fatal(err)
	}
	column := func(values []float32, n int) (x []float64) {
		for i := n; i < len(values); i += c.Neurons {
			x = append(x, float64(values[i]))
		}
		return x
	}
	var alike []float64 // correlation of the responses to an image and to its negative: 1 for a complex cell
	for n, kind := range population.Truth().Type {
		if kind == 0 {
			if !slices.Equal(column(rates.Values, n), column(typed.Values, n)) {
				t.Errorf("neuron %d is of type simple, and differs beside another type", n)
			}
			continue
		}
		alike = append(alike, stat.Correlation(column(rates.Values, n), column(turned.Values, n), nil))
	}
	slices.Sort(alike)
	widest := 0.0
	for i := 1; i < len(alike); i++ {
		widest = max(widest, alike[i]-alike[i-1])
	}
	if low, high := alike[0], alike[len(alike)-1]; high < 0.9 || low > 0.4 || widest > (high-low)/3 || math.IsNaN(low) {
		t.Errorf("responses to negatives correlate by %.2f", alike)
	}
}
