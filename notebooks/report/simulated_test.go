package report_test

import (
	"math"
	"slices"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/simulated"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/notebooks/report"
	"v1lab/v1model/insilico"
)

// shown are the rates of a simulated population's own neurons to Gabors, [gabors][neurons]. A unit of contrast is what the simulator calls one: 64 grey levels.
func shown(t *testing.T, p *simulated.Population, size int, gabors []insilico.Gabor) (rates [][]float32) {
	t.Helper()
	for some := range slices.Chunk(gabors, 2048) {
		var plaids []insilico.Plaid
		for _, g := range some {
			plaids = append(plaids, insilico.Plaid{g})
		}
		pixels, err := insilico.Draw(pjrttest.Backend(t), plaids, size, size)
		if err != nil {
			t.Fatal(err)
		}
		for i := range pixels {
			pixels[i] = 127.5 + 64*pixels[i]
		}
		r, err := p.Rates(datasets.Images{N: len(some), Height: size, Width: size, Channels: 1, Pixels: pixels})
		if err != nil {
			t.Fatal(err)
		}
		for i := range some {
			rates = append(rates, r.At(i))
		}
	}
	return rates
}

// Tuning of the simulator's own neurons, measured as a model's is: the optimal Gabor of a grid, then curves around it. Preferred orientation and
// frequency of the oriented types come back within the grid's steps, and so does the phase of simple cells; complex cells have none.
func TestTuningOfSimulatedNeurons(t *testing.T) {
	const size = 19
	// Periods of the filters in pixels, as package simulated gives them.
	periods := map[string]float64{"simple": 6.5, "complex": 4.5, "cross-suppressed": 7.5}
	config := simulated.Default()
	config.Neurons, config.Height, config.Width, config.Types, config.Seed = 30, size, size, []string{"simple", "complex", "cross-suppressed"}, 3
	p, err := simulated.NewPopulation(config)
	if err != nil {
		t.Fatal(err)
	}
	truth, n := p.Truth(), config.Neurons

	grid := insilico.SmallGrid(insilico.Range(7, 12), insilico.Range(7, 12))
	var all []insilico.Gabor
	for i := range grid.Len() {
		all = append(all, grid.At(i))
	}
	best := &insilico.Optimal{Indices: make([]int, n), Rates: make([]float32, n), Dead: make([]bool, n)}
	for i, rates := range shown(t, p, size, all) {
		for k, r := range rates {
			if r > best.Rates[k] {
				best.Rates[k], best.Indices[k] = r, i
			}
		}
	}
	for k := range n {
		best.Neurons, best.Gabors = append(best.Neurons, k), append(best.Gabors, all[best.Indices[k]])
	}
	axes := insilico.DefaultAxes()
	curve := func(values []float64, set func(*insilico.Gabor, float64)) array.Array {
		var gabors []insilico.Gabor
		for _, g := range best.Gabors {
			for _, v := range values {
				set(&g, v)
				gabors = append(gabors, g)
			}
		}
		var own []float32
		for i, rates := range shown(t, p, size, gabors) {
			own = append(own, rates[i/len(values)])
		}
		return array.New(own, n, len(values))
	}
	axes.Sizes, axes.Contrasts, axes.PlaidContrasts = []float64{8}, []float64{4}, []float64{0}
	tuning := &insilico.Tuning{
		Optimal: best, Axes: axes, Grey: make([]float32, n),
		Orientation:  curve(axes.Orientations, func(g *insilico.Gabor, v float64) { g.Orientation = v }),
		Frequency:    curve(axes.Frequencies, func(g *insilico.Gabor, v float64) { g.Frequency = v }),
		Phase:        curve(axes.Phases, func(g *insilico.Gabor, v float64) { g.Phase = v }),
		SizeContrast: curve(axes.Sizes, func(g *insilico.Gabor, v float64) { g.Size = v }), Plaids: curve(axes.PlaidContrasts, func(g *insilico.Gabor, v float64) { g.Contrast = v }),
	}
	d := report.TunedOf(tuning, truth)
	orientationStep, frequencyStep, phaseStep := 180/float64(len(grid.Orientations)), math.Sqrt2, 360/float64(len(grid.Phases))
	apart := func(a, b, period float64) float64 {
		v := math.Mod(math.Abs(a-b), period)
		return min(v, period-v)
	}
	for k := range n {
		kind := truth.TypeNames[truth.Type[k]]
		if off := apart(d.Orientation[k], d.TrueOrientation[k], 180); !(off <= orientationStep) {
			t.Errorf("%s neuron %d: orientation %g, want %g", kind, k, d.Orientation[k], d.TrueOrientation[k])
		}
		if off := math.Abs(math.Log(d.Frequency[k] * periods[kind])); !(off <= math.Log(frequencyStep)) {
			t.Errorf("%s neuron %d: period %g, want %g", kind, k, 1/d.Frequency[k], periods[kind])
		}
		switch kind {
		case "simple":
			if off := apart(d.Phase[k], d.TruePhase[k], 360); !(off <= phaseStep) {
				t.Errorf("simple neuron %d: phase %g, want %g", k, d.Phase[k], d.TruePhase[k])
			}
		case "complex":
			if !math.IsNaN(d.TruePhase[k]) || d.Modulation[k] > 0.25 {
				t.Errorf("complex neuron %d: true phase %g, modulation by phase %g; want none", k, d.TruePhase[k], d.Modulation[k])
			}
		}
	}
}
