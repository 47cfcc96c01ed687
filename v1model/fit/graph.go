package fit

import (
	"maps"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"v1lab/v1model"
	"v1lab/v1model/objective"
	"v1lab/v1model/weights"
)

// Adam's constants, those of the reference.
const (
	beta1       = 0.9
	beta2       = 0.999
	adamEpsilon = 1e-8
)

// Names of the optimiser's variables, the reference's: two moments per trainable variable and the running powers of beta.
const (
	firstMoment  = "/Adam"
	secondMoment = "/Adam_1"
	beta1Power   = "beta1_power"
	beta2Power   = "beta2_power"
)

// stateSpecs lists what a training step changes: the model's variables and the optimiser's.
func stateSpecs(m *v1model.Model) []weights.Spec {
	specs := m.Specs()
	for _, s := range m.Specs() {
		if s.Trainable {
			specs = append(specs,
				weights.Spec{Name: s.Name + firstMoment, Shape: s.Shape, Init: weights.Constant(0)},
				weights.Spec{Name: s.Name + secondMoment, Shape: s.Shape, Init: weights.Constant(0)})
		}
	}
	return append(specs,
		weights.Spec{Name: beta1Power, Shape: []int{}, Init: weights.Constant(beta1)},
		weights.Spec{Name: beta2Power, Shape: []int{}, Init: weights.Constant(beta2)})
}

// cursor is where the sampler stands, on the device: the next image in the epoch's order, the next row of the loss table.
type cursor struct {
	position *Node // scalar int32
	row      *Node // scalar int32
	losses   *Node // [validate_every, 2], Poisson loss and penalty of each step since the last validation
}

// step builds one training step. order [steps per epoch * batch] int32 holds the epoch's images.
//
//	w' = w - rate sqrt(1 - beta2^t)/(1 - beta1^t) m'/(sqrt(v') + epsilon)
//
// All new values come from the same forward pass, the moving averages of batch normalisation too.
func step(m *v1model.Model, w weights.Nodes, c cursor, order, rate, images, responses *Node) (weights.Nodes, cursor) {
	g := order.Graph()
	batch := take(order, Add(Iota(g, shapes.Make(dtypes.Int32, m.Config.Fit.Batch), 0), c.position))
	forward := m.Forward(w, take(images, batch), true)
	loss := m.Loss(w, forward, take(responses, batch))

	next := weights.Nodes{}
	var of []*Node
	var names []string
	for _, s := range m.Specs() {
		if s.Trainable {
			of, names = append(of, w.Get(s.Name)), append(names, s.Name)
		}
	}
	power1, power2 := w.Get(beta1Power), w.Get(beta2Power)
	size := Div(Mul(rate, Sqrt(OneMinus(power2))), OneMinus(power1))
	for i, gradient := range Gradient(loss.Total, of...) {
		name := names[i]
		m1 := Add(MulScalar(w.Get(name+firstMoment), beta1), MulScalar(gradient, 1-beta1))
		m2 := Add(MulScalar(w.Get(name+secondMoment), beta2), MulScalar(Square(gradient), 1-beta2))
		next[name+firstMoment], next[name+secondMoment] = m1, m2
		next[name] = Sub(of[i], Mul(size, Div(m1, AddScalar(Sqrt(m2), adamEpsilon))))
	}
	next[beta1Power], next[beta2Power] = MulScalar(power1, beta1), MulScalar(power2, beta2)
	maps.Copy(next, forward.Core.Updates)
	maps.Copy(next, forward.Readout.Updates)
	m.Readout.Constrain(next)

	here := Equal(Iota(g, shapes.Make(dtypes.Int32, c.losses.Shape().Dimensions...), 0), c.row)
	entry := Reshape(Stack([]*Node{loss.Poisson, loss.Penalty}, 0), 1, 2)
	c.losses = Where(here, BroadcastToShape(entry, c.losses.Shape()), c.losses)
	c.position = AddScalar(c.position, m.Config.Fit.Batch)
	c.row = AddScalar(c.row, 1)
	return next, c
}

// take picks rows of x by index [n].
func take(x, index *Node) *Node { return Gather(x, ExpandAxes(index, -1)) }

// validation builds the summed Poisson loss of rows start ... start+size-1 of the validation part, rows beyond its end left out.
func validation(m *v1model.Model, w weights.Nodes, start, images, responses *Node, size int) *Node {
	n := images.Shape().Dim(0)
	row := Add(Iota(start.Graph(), shapes.Make(dtypes.Int32, size), 0), start)
	index := Min(row, Const(start.Graph(), int32(n-1)))
	rates := m.Forward(w, take(images, index), false).Rates()
	loss := ReduceSum(objective.PoissonTerms(rates, take(responses, index)), 1)
	return ReduceAllSum(Where(LessThan(row, Const(start.Graph(), int32(n))), loss, ZerosLike(loss)))
}
