package v1model

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/core"
	"v1lab/v1model/loss"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Shape is what a model must know of its data.
type Shape struct {
	Height   int `json:"height"` // of the images, pixels
	Width    int `json:"width"`
	Channels int `json:"channels"`
	Neurons  int `json:"neurons"`
}

// Model is a core and a readout for data of one shape.
type Model struct {
	Config  Config
	Shape   Shape
	Core    core.Core
	Readout readout.Readout
	// Objective is the loss that fit.loss names, and with it the link from drives to predicted responses.
	Objective loss.Loss
}

// New builds a model; the error names the field of the config that can't be used or does not fit the data.
func New(config Config, shape Shape) (*Model, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if shape.Height < 1 || shape.Width < 1 || shape.Channels < 1 {
		return nil, fmt.Errorf("images are %dx%d with %d channels, every one must be at least 1", shape.Height, shape.Width, shape.Channels)
	}
	c, err := core.New(config.penalised(shape.Neurons), shape.Height, shape.Width, shape.Channels)
	if err != nil {
		return nil, err
	}
	if config.Readout.MaskInit == readout.STA {
		if l, ok := c.(core.Local); !ok || l.Geometry().Stride != 1 {
			return nil, fmt.Errorf("readout.mask_init: sta needs a core whose positions are pixels of the image, found core.kind %q; accepted: %s", config.Core.Kind, readout.Random)
		}
	}
	height, width, channels := c.OutputShape()
	r, err := readout.New(config.Readout, readout.Size{Height: height, Width: width, Channels: channels, Neurons: shape.Neurons})
	if err != nil {
		return nil, err
	}
	l, err := config.Fit.Objective()
	return &Model{config, shape, c, r, l}, err
}

// CoreConfig is the config that the core was made with: with penalties as they are added to a loss that is summed over the neurons.
func (m *Model) CoreConfig() core.Config { return m.Config.penalised(m.Shape.Neurons) }

// penalised is the core's config with penalties as they are added to a loss that is summed over so many neurons.
func (c Config) penalised(neurons int) core.Config {
	k := c.Core
	if k.PerNeuron {
		k.Smoothness *= float64(neurons)
		k.Sparsity *= float64(neurons)
	}
	return k
}

// Specs lists the model's variables: the core's, the readout's, the neurons' biases. Those of a frozen core are not trainable.
func (m *Model) Specs() []weights.Spec {
	specs := slices.Clone(m.Core.Specs())
	for i := range specs {
		specs[i].Trainable = specs[i].Trainable && !m.Config.Core.Frozen
	}
	return append(append(specs, m.Readout.Specs()...), readout.BiasSpec(m.Shape.Neurons))
}

// Init draws start values from the config's seed; biases start from the neurons' mean training responses, [neurons].
// It returns the neurons that never respond, whose biases start at a floor. A fit begins with Start.
func (m *Model) Init(meanResponses []float32) (values weights.Values, silent []int) {
	values = weights.Init(m.Specs(), m.Config.Fit.Seed)
	return values, m.startBiases(values, meanResponses)
}

// Start draws start values from the config's seed for a fit to normalised data: Init, and whatever else the readout starts from
// images, responses or the neurons' places on cortex. It returns the neurons that never respond.
func (m *Model) Start(data *datasets.Dataset) (values weights.Values, silent []int, err error) {
	values = weights.Init(m.Specs(), m.Config.Fit.Seed)
	if r, ok := m.Readout.(readout.Starter); ok {
		if err := r.Start(values, data, m.Config.Fit.Seed); err != nil {
			return nil, nil, err
		}
	}
	return values, m.startBiases(values, data.Train.Responses.Means()), nil
}

// startBiases starts the biases where the loss says, given the neurons' mean training responses. It returns the silent neurons.
func (m *Model) startBiases(values weights.Values, means []float32) (silent []int) {
	biases, silent := m.Objective.Biases(means)
	values[readout.Biases] = array.New(biases)
	return silent
}

// Planned is the config with a way of computing each layer for data of this shape on this backend, if it does not name one: the choice of
// core.Plan on a CPU with XLA, and the backend's own convolution elsewhere. Fits keep the choice in their run folder.
func (c Config) Planned(shape Shape, backend compute.Backend) (Config, error) {
	if len(c.Core.Evaluation) > 0 {
		return c, nil
	}
	batch := 0
	if core.Plans(backend) {
		batch = c.Fit.Batch / c.Fit.MicroBatches() / c.Fit.OnDevices()
	}
	plan, err := core.Plan(c.Core, shape.Height, shape.Width, shape.Channels, batch)
	c.Core.Evaluation = plan
	return c, err
}
