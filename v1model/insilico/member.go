package insilico

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/kinds"
	"v1lab/v1model/loss"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// member is a model of a subject: the only one, or one of an ensemble.
type member struct {
	model   *v1model.Model
	backend compute.Backend
	name    func(variable string) string // of a variable in the subject's programs; nil: its own

	masks    []float32 // effective masks [neurons, height', width']
	features []float32 // effective feature weights [neurons, channels]
	biases   []float32
	grid     [3]int // height', width', channels of the feature maps

	fingerprint string // of config and weights
}

func newMember(on *ondevice.Model) (*member, error) {
	m, w := on.Model, on.Values
	s := &member{model: m, backend: on.Backend}
	hash := sha256.New()
	fmt.Fprintf(hash, "%s %s", kinds.Text(m.CoreConfig()), kinds.Text(m.Config.Readout))
	if l := m.Config.Fit.Loss; l != "" && l != loss.Default { // it has another link; with the default the text is that of earlier versions
		fmt.Fprintf(hash, " %s", l)
	}
	if m.Config.Rate != "" {
		fmt.Fprintf(hash, " rate %s", m.Config.Rate)
	}
	if text := m.Config.BehaviourText(); text != "" {
		fmt.Fprintf(hash, " %s", text)
	}
	for _, spec := range m.Specs() {
		values := w.Float32(spec.Name)
		if i := slices.IndexFunc(values, func(v float32) bool { return !isFinite(v) }); i >= 0 {
			return nil, fmt.Errorf("weights: variable %q has the value %v at place %d; accepted: finite numbers", spec.Name, values[i], i)
		}
		if err := binary.Write(hash, binary.LittleEndian, values); err != nil {
			return nil, err
		}
	}
	s.fingerprint = fmt.Sprintf("%x", hash.Sum(nil))
	masks, features := m.Effective(w)
	s.masks, s.features, s.biases = masks.Data.([]float32), features.Data.([]float32), w.Float32(readout.Biases)
	s.grid[0], s.grid[1], s.grid[2] = m.Core.OutputShape()
	return s, nil
}

// nodes picks the member's variables out of those of the subject's programs.
func (m *member) nodes(w weights.Nodes) weights.Nodes {
	if m.name == nil {
		return w
	}
	own := weights.Nodes{}
	for _, spec := range m.model.Specs() {
		own[spec.Name] = w.Get(m.name(spec.Name))
	}
	return own
}

// mask is a neuron's effective mask, [height', width'].
func (m *member) mask(neuron int) []float32 {
	places := m.grid[0] * m.grid[1]
	return m.masks[neuron*places : (neuron+1)*places]
}

// featureWeights are a neuron's effective feature weights, [channels].
func (m *member) featureWeights(neuron int) []float32 {
	return m.features[neuron*m.grid[2] : (neuron+1)*m.grid[2]]
}

// coreFor lays out the core for a kind of window and for batches of so many images. A core that is not core.Resizable stays as it is; its only window is
// the whole image.
func (m *member) coreFor(kind window, batch int, gradient bool) (core.Core, error) {
	c, ok := m.model.Core.(core.Resizable)
	if !ok {
		return m.model.ImageCore(m.model.Core), nil
	}
	if !core.HasCostModel(m.backend) {
		batch = 0
	}
	laid, err := c.Resize(core.Layout{Height: kind.height, Width: kind.width, Unpadded: kind.inner, Batch: batch, ImageGradients: gradient})
	return m.model.ImageCore(laid), err
}

// directCore is the model's core with all layers evaluated pixel by pixel, if the core can be laid out anew.
func (m *member) directCore() (core.Core, error) {
	if c, ok := m.model.Core.(core.Resizable); ok {
		laid, err := c.Resize(core.Layout{Height: m.model.Shape.Height, Width: m.model.Shape.Width})
		return m.model.ImageCore(laid), err
	}
	return m.model.ImageCore(m.model.Core), nil
}

// maskOnPixels interpolates a neuron's mask at the pixels of an image, [height, width], and scales it to a peak of 1. Beyond the outermost positions of the
// maps it is 0. If the core is not core.Local, positions are taken to lie evenly over the image.
func (m *member) maskOnPixels(neuron int) []float32 {
	mask, rows, columns := m.mask(neuron), m.centres(0), m.centres(1)
	peak := float32(0)
	for _, v := range mask {
		peak = max(peak, v, -v)
	}
	at := func(row, column int) float64 {
		if row < 0 || row >= m.grid[0] || column < 0 || column >= m.grid[1] || peak == 0 {
			return 0
		}
		return float64(mask[row*m.grid[1]+column] / peak)
	}
	place := func(pixel int, c centres) (int, float64) {
		p := (float64(pixel) - c.first) / c.step
		return int(math.Floor(p)), p - math.Floor(p)
	}
	out := make([]float32, 0, m.model.Shape.Height*m.model.Shape.Width)
	for y := range m.model.Shape.Height {
		row, below := place(y, rows)
		for x := range m.model.Shape.Width {
			column, right := place(x, columns)
			out = append(out, float32((1-below)*((1-right)*at(row, column)+right*at(row, column+1))+below*((1-right)*at(row+1, column)+right*at(row+1, column+1))))
		}
	}
	return out
}

// centres gives the pixels on which positions of the maps are centred along one axis: first, first + step, and so on.
type centres struct{ first, step float64 }

func (m *member) centres(axis int) centres {
	if l, ok := m.model.Core.(core.Local); ok {
		g := l.Geometry()
		return centres{float64(g.Field-1)/2 - float64(g.Low[axis]), float64(g.Stride)}
	}
	pixels := [2]int{m.model.Shape.Height, m.model.Shape.Width}
	step := float64(pixels[axis]) / float64(m.grid[axis])
	return centres{(step - 1) / 2, step}
}

// mean is the mean of what the members compute, one node of equal shape each.
func mean(each []*Node) *Node {
	if len(each) == 1 {
		return each[0]
	}
	sum := each[0]
	for _, x := range each[1:] {
		sum = Add(sum, x)
	}
	return DivScalar(sum, float64(len(each)))
}
