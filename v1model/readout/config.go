package readout

import (
	"fmt"
	"slices"
	"strings"
)

// Kinds of readout. In the penalties s, s_m, s_f and l are the weights Sparsity, MaskSparsity, FeatureSparsity and FeatureL2 of a
// Config, m_n is a neuron's mask, w_n are its feature weights.
const (
	JointL1       = "joint_l1"       // the paper's: s sum_n (sum |m_n|) (sum |w_n|)
	SeparateL1    = "separate_l1"    // s_m sum |m| + s_f sum |w|
	Dense         = "dense"          // masks sparse, features not: s_m sum_n (sum |m_n|) ||w_n||
	DenseSeparate = "dense_separate" // s_m sum |m| + l sum w^2; the paper's dense control
	Transfer      = "transfer"       // penalty of JointL1; the core learns from every TransferEvery-th neuron alone
	Factorised    = "factorised"     // s_m sum |m| + s_f sum |w| + l sum w^2, every weight 0 unless set
	Gaussian      = "gaussian"       // a position instead of a mask: s_f sum |w|
)

// Kinds lists the accepted values of Config.Kind.
var Kinds = []string{JointL1, SeparateL1, Dense, DenseSeparate, Transfer, Factorised, Gaussian}

// Accepted values of Config.MaskInit; empty means Random.
const (
	Random = "random" // truncated normal
	STA    = "sta"    // from each neuron's spike-triggered average; see StartMasks
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
)

// Config describes a readout. A weight that the kind's penalty does not have is left alone, so that a preset can be changed to
// another kind.
type Config struct {
	Kind             string  `yaml:"kind"`
	Sparsity         float64 `yaml:"sparsity"`                   // weight s of the penalty
	MaskSparsity     float64 `yaml:"mask_sparsity,omitempty"`    // s_m
	FeatureSparsity  float64 `yaml:"feature_sparsity,omitempty"` // s_f
	FeatureL2        float64 `yaml:"feature_l2,omitempty"`       // l
	PositiveFeatures bool    `yaml:"positive_features"`          // feature weights are used as |w|
	PositiveMasks    *bool   `yaml:"positive_masks,omitempty"`   // masks are used as |m|; nil means true, as in the reference
	MaskInit         string  `yaml:"mask_init,omitempty"`        // Random or STA
	TransferEvery    int     `yaml:"transfer_every,omitempty"`   // of Transfer; 0 means 2
	Chunk            int     `yaml:"chunk,omitempty"`            // neurons that are computed at a time, which bounds memory and takes longer; 0 means all; kinds with masks, but not Transfer
	Covariance       string  `yaml:"covariance,omitempty"`       // of Gaussian: Isotropic, Uncorrelated or Full
	Grid             string  `yaml:"grid,omitempty"`             // of Gaussian: Independent or Cortex
	StartRange       float64 `yaml:"start_range,omitempty"`      // of Gaussian: positions start uniform in +- this, 1 is the maps' edge; 0 means 0.1
	StartSigma       float64 `yaml:"start_sigma,omitempty"`      // of Gaussian: the SD they start with, or the largest entry of A; 0 means 0.5
}

// Validate names the first field whose value can't be used.
func (c Config) Validate() error {
	if !slices.Contains(Kinds, c.Kind) {
		return fmt.Errorf("readout.kind: %q, accepted: %s", c.Kind, strings.Join(Kinds, ", "))
	}
	for _, weight := range []struct {
		name  string
		value float64
	}{
		{"sparsity", c.Sparsity}, {"mask_sparsity", c.MaskSparsity}, {"feature_sparsity", c.FeatureSparsity}, {"feature_l2", c.FeatureL2},
	} {
		if !(weight.value >= 0) {
			return fmt.Errorf("readout.%s: %g, must be at least 0", weight.name, weight.value)
		}
	}
	if c.TransferEvery < 0 {
		return fmt.Errorf("readout.transfer_every: %d, must be at least 1", c.TransferEvery)
	}
	if c.Chunk < 0 || c.Chunk > 0 && (c.Kind == Gaussian || c.Kind == Transfer) {
		return fmt.Errorf("readout.chunk: %d, the kind is %s; accepted: 0, or numbers from 1 with kinds other than %s and %s", c.Chunk, c.Kind, Gaussian, Transfer)
	}
	for _, choice := range []struct {
		name, value string
		accepted    []string
	}{
		{"mask_init", c.MaskInit, []string{Random, STA}},
		{"covariance", c.Covariance, []string{Isotropic, Uncorrelated, Full}},
		{"grid", c.Grid, []string{Independent, Cortex}},
	} {
		if choice.value != "" && !slices.Contains(choice.accepted, choice.value) {
			return fmt.Errorf("readout.%s: %q, accepted: %s", choice.name, choice.value, strings.Join(choice.accepted, ", "))
		}
	}
	return c.validatePositions()
}

// validatePositions checks what belongs to Gaussian alone, and what it can't have.
func (c Config) validatePositions() error {
	if !(c.StartRange >= 0 && c.StartRange <= 1) {
		return fmt.Errorf("readout.start_range: %g, must be from 0 to 1, the edge of the feature maps", c.StartRange)
	}
	if !(c.StartSigma >= 0) {
		return fmt.Errorf("readout.start_sigma: %g, must be at least 0", c.StartSigma)
	}
	if c.Kind == Gaussian {
		switch {
		case c.MaskInit == STA:
			return fmt.Errorf("readout.mask_init: sta, a gaussian readout has no masks; accepted: %s", Random)
		case !c.positiveMasks():
			return fmt.Errorf("readout.positive_masks: false, a gaussian readout has no masks; leave it out")
		}
		return nil
	}
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"covariance", c.Covariance != ""}, {"grid", c.Grid != ""}, {"start_range", c.StartRange != 0}, {"start_sigma", c.StartSigma != 0},
	} {
		if field.set {
			return fmt.Errorf("readout.%s: the kind is %s, accepted with %s alone", field.name, c.Kind, Gaussian)
		}
	}
	return nil
}

func (c Config) positiveMasks() bool { return c.PositiveMasks == nil || *c.PositiveMasks }

func (c Config) transferEvery() int { return orElse(c.TransferEvery, 2) }

func (c Config) covariance() string { return orElse(c.Covariance, Full) }

func (c Config) startRange() float64 { return orElse(c.StartRange, 0.1) }

func (c Config) startSigma() float64 { return orElse(c.StartSigma, 0.5) }

// orElse is value unless it is its type's zero.
func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
