package readout

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/v1model/kinds"
)

// Accepted values of Config.MaskInit; empty means Random.
const (
	Random = "random" // truncated normal
	STA    = "sta"    // from each neuron's spike-triggered average; see Masked.StartMasks
)

// Accepted values of Config.Covariance; empty means Full.
const (
	Isotropic    = "isotropic"    // one SD
	Uncorrelated = "uncorrelated" // one SD per axis
	Full         = "full"         // a matrix A: covariance A A'
)

// Accepted values of Config.Grid; empty means Independent.
const (
	Independent = "independent" // every neuron has a position of its own
	Cortex      = "cortex"      // an affine map of the neurons' places on cortex, plus an offset of their own
	CortexMLP   = "cortex_mlp"  // a perceptron of the neurons' places on cortex
)

// Config describes a readout. Weights of penalties that the kind does not have are ignored, so that the kind of a preset can be changed.
type Config struct {
	Kind             string  `yaml:"kind"`                               // kind of readout
	Sparsity         float64 `yaml:"sparsity"`                           // weight s of the penalty
	MaskSparsity     float64 `yaml:"mask_sparsity,omitempty"`            // weight s_m of the penalty on masks
	FeatureSparsity  float64 `yaml:"feature_sparsity,omitempty"`         // weight s_f of the L1 penalty on feature weights
	FeatureL2        float64 `yaml:"feature_l2,omitempty"`               // weight l of the L2 penalty on feature weights
	PositiveFeatures bool    `yaml:"positive_features"`                  // feature weights are used as |w|
	PositiveMasks    *bool   `yaml:"positive_masks,omitempty"`           // masks are used as |m|; true if left out, as in the reference
	MaskInit         string  `yaml:"mask_init,omitempty"`                // start of the masks: random (also if empty), or sta, from each neuron's spike-triggered average
	TransferEvery    int     `yaml:"transfer_every,omitempty"`           // the core learns from every k-th neuron, k = 2 if 0; kind transfer only
	Chunk            int     `yaml:"chunk,omitempty"`                    // neurons computed at a time, all if 0; fewer take less memory and more time
	Adaptive         bool    `yaml:"adaptive,omitempty"`                 // each neuron has a strength of its own, learned with the readout, whose geometric mean over neurons is sparsity; kinds joint_l1 and transfer only
	AdaptiveSpread   float64 `yaml:"adaptive_spread,omitempty"`          // with adaptive: how far strengths may differ, as the SD of their logarithms under the hyper-prior, 0.5 if 0
	Covariance       string  `yaml:"covariance,omitempty"`               // covariance of the positions in training: isotropic, uncorrelated or full (also if empty); kind gaussian only
	Grid             string  `yaml:"grid,omitempty"`                     // positions are free (independent, also if empty) or follow from the neurons' positions on cortex: cortex, an affine map and an offset of each neuron, or cortex_mlp, a perceptron; kind gaussian only
	GridHidden       []int   `yaml:"grid_hidden,omitempty" text:"ifset"` // units of each hidden layer of grid cortex_mlp, which end in ELU; none if empty
	GridFinal        string  `yaml:"grid_final,omitempty" text:"ifset"`  // end of grid cortex_mlp: tanh (also if empty), or none
	StartRange       float64 `yaml:"start_range,omitempty"`              // positions start uniform within +- this, 1 being the edge of the maps, 0.1 if 0; kind gaussian only
	StartSigma       float64 `yaml:"start_sigma,omitempty"`              // SD of the positions at the start, 0.5 if 0; with covariance full, the largest start value of its entries; kind gaussian only

	Types Types `yaml:"types,omitempty"` // types of neurons, found while the model is fitted, to which their feature weights are drawn

	Options map[string]float64 `yaml:"options,omitempty"` // numbers by name, for kinds that another package or notebook registers
	Source  string             `yaml:"source,omitempty"`  // package or notebook that registers the kind, if not this project; a fit fills it in
}

// Option returns the value of an option, or the value otherwise if it is not set.
func (c Config) Option(name string, otherwise float64) float64 {
	return kinds.Options(c.Options).Get(name, otherwise)
}

// Validate returns an error that names the first field with an unusable value.
func (c Config) Validate() error {
	kind, err := c.kind()
	if err != nil {
		return err
	}
	if err := c.validateValues(); err != nil {
		return err
	}
	for _, field := range []struct {
		name  string
		set   bool
		value any
	}{
		{"chunk", c.Chunk != 0, c.Chunk}, {"adaptive", c.Adaptive, c.Adaptive}, {"covariance", c.Covariance != "", c.Covariance}, {"grid", c.Grid != "", c.Grid},
		{"grid_hidden", len(c.GridHidden) > 0, c.GridHidden}, {"grid_final", c.GridFinal != "", c.GridFinal},
		{"start_range", c.StartRange != 0, c.StartRange}, {"start_sigma", c.StartSigma != 0, c.StartSigma},
	} {
		if field.set && !slices.Contains(kind.Fields, field.name) {
			return fmt.Errorf("readout.%s: %v, the kind is %s, accepted with %s alone", field.name, field.value, c.Kind, strings.Join(withField(field.name), ", "))
		}
	}
	if err := kinds.Options(c.Options).Check("readout.options", c.Kind, kind.Options); err != nil {
		return err
	}
	if kind.Check == nil {
		return nil
	}
	return kind.Check(c)
}

// withField lists the kinds that have a field.
func withField(name string) []string {
	return slices.DeleteFunc(Kinds(), func(k string) bool {
		kind, err := registry.Find(k, "")
		return err != nil || !slices.Contains(kind.Fields, name)
	})
}

// validateValues checks each field by itself.
func (c Config) validateValues() error {
	for _, weight := range []struct {
		name  string
		value float64
	}{
		{"sparsity", c.Sparsity}, {"mask_sparsity", c.MaskSparsity}, {"feature_sparsity", c.FeatureSparsity}, {"feature_l2", c.FeatureL2},
		{"start_sigma", c.StartSigma},
	} {
		if !(weight.value >= 0) {
			return fmt.Errorf("readout.%s: %g, must be at least 0", weight.name, weight.value)
		}
	}
	if !(c.StartRange >= 0 && c.StartRange <= 1) {
		return fmt.Errorf("readout.start_range: %g, must be from 0 to 1, the edge of the feature maps", c.StartRange)
	}
	if c.TransferEvery < 0 {
		return fmt.Errorf("readout.transfer_every: %d, must be at least 1", c.TransferEvery)
	}
	if c.Chunk < 0 {
		return fmt.Errorf("readout.chunk: %d, must be at least 0", c.Chunk)
	}
	if err := c.validateAdaptive(); err != nil {
		return err
	}
	if err := c.Types.validate(); err != nil {
		return err
	}
	for _, choice := range []struct {
		name, value string
		accepted    []string
	}{
		{"mask_init", c.MaskInit, []string{Random, STA}},
		{"covariance", c.Covariance, []string{Isotropic, Uncorrelated, Full}},
		{"grid", c.Grid, []string{Independent, Cortex, CortexMLP}}, {"grid_final", c.GridFinal, []string{"tanh", "none"}},
	} {
		if choice.value != "" && !slices.Contains(choice.accepted, choice.value) {
			return fmt.Errorf("readout.%s: %q, accepted: %s", choice.name, choice.value, strings.Join(choice.accepted, ", "))
		}
	}
	return nil
}

func (c Config) positiveMasks() bool { return c.PositiveMasks == nil || *c.PositiveMasks }

// orElse is value unless it is its type's zero.
func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
