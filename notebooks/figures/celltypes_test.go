package figures_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/notebooks/figures"
)

// plane scatters three groups and leaves two neurons without a place.
func plane() figures.EmbeddingData {
	rng := random(21)
	d := figures.EmbeddingData{Explained: [2]float64{0.41, 0.22}, Types: []string{"simple", "complex", "corner"}, Exemplars: []int{0, 1, 2}}
	for n := range 90 {
		g := n % 3
		d.At = append(d.At, [2]float64{math.Cos(float64(2*g)) + 0.12*rng.NormFloat64(), math.Sin(float64(2*g)) + 0.12*rng.NormFloat64()})
		d.Truth = append(d.Truth, g)
		if n%20 == 7 {
			g = (g + 1) % 3
		}
		d.Cluster = append(d.Cluster, g)
	}
	for _, n := range []int{50, 71} {
		d.At[n], d.Cluster[n] = [2]float64{math.NaN(), math.NaN()}, -1
	}
	return d
}

// bumps are aligned weights of three types on 6 features, with a few neurons in the wrong cluster and two without weights.
func bumps() figures.AlignedWeightsData {
	rng := random(22)
	d := figures.AlignedWeightsData{Rotations: 8, Features: 6, Types: []string{"simple", "complex", "corner"}}
	for n := range 90 {
		g := n % 3
		row := make([]float32, 8*6)
		for r := range 8 {
			a := 2 * math.Pi * float64(r) / 8
			row[r*6+g] = float32(0.7 * math.Exp(3*(math.Cos(a)-1)))
			row[r*6+3+g] = float32(-0.4 * math.Exp(2*(math.Cos(a-float64(g))-1)))
		}
		for c := range row {
			row[c] += float32(0.04 * rng.NormFloat64())
		}
		d.Truth = append(d.Truth, g)
		if n%20 == 7 {
			g = (g + 1) % 3
		}
		if n == 50 || n == 71 {
			g = -1
			clear(row)
		}
		d.Cluster, d.Values = append(d.Cluster, g), append(d.Values, row...)
	}
	return d
}

func refits() figures.ConsistencyData {
	d := figures.ConsistencyData{
		Mean: 0.75, Smallest: 0.5, Jaccard: [][]float64{{1, 0.97, 1, 0.94}, {0.9, 0.82, 0.71, 0.88}, {0.8, 0, 0.62, 0.45}}, Believed: []bool{true, true, false},
	}
	rng := random(23)
	for n := range 90 {
		g := n % 3
		share := 1.0
		if rng.Float64() < 0.1+0.3*float64(g) {
			share = float64(rng.IntN(4)) / 4
		}
		if n == 50 {
			g, share = -1, math.NaN()
		}
		d.Cluster, d.Neurons = append(d.Cluster, g), append(d.Neurons, share)
	}
	return d
}

func TestCellTypeFigures(t *testing.T) {
	for name, draw := range map[string]func() (*figures.Figure, error){
		"embedding":       func() (*figures.Figure, error) { return figures.Embedding(plane()) },
		"aligned_weights": func() (*figures.Figure, error) { return figures.AlignedWeights(bumps()) },
		"consistency":     func() (*figures.Figure, error) { return figures.Consistency(refits()) },
	} {
		t.Run(name, func(t *testing.T) { compare(t, name, draw) })
	}
}

// Whatever clusters and shares are, drawing gives an error or a picture.
func TestAnyCellTypesCanBeDrawn(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 0, 1, -1, 1e-30, 0.5, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}))
	share := rapid.SampledFrom([]float64{0, 0.5, 0.75, 1, math.NaN()})
	rapid.Check(t, func(t *rapid.T) {
		n, size := rapid.IntRange(0, 12).Draw(t, "n"), rapid.IntRange(0, 4).Draw(t, "size")
		groups := rapid.SliceOfN(rapid.IntRange(-2, 12), n, n).Draw(t, "groups")
		at := make([][2]float64, n)
		weights := make([]float32, n*size)
		for i := range at {
			at[i] = [2]float64{value.Draw(t, "x"), value.Draw(t, "y")}
		}
		for i := range weights {
			weights[i] = float32(value.Draw(t, "weight"))
		}
		shares := rapid.SliceOfN(share, n, n).Draw(t, "shares")
		jaccard := make([][]float64, size)
		for i := range jaccard {
			jaccard[i] = shares[:n/2]
		}
		drawn(t, rapid.SampledFrom([]func() (*figures.Figure, error){
			func() (*figures.Figure, error) {
				return figures.Embedding(figures.EmbeddingData{At: at, Cluster: groups, Truth: groups})
			},
			func() (*figures.Figure, error) {
				return figures.AlignedWeights(figures.AlignedWeightsData{Values: weights, Rotations: size, Features: 1, Cluster: groups, Truth: groups})
			},
			func() (*figures.Figure, error) {
				return figures.Consistency(figures.ConsistencyData{Jaccard: jaccard, Believed: make([]bool, size), Cluster: groups, Neurons: shares, Mean: 0.75, Smallest: 0.5})
			},
		}).Draw(t, "figure"))
	})
}

func TestCellTypeFiguresRefuse(t *testing.T) {
	second := func(_ any, err error) error { return err }
	nan := math.NaN()
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(figures.Embedding(figures.EmbeddingData{At: make([][2]float64, 2), Cluster: []int{1}})), "found 2 places, 1 clusters, 0 true types"},
		{second(figures.Embedding(figures.EmbeddingData{})), "found 0 neurons without a place"},
		{second(figures.Embedding(figures.EmbeddingData{At: [][2]float64{{nan, 1}}, Cluster: []int{1}})), "found 1 neurons without a place"},
		{second(figures.Embedding(figures.EmbeddingData{At: [][2]float64{{0, 1}}, Cluster: []int{1}, Exemplars: []int{1}})), "found neuron 1 as exemplar 0; accepted are 0 to 0"},
		{second(figures.AlignedWeights(figures.AlignedWeightsData{Rotations: 2, Features: 2, Cluster: []int{0}, Values: make([]float32, 3)})), "found 3 weights for [1 neurons, 2 rotations, 2 features]"},
		{second(figures.AlignedWeights(figures.AlignedWeightsData{Rotations: 1, Features: 1, Cluster: []int{0}, Values: make([]float32, 1), Truth: []int{1, 2}})), "found 2 true types for 1 neurons"},
		{second(figures.Consistency(figures.ConsistencyData{})), "found 0 clusters"},
		{second(figures.Consistency(figures.ConsistencyData{Jaccard: [][]float64{{2}}, Believed: []bool{true}, Cluster: []int{0}, Neurons: []float64{1}})), "found 2 for cluster 0 in fit 1"},
		{second(figures.Consistency(figures.ConsistencyData{Jaccard: [][]float64{{1}}, Believed: []bool{true}, Cluster: []int{0}, Neurons: []float64{-1}})), "found a share of -1 for neuron 0"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", c.err, c.want)
		}
	}
}
