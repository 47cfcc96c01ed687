package v1model

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/core"
	"v1lab/v1model/covariates"
	"v1lab/v1model/loss"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Shape gives the sizes of the data that a model is made for.
type Shape struct {
	Height   int `json:"height"` // of the images, pixels
	Width    int `json:"width"`
	Channels int `json:"channels"`
	Neurons  int `json:"neurons"`

	// Of several sessions, their number, and the session of each neuron, [neurons], counted from 0. A model uses them if a part of it is each session's own; a model
	// of the neurons of one of them has Sessions 1.
	Sessions  int   `json:"-"`
	SessionOf []int `json:"-"`
}

// Same tells whether images and the number of neurons are those of another shape.
func (s Shape) Same(other Shape) bool {
	return s.Height == other.Height && s.Width == other.Width && s.Channels == other.Channels && s.Neurons == other.Neurons
}

func (s Shape) String() string {
	return fmt.Sprintf("%d neurons and images of %dx%dx%d", s.Neurons, s.Height, s.Width, s.Channels)
}

// OfSessions returns the shape of data of several sessions with so many neurons each, in their order.
func (s Shape) OfSessions(neurons ...int) Shape {
	s.Sessions, s.SessionOf = len(neurons), nil
	for k, n := range neurons {
		s.SessionOf = append(s.SessionOf, slices.Repeat([]int{k}, n)...)
	}
	return s
}

// Pick returns the shape for some of the neurons.
func (s Shape) Pick(neurons []int) Shape {
	of := s.SessionOf
	s.Neurons, s.SessionOf = len(neurons), nil
	for _, n := range neurons {
		if of != nil {
			s.SessionOf = append(s.SessionOf, of[n])
		}
	}
	return s
}

// Window returns the shape for n neurons of one session at a time.
func (s Shape) Window(n int) Shape {
	s.Neurons, s.Sessions, s.SessionOf = n, min(1, s.Sessions), nil
	return s
}

// Model is a core and a readout for data of one shape.
type Model struct {
	Config  Config
	Shape   Shape
	Core    core.Core
	Readout readout.Readout
	// Objective is the loss that fit.loss names; it includes the link from drives to predicted responses, that of rate if it is set.
	Objective loss.Loss

	runs []run // neurons that follow each other in one session, if the shifter is each session's own
}

// New makes a model. An error names the field of the config that has an unusable value or does not suit the data.
func New(config Config, shape Shape) (*Model, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if shape.Height < 1 || shape.Width < 1 || shape.Channels < 1 {
		return nil, fmt.Errorf("images are %dx%d with %d channels, every one must be at least 1", shape.Height, shape.Width, shape.Channels)
	}
	if !config.bySession() {
		shape.Sessions, shape.SessionOf = 0, nil
	}
	c, err := core.New(config.scaledCore(shape.Neurons), shape.Height, shape.Width, config.coreChannels(shape.Channels))
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
	if config.Readout.Types.Active() && !slices.ContainsFunc(r.Specs(), func(s weights.Spec) bool { return s.Name == readout.Features }) {
		return nil, fmt.Errorf("readout.types: set, and the kind %s has no variable %s to find types in; accepted: a kind with it, such as %s", config.Readout.Kind, readout.Features, readout.JointL1)
	}
	l, err := config.Objective()
	if err != nil {
		return nil, err
	}
	m := &Model{Config: config, Shape: shape, Core: c, Readout: r, Objective: l}
	m.runs, err = m.divided()
	return m, err
}

// CoreConfig returns the config that the core was made with, whose penalties are multiplied by the number of neurons if core.per_neuron is set.
func (m *Model) CoreConfig() core.Config { return m.Config.scaledCore(m.Shape.Neurons) }

// scaledCore returns the core's config with penalties for a loss that is summed over so many neurons.
func (c Config) scaledCore(neurons int) core.Config {
	k := c.Core
	if k.PerNeuron {
		k.Smoothness *= float64(neurons)
		k.Sparsity *= float64(neurons)
	}
	return k
}

// Specs lists the model's variables: the core's, the readout's, the neurons' biases, those of their types, and those of what covariates do. Variables of a frozen core are not
// trainable.
func (m *Model) Specs() []weights.Spec {
	specs := slices.Clone(m.Core.Specs())
	for i := range specs {
		specs[i].Trainable = specs[i].Trainable && !m.Config.Core.Frozen
	}
	specs = append(append(specs, m.Readout.Specs()...), readout.BiasSpec(m.Shape.Neurons))
	_, _, channels := m.Core.OutputShape()
	specs = append(specs, m.Config.Readout.Types.Specs(m.Shape.Neurons, channels)...)
	return append(specs, m.behaviourSpecs()...)
}

// Init draws start values from the config's seed. Biases start from the neurons' mean training responses, [neurons].
// It also returns the neurons whose mean is too low for the loss; their biases start at a floor. Fits use Start instead.
func (m *Model) Init(meanResponses []float32) (values weights.Values, low []int) {
	values = weights.Init(m.Specs(), m.Config.Fit.Seed)
	return values, m.startBiases(values, meanResponses)
}

// Start returns the start values of a fit to normalised data: those of Init, and values that the readout derives from images, responses or the neurons'
// positions on cortex, and mean and SD of the covariates. It also returns the neurons whose mean training response is too low for the loss.
func (m *Model) Start(data *datasets.Dataset) (values weights.Values, low []int, err error) {
	values = weights.Init(m.Specs(), m.Config.Fit.Seed)
	if r, ok := m.Readout.(readout.Starter); ok {
		if err := r.Start(values, data, m.Config.Fit.Seed); err != nil {
			return nil, nil, err
		}
	}
	if err := covariates.Start(values, data, m.Config.Covariates(), m.Config.bySession()); err != nil {
		return nil, nil, err
	}
	return values, m.startBiases(values, data.TrainMeans()), nil
}

// startBiases sets the biases to the loss's start values for the neurons' mean training responses, and returns those
// whose mean is too low.
func (m *Model) startBiases(values weights.Values, means []float32) (low []int) {
	biases, low := m.Objective.Biases(means)
	values[readout.Biases] = array.New(biases)
	return low
}

// WithEvaluation returns the config with core.evaluation filled in for data of this shape on this backend, if it is empty. On a CPU with XLA the choice is
// that of core.Plan, elsewhere the backend's own convolution. Fits keep the choice in their run folder.
func (c Config) WithEvaluation(shape Shape, backend compute.Backend) (Config, error) {
	if len(c.Core.Evaluation) > 0 {
		return c, nil
	}
	batch := 0
	if core.HasCostModel(backend) {
		batch = c.Fit.Batch / c.Fit.MicroBatches() / c.Fit.OnDevices()
	}
	plan, err := core.Plan(c.Core, shape.Height, shape.Width, c.coreChannels(shape.Channels), batch)
	c.Core.Evaluation = plan
	return c, err
}
