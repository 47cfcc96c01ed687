package readout

import (
	"fmt"
	"math"
	"math/rand/v2"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/kinds"
	"v1lab/v1model/weights"
)

// Gaussian is the kind with a position instead of a mask (Lurz et al., ICLR 2021).
const Gaussian = "gaussian"

func init() {
	Register(kinds.About{Name: Gaussian, Summary: "a position instead of a mask: s_f sum |w|, s_f = feature_sparsity (Lurz et al., ICLR 2021)"}, Kind{
		Fields: []string{"covariance", "grid", "grid_hidden", "grid_final", "start_range", "start_sigma"},
		New:    func(c Config, size Size) (Readout, error) { return gaussian{Weighted{c, size}}, nil },
		Check: func(c Config) error {
			switch {
			case c.MaskInit == STA:
				return fmt.Errorf("readout.mask_init: sta, a gaussian readout has no masks; accepted: %s", Random)
			case !c.positiveMasks():
				return fmt.Errorf("readout.positive_masks: false, a gaussian readout has no masks; leave it out")
			}
			return c.validatePredictor()
		},
	})
}

// Names of the variables of Gaussian, beside Features and Biases. Positions are column and row; -1 and 1 are the centres of the
// first and last pixel of the feature maps.
const (
	Means        = "readout/mu"           // [neurons, 2]; with a Cortex grid each neuron's own offset
	Sigma        = "readout/sigma"        // [neurons, 1], [neurons, 2] or [neurons, 2, 2] by Covariance
	NoiseState   = "readout/noise_state"  // [2]: a number drawn from the seed, training steps made
	GridMap      = "readout/grid/weights" // [2, 2], from place on cortex to position
	GridOffset   = "readout/grid/biases"  // [2]
	CortexPlaces = "readout/grid/places"  // [neurons, 2], X and Y centred and divided by the largest distance; not trained
)

type gaussian struct{ Weighted }

func (c Config) covariance() string { return orElse(c.Covariance, Full) }

// Specs lists positions, their noise and feature weights.
func (r gaussian) Specs() []weights.Spec {
	c, pairs := r.Config, []int{r.Size.Neurons, 2}
	startRange, startSigma := orElse(c.StartRange, 0.1), orElse(c.StartSigma, 0.5)
	sigma := weights.Spec{Name: Sigma, Trainable: true, Init: weights.Constant(float32(startSigma))}
	switch c.covariance() {
	case Isotropic:
		sigma.Shape = []int{r.Size.Neurons, 1}
	case Uncorrelated:
		sigma.Shape = pairs
	default:
		sigma.Shape, sigma.Init = []int{r.Size.Neurons, 2, 2}, uniform(startSigma)
	}
	var specs []weights.Spec
	if c.Grid != CortexMLP {
		specs = append(specs, weights.Spec{Name: Means, Shape: pairs, Trainable: true, Init: uniform(startRange)})
	}
	specs = append(specs, sigma,
		weights.Spec{Name: NoiseState, Shape: []int{2}, Init: func(rng *rand.Rand, values []float32) {
			values[0], values[1] = float32(rng.Uint32()>>8), 0 // 24 bits: exact in float32
		}})
	switch c.Grid {
	case CortexMLP:
		specs = append(append(specs, c.predictorSpecs()...), weights.Spec{Name: CortexPlaces, Shape: pairs, Init: weights.Constant(0)})
	case Cortex:
		specs = append(specs,
			weights.Spec{Name: GridMap, Shape: []int{2, 2}, Trainable: true, Init: uniform(startRange)},
			weights.Spec{Name: GridOffset, Shape: []int{2}, Trainable: true, Init: weights.Constant(0)},
			weights.Spec{Name: CortexPlaces, Shape: pairs, Init: weights.Constant(0)})
	}
	return append(specs, r.FeatureSpec(weights.Constant(1/float32(r.Size.Channels))))
}

// uniform draws from -limit to limit.
func uniform(limit float64) weights.Initializer {
	return func(rng *rand.Rand, values []float32) {
		for i := range values {
			values[i] = float32(limit * (2*rng.Float64() - 1))
		}
	}
}

// Start sets CortexPlaces to the neurons' positions on cortex, centred and divided by the largest absolute coordinate, if the grid follows from them.
func (r gaussian) Start(values weights.Values, data *datasets.Dataset, _ uint64) error {
	if r.Config.Grid != Cortex && r.Config.Grid != CortexMLP {
		return nil
	}
	neurons := data.Neurons
	if len(neurons) != r.Size.Neurons {
		return fmt.Errorf("readout.grid: %s, the data know the places of %d neurons of %d; accepted: %s", r.Config.Grid, len(neurons), r.Size.Neurons, Independent)
	}
	places := make([]float64, 0, 2*r.Size.Neurons)
	var mean [2]float64
	for n, neuron := range neurons {
		if s := neuron.X + neuron.Y; math.IsNaN(s) || math.IsInf(s, 0) {
			return fmt.Errorf("readout.grid: %s, the place of neuron %d is (%g, %g); accepted: %s, or data with every neuron's x and y", r.Config.Grid, n, neuron.X, neuron.Y, Independent)
		}
		places = append(places, neuron.X, neuron.Y)
		mean[0] += neuron.X / float64(r.Size.Neurons)
		mean[1] += neuron.Y / float64(r.Size.Neurons)
	}
	largest := 0.0
	for i := range places {
		places[i] -= mean[i%2]
		largest = max(largest, math.Abs(places[i]))
	}
	scaled := make([]float32, len(places))
	for i, p := range places {
		scaled[i] = float32(p / orElse(largest, 1))
	}
	values[CortexPlaces] = array.New(scaled, r.Size.Neurons, 2)
	return nil
}

// Positions returns the mean of each neuron's position in pixels of the feature maps from the centre of the first one, [neurons, 2]:
// column, row.
func (r gaussian) Positions(values weights.Values) array.Array {
	var positions []float32
	if r.Config.Grid == CortexMLP {
		positions = r.Config.predictedPositions(values)
	} else {
		positions = append(positions, values.Float32(Means)...)
	}
	if r.Config.Grid == Cortex {
		places, a, b := values.Float32(CortexPlaces), values.Float32(GridMap), values.Float32(GridOffset)
		for i := range positions {
			n, axis := i/2, i%2
			positions[i] += places[2*n]*a[axis] + places[2*n+1]*a[2+axis] + b[axis]
		}
	}
	for i, p := range positions {
		size := []int{r.Size.Width, r.Size.Height}[i%2]
		positions[i] = (min(max(p, -1), 1) + 1) * float32(size-1) / 2
	}
	return array.New(positions, r.Size.Neurons, 2)
}

// Effective returns feature weights, and as masks the bilinear interpolation at the mean positions: at most four pixels, of sum 1.
func (r gaussian) Effective(values weights.Values) (masks, features array.Array) {
	return r.meanMasks(r.Positions(values)), r.EffectiveFeatures(values)
}

// EffectiveMoved is Effective at a shift: the mean positions move, and pixels outside of the maps are left out.
func (r gaussian) EffectiveMoved(values weights.Values, shift [2]float64) (masks, features array.Array) {
	positions := r.Positions(values)
	for i, p := range positions.Data.([]float32) {
		positions.Data.([]float32)[i] = p + float32(shift[i%2]*float64([]int{r.Size.Width, r.Size.Height}[i%2]-1)/2)
	}
	return r.meanMasks(positions), r.EffectiveFeatures(values)
}

// meanMasks writes positions as masks: bilinear interpolation is a sum over at most four pixels.
func (r gaussian) meanMasks(positions array.Array) array.Array {
	masks := make([]float32, r.Size.Neurons*r.Size.Height*r.Size.Width)
	for n := range r.Size.Neurons {
		at := positions.Data.([]float32)[2*n : 2*n+2]
		for y := range r.Size.Height {
			for x := range r.Size.Width {
				share := hat(at[0]-float32(x)) * hat(at[1]-float32(y))
				masks[(n*r.Size.Height+y)*r.Size.Width+x] = share
			}
		}
	}
	return array.New(masks, r.Size.Neurons, r.Size.Height, r.Size.Width)
}

// hat is 1 at 0 and falls to 0 at distance 1.
func hat(d float32) float32 { return max(0, 1-float32(math.Abs(float64(d)))) }
