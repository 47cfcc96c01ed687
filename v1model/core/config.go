package core

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/v1model/kinds"
	"v1lab/v1model/ops"
)

// Paddings lists the accepted values of Config.Padding, TensorFlow's: same keeps the size (the smaller half of the
// padding goes on top and left), valid pads nothing.
var Paddings = []string{same, valid}

const same, valid = "same", "valid"

// Ways of computing a layer's convolution. Results are equal up to rounding.
const (
	Direct   = "direct"   // pixel by pixel, by the backend's convolution; separable filters tap by tap
	Spectral = "spectral" // in the frequency domain, by matrix products
	Unfolded = "unfolded" // as one matrix product with the patches that the filters see; first layer only, not if it is separable
)

// Evaluations lists the accepted values of Config.Evaluation.
var Evaluations = []string{Direct, Spectral, Unfolded}

// Config describes a core. Lists have one entry per layer. A kind that is registered by another package documents which fields it uses.
type Config struct {
	Kind          string    `yaml:"kind"`                                // kind of core
	Rotations     int       `yaml:"rotations"`                           // R, number of orientations over 360 degrees; 1 for kind cnn
	Upsampling    int       `yaml:"upsampling,omitempty"`                // samples of the basis per pixel; kind hermite only
	Interpolation string    `yaml:"interpolation,omitempty"`             // how filters are rotated on the pixel grid, nearest (also if empty) or bilinear; kind rotated only
	FilterSizes   []int     `yaml:"filter_sizes"`                        // height and width of the filters, pixels
	Features      []int     `yaml:"features"`                            // N, number of features per orientation
	Strides       []int     `yaml:"strides"`                             // pixels from one position of a filter to the next
	Dilations     []int     `yaml:"dilations,omitempty"`                 // pixels from one tap of a filter to the next, 1 if empty; above 1 for kind cnn only
	Padding       []string  `yaml:"padding"`                             // same keeps the size of the maps, valid pads nothing
	Activations   []string  `yaml:"activations"`                         // nonlinearity after batch normalisation: softplus, relu, elu or none
	Convolutions  []string  `yaml:"convolutions,omitempty" text:"ifset"` // plain or separable (1x1 over channels, one filter per map, 1x1 over channels), plain if empty; kind stacked only
	Norms         []string  `yaml:"norms,omitempty" text:"ifset"`        // what batch normalisation learns: affine (scale and bias), scale, bias or fixed (nothing); none: no normalisation. affine if empty; kind stacked only
	ConvBiases    []bool    `yaml:"conv_biases,omitempty" text:"ifset"`  // convolutions have biases of their own, also in front of batch normalisation; false if empty; kind stacked only
	SharedBiases  bool      `yaml:"shared_biases"`                       // batch normalisation pools the orientations of a feature
	UnfusedNorm   bool      `yaml:"unfused_norm"`                        // the moving variance takes the biased variance of the batch; implied by shared_biases
	Smoothness    float64   `yaml:"smoothness"`                          // weight of the penalty on the filters' Laplacian
	SmoothRel     []float64 `yaml:"smoothness_rel"`                      // each layer's share of smoothness
	Sparsity      float64   `yaml:"sparsity"`                            // weight of the group sparsity penalty
	SparseRel     []float64 `yaml:"sparsity_rel"`                        // each layer's share of sparsity
	Evaluation    []string  `yaml:"evaluation,omitempty"`                // how the convolutions are computed: direct, spectral or, in the first layer, unfolded; a fit fills in the cheapest
	PerNeuron     bool      `yaml:"per_neuron,omitempty"`                // smoothness and sparsity are multiplied by the number of neurons, over which the loss is summed, so that one value suits recordings of any size
	Frozen        bool      `yaml:"frozen,omitempty"`                    // training leaves the core unchanged and ignores its penalties; set by v1lab fit --core-from without fit.core_rate

	Options map[string]float64 `yaml:"options,omitempty"` // numbers by name, for kinds that another package or notebook registers
	Source  string             `yaml:"source,omitempty"`  // package or notebook that registers the kind, if not this project; a fit fills it in
}

// Layers is the number of layers.
func (c Config) Layers() int { return len(c.FilterSizes) }

// dilation is the distance in pixels between a filter's taps in one layer.
func (c Config) dilation(layer int) int {
	if len(c.Dilations) == 0 {
		return 1
	}
	return c.Dilations[layer]
}

// SetEvaluation sets one evaluation for all layers. Unfolded is for a first layer that is not separable: the others are then Direct.
func (c *Config) SetEvaluation(evaluation string) {
	c.Evaluation = slices.Repeat([]string{evaluation}, c.Layers())
	for i := range c.Evaluation {
		if evaluation == Unfolded && (i > 0 || c.separable(i)) {
			c.Evaluation[i] = Direct
		}
	}
}

// evaluation is the way one layer's convolution is computed.
func (c Config) evaluation(layer int) string {
	if len(c.Evaluation) == 0 {
		return Direct
	}
	return c.Evaluation[layer]
}

// Validate returns an error that names the first field with an unusable value. Fields that the kind does not use are not checked.
func (c Config) Validate() error {
	kind, err := c.kind()
	if err != nil {
		return err
	}
	if kind.Check != nil {
		if err := kind.Check(c); err != nil {
			return err
		}
	}
	if !(c.Smoothness >= 0) {
		return fmt.Errorf("core.smoothness: %g, must be at least 0", c.Smoothness)
	}
	if !(c.Sparsity >= 0) {
		return fmt.Errorf("core.sparsity: %g, must be at least 0", c.Sparsity)
	}
	return kinds.Options(c.Options).Check("core.options", c.Kind, kind.Options)
}

// validate returns an error that names the first field with a value that a stack of layers can't have.
func (k stackKind) validate(c Config) error {
	if c.Rotations < 1 {
		return fmt.Errorf("core.rotations: %d, must be at least 1", c.Rotations)
	}
	if err := k.check(c); err != nil {
		return err
	}
	if !k.general {
		if err := c.withoutGeneral(); err != nil {
			return err
		}
	}
	layers := c.Layers()
	if layers == 0 {
		return fmt.Errorf("core.filter_sizes: empty, must have one size per layer")
	}
	for _, list := range []struct {
		name     string
		length   int
		optional bool
	}{
		{"features", len(c.Features), false}, {"strides", len(c.Strides), false}, {"padding", len(c.Padding), false},
		{"activations", len(c.Activations), false}, {"smoothness_rel", len(c.SmoothRel), false}, {"sparsity_rel", len(c.SparseRel), false},
		{"dilations", len(c.Dilations), true}, {"evaluation", len(c.Evaluation), true},
		{"convolutions", len(c.Convolutions), true}, {"norms", len(c.Norms), true}, {"conv_biases", len(c.ConvBiases), true},
	} {
		if list.length != layers && !(list.optional && list.length == 0) {
			return fmt.Errorf("core.%s: %d values for the %d layers of core.filter_sizes %v", list.name, list.length, layers, c.FilterSizes)
		}
	}
	for i := range layers {
		if err := k.validateLayer(c, i); err != nil {
			return err
		}
		if k.general {
			if err := validateGeneral(c, i); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k stackKind) validateLayer(c Config, i int) error {
	switch dilation := c.dilation(i); {
	case c.FilterSizes[i] < 1:
		return fmt.Errorf("core.filter_sizes: %d in layer %d, must be at least 1", c.FilterSizes[i], i+1)
	case c.Features[i] < 1:
		return fmt.Errorf("core.features: %d in layer %d, must be at least 1", c.Features[i], i+1)
	case c.Strides[i] < 1:
		return fmt.Errorf("core.strides: %d in layer %d, must be at least 1", c.Strides[i], i+1)
	case dilation < 1:
		return fmt.Errorf("core.dilations: %d in layer %d, must be at least 1", dilation, i+1)
	case dilation > 1 && !k.dilated:
		return fmt.Errorf("core.dilations: %d in layer %d, must be 1 where core.kind is %s; filters of kind cnn can have gaps", dilation, i+1, c.Kind)
	case dilation > 1 && c.Strides[i] > 1:
		return fmt.Errorf("core.dilations: %d in layer %d, must be 1 where core.strides is above 1 (here %d)", dilation, i+1, c.Strides[i])
	case !slices.Contains(Paddings, c.Padding[i]):
		return fmt.Errorf("core.padding: %q in layer %d, accepted: %s", c.Padding[i], i+1, strings.Join(Paddings, ", "))
	case !slices.Contains(ops.Activations, c.Activations[i]):
		return fmt.Errorf("core.activations: %q in layer %d, accepted: %s", c.Activations[i], i+1, strings.Join(ops.Activations, ", "))
	case !slices.Contains(Evaluations, c.evaluation(i)):
		return fmt.Errorf("core.evaluation: %q in layer %d, accepted: %s", c.evaluation(i), i+1, strings.Join(Evaluations, ", "))
	case i > 0 && c.evaluation(i) == Unfolded:
		return fmt.Errorf("core.evaluation: %q in layer %d, accepted there: %s, %s", Unfolded, i+1, Direct, Spectral)
	case !(c.SmoothRel[i] >= 0) || !(c.SparseRel[i] >= 0):
		return fmt.Errorf("core.smoothness_rel, core.sparsity_rel: negative in layer %d, must be at least 0", i+1)
	}
	return nil
}
