package readout

import (
	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// Masked implements everything but the penalty of a readout with a spatial mask for each neuron. A kind embeds it and adds Penalties.
type Masked struct {
	Weighted
	// Largest is the largest value of a mask that starts from the spike-triggered average; the SD of the noise added to it is a tenth.
	Largest float64
}

// NewMasked makes masks with the start values of the reference's joint readout.
func NewMasked(c Config, size Size) Masked { return Masked{Weighted{c, size}, 0.01} }

// Specs lists masks and feature weights. Masks start at random here: see Start.
func (r Masked) Specs() []weights.Spec {
	shape := []int{r.Size.Neurons, r.Size.Height, r.Size.Width}
	return []weights.Spec{
		{Name: Masks, Shape: shape, Trainable: true, Init: weights.TruncatedNormal(startSD)},
		r.FeatureSpec(weights.TruncatedNormal(startSD)),
	}
}

// Effective returns the effective masks, |m| unless Config.PositiveMasks is false, and feature weights.
func (r Masked) Effective(values weights.Values) (masks, features array.Array) {
	masks = values[Masks]
	if r.Config.positiveMasks() {
		masks = absolute(masks)
	}
	return masks, r.EffectiveFeatures(values)
}

// Start sets the start values of the masks that Config.MaskInit asks for.
func (r Masked) Start(values weights.Values, data *datasets.Dataset, seed uint64) error {
	if r.Config.MaskInit != STA {
		return nil
	}
	var masks []float32
	for k, session := range data.Blocks() {
		part, of := r, weights.Values{}
		part.Size.Neurons = session.NumNeurons()
		if data.Sessions == nil {
			part.Size.Neurons = r.Size.Neurons
		}
		if err := part.StartMasks(of, session.Train, seed+uint64(k)); err != nil {
			return err
		}
		masks = append(masks, of.Float32(Masks)...)
	}
	values[Masks] = array.New(masks, r.Size.Neurons, r.Size.Height, r.Size.Width)
	return nil
}
