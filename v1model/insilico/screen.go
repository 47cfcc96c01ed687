package insilico

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets/array"
	"v1lab/datasets/stats"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/weights"
)

// Screen shows plaids to some neurons, again and again, such as for a slider: what does not depend on the picture is computed once.
type Screen struct {
	view    *view
	neurons []int
}

// Screen returns a screen that some neurons look at. The subject keeps the last one, so that asking for the same neurons again costs nothing.
func (s *Subject) Screen(neurons []int) (*Screen, error) {
	if s.screen != nil && slices.Equal(s.screen.neurons, neurons) {
		return s.screen, nil
	}
	if err := s.check(neurons); err != nil {
		return nil, err
	}
	v, err := s.viewOf(neurons)
	if err != nil {
		return nil, err
	}
	s.screen = &Screen{view: v, neurons: slices.Clone(neurons)}
	return s.screen, nil
}

// Show draws plaids and returns the pictures [plaids, height, width] in units of normalised images, and the neurons' rates to them [plaids, neurons], those of
// Respond. Of images with several channels, all channels show the plaid. A plaid of no Gabors is the grey image.
func (c *Screen) Show(plaids ...Plaid) (pictures, rates array.Array, err error) {
	v := c.view
	if len(plaids) == 0 {
		return pictures, rates, fmt.Errorf("insilico: found no plaid to show; at least one is needed")
	}
	whole, gabors := packPlaids(plaids)
	moved, _ := packPlaids(v.from(plaids))
	field, size := v.subject.imageSize(), v.size()
	p, err := v.subject.programs.Program(fmt.Sprintf("screen of plaids of %d, %s", gabors, v.name()), func() (func(w weights.Nodes, in []*Node) []*Node, error) {
		each, err := v.rates()
		return func(w weights.Nodes, in []*Node) []*Node {
			shown := inChannels(drawPlaids(in[1], size[0], size[1]), size[2])
			return append([]*Node{drawPlaids(in[0], field[0], field[1])}, each(w, in[2:], shown)...)
		}, err
	})
	if err != nil {
		return pictures, rates, err
	}
	n := len(plaids)
	results, err := p.Call(append([]*tensors.Tensor{tensors.FromFlatDataAndDimensions(whole, n, gabors, 7), tensors.FromFlatDataAndDimensions(moved, n, gabors, 7)}, v.given()...)...)
	if err != nil {
		return pictures, rates, err
	}
	values := make([][]float32, len(results))
	for k, r := range results {
		if values[k], err = ondevice.ToHost[float32](r); err != nil {
			return pictures, rates, err
		}
	}
	all := values[1]
	if members := values[1:]; len(members) > 1 {
		all, _ = stats.Between(members)
	}
	var own []float32
	for i := range n {
		for _, neuron := range c.neurons {
			own = append(own, all[i*v.count()+v.place(neuron)])
		}
	}
	return array.New(values[0], n, field[0], field[1]), array.New(own, n, len(c.neurons)), nil
}

// Picture draws a plaid, as Show does, [height, width].
func (s *Subject) Picture(shown Plaid) ([]float32, error) {
	values, gabors := packPlaids([]Plaid{shown})
	size := s.imageSize()
	p, err := s.programs.Program(fmt.Sprint("picture of a plaid of ", gabors), func() (func(w weights.Nodes, in []*Node) []*Node, error) {
		return func(_ weights.Nodes, in []*Node) []*Node { return []*Node{drawPlaids(in[0], size[0], size[1])} }, nil
	})
	if err != nil {
		return nil, err
	}
	results, err := p.Call(tensors.FromFlatDataAndDimensions(values, 1, gabors, 7))
	if err != nil {
		return nil, err
	}
	return ondevice.ToHost[float32](results[0])
}
