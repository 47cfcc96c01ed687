package core

// Layered is a core that is a stack of convolutions, each with batch normalisation and an activation. Programs that write a model in another language
// describe it by its layers.
type Layered interface {
	Layers() []Layer
}

// Layer describes one convolution with its batch normalisation and activation.
type Layer struct {
	Name                   string // prefix of its variables, such as core/conv1
	Variable               string // name of the variable that makes the filters
	Size, Stride, Dilation int
	In                     int // channels in
	Features, Rotations    int // channels out: rotations times features
	Functions              int // values of the variable per input channel and feature
	Padding                [2][2]int
	Activation             string
	Normed                 bool    // there is batch normalisation
	Gamma, Beta, Shared    bool    // it has a scale and a bias; orientations share its parameters
	Separable, Biases      bool    // kind stacked: see Config.Convolutions and ConvBiases
	Epsilon, Decay         float64 // added to its variance; of its moving averages
}

// Layers describes the stack.
func (s *stack) Layers() []Layer {
	var all []Layer
	for _, l := range s.layers {
		all = append(all, Layer{
			Name: l.name, Variable: l.variable.Name, Size: l.size, Stride: l.stride, Dilation: l.dilation, In: l.in, Features: l.features, Rotations: l.rotations,
			Functions: l.functions, Padding: [2][2]int{l.padding[0], l.padding[1]}, Activation: l.activation, Normed: l.normed, Gamma: l.gamma, Beta: l.beta, Shared: l.shared,
			Separable: l.separable, Biases: l.convBias, Epsilon: l.epsilon, Decay: l.normDecay,
		})
	}
	return all
}
