package insilico

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// Gradients builds what one step of the optimisation computes for raw planes [batch, channels, height, width] over the whole field:
// the loss of each image and its gradients by the image, whitened, and by raw.
func (s *Subject) Gradients(o MEIOptions, w weights.Nodes, masks, features, biases, raw *Node) []*Node {
	o, err := o.withDefaults()
	if err != nil {
		panic(err)
	}
	whole, err := s.direct()
	if err != nil {
		panic(err)
	}
	a := ascent{options: o, whole: whole, part: whole, kind: s.field(), size: s.size()}
	template, constant := merge(whole, a.size, w, readouts{masks, features, biases})
	loss, image, white, byRaw := a.gradients(w, template, constant, cutter{}, raw)
	return []*Node{loss, image, white, byRaw}
}

// Readouts are what a batch of one neuron's images needs.
func (s *Subject) Readouts(neuron, batch int) (masks, features, biases []float32) {
	for range batch {
		masks, features, biases = append(masks, s.mask(neuron)...), append(features, s.weightsOf(neuron)...), append(biases, s.biases[neuron])
	}
	return masks, features, biases
}

// Grid of the feature maps.
func (s *Subject) MapShape() [3]int { return s.grid }
