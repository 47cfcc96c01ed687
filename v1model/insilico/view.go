package insilico

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/ondevice"
)

// Limits of views: a window is worth its compilation if it has at most maxWindowShare of the image's pixels, and templates of all neurons have at most
// maxTemplates values.
const (
	maxWindowShare = 0.7
	maxTemplates   = 1 << 24
)

// view is how rates of some neurons are computed: from the whole image, with all neurons of the model, or from the window that they see, without the others.
type view struct {
	subject *Subject
	window  window
	neurons []int       // of the window, in the order of its rates; nil: the whole image, and rates of all neurons
	places  map[int]int // of the neurons
	parts   []viewPart  // of each member; none for the whole image
}

// viewPart holds the templates and constants of a member; see merge.
type viewPart struct {
	templates []float32 // [neurons, height'', width'', channels'']
	shape     []int
	constants []float32 // [neurons]
}

// wholeView sees everything.
func (s *Subject) wholeView() *view { return &view{subject: s, window: s.fullField()} }

// viewOf returns the cheapest view for some neurons, which may be named several times.
func (s *Subject) viewOf(neurons []int) (*view, error) {
	v := &view{subject: s, places: map[int]int{}}
	for i, n := range neurons {
		if _, known := v.places[n]; known {
			continue
		}
		own := s.windowOf(n)
		v.places[n] = len(v.neurons)
		if v.neurons = append(v.neurons, n); i > 0 {
			own = v.window.join(own)
		}
		v.window = own
	}
	height, width := s.Model.Shape.Height, s.Model.Shape.Width
	v.window = v.window.roundUp(height, width)
	pixels := v.window.height * v.window.width
	if len(v.neurons) == 0 || float64(pixels) > maxWindowShare*float64(height*width) {
		return s.wholeView(), nil
	}
	for _, m := range s.members {
		if len(v.neurons)*pixels*m.grid[2] > maxTemplates {
			return s.wholeView(), nil
		}
	}
	return v, v.prepare()
}

// windowOf is what a neuron sees, with all members of an ensemble.
func (s *Subject) windowOf(neuron int) (seen window) {
	for k, m := range s.members {
		own := geometryOf(m.model.Core).visibleWindow(m.mask(neuron), m.grid[1], s.Model.Shape.Height, s.Model.Shape.Width)
		if k > 0 {
			own = seen.join(own)
		}
		seen = own
	}
	return seen
}

// prepare computes the templates.
func (v *view) prepare() error {
	a, err := v.ascent()
	if err != nil {
		return err
	}
	n := len(v.neurons)
	p, err := v.subject.programs.Program(fmt.Sprintf("templates of a view %v %d", v.window.kind(), n), a.builder(a.buildTemplates))
	if err != nil {
		return err
	}
	var inputs []*tensors.Tensor
	for _, m := range v.subject.members {
		var masks, features, biases []float32
		for _, n := range v.neurons {
			masks, features, biases = append(masks, m.mask(n)...), append(features, m.featureWeights(n)...), append(biases, m.biases[n])
		}
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(masks, n, m.grid[0], m.grid[1]), tensors.FromFlatDataAndDimensions(features, n, m.grid[2]), tensors.FromFlatDataAndDimensions(biases, n))
	}
	corners := slices.Repeat([]int32{int32(v.window.top), int32(v.window.left)}, n)
	results, err := p.Call(append(inputs, tensors.FromFlatDataAndDimensions(corners, n, 2))...)
	if err != nil {
		return err
	}
	for k := range v.subject.members {
		part := viewPart{shape: slices.Clone(results[2*k].Shape().Dimensions)}
		if part.templates, err = ondevice.ToHost[float32](results[2*k]); err != nil {
			return err
		}
		if part.constants, err = ondevice.ToHost[float32](results[2*k+1]); err != nil {
			return err
		}
		v.parts = append(v.parts, part)
	}
	return nil
}

// name tells views apart whose programs differ.
func (v *view) name() string {
	if v.parts == nil {
		return "the whole image"
	}
	return fmt.Sprintf("%d in %v", len(v.neurons), v.window.kind())
}

// size is height, width and channels of what the view shows.
func (v *view) size() [3]int {
	return [3]int{v.window.height, v.window.width, v.subject.Model.Shape.Channels}
}

// count is the number of rates.
func (v *view) count() int {
	if v.parts == nil {
		return v.subject.Model.Shape.Neurons
	}
	return len(v.neurons)
}

// place is the place of a neuron among the rates.
func (v *view) place(neuron int) int {
	if v.parts == nil {
		return neuron
	}
	return v.places[neuron]
}

// given are the inputs that the view's rates need, made anew for each call.
func (v *view) given() (inputs []*tensors.Tensor) {
	for _, p := range v.parts {
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(p.templates, p.shape...), tensors.FromFlatDataAndDimensions(p.constants, len(p.constants)))
	}
	return inputs
}

// from returns Gabors as they lie in the window.
func (v *view) from(plaids []Plaid) []Plaid {
	if v.parts == nil {
		return plaids
	}
	moved := make([]Plaid, len(plaids))
	for i, p := range plaids {
		moved[i] = slices.Clone(p)
		for k := range moved[i] {
			moved[i][k].X -= float64(v.window.left)
			moved[i][k].Y -= float64(v.window.top)
		}
	}
	return moved
}
