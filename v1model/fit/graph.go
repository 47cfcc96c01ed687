package fit

import (
	"maps"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"v1lab/v1model"
	"v1lab/v1model/readout"
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

// sumSpecs lists what is summed over micro-batches: loss, penalty, and the gradient of each trainable variable.
func sumSpecs(m *v1model.Model) []weights.Spec {
	specs := []weights.Spec{{Name: "loss", Shape: []int{}}, {Name: "penalty", Shape: []int{}}}
	for _, s := range m.Specs() {
		if s.Trainable {
			specs = append(specs, weights.Spec{Name: s.Name, Shape: s.Shape})
		}
	}
	return specs
}

// table keeps the losses of each step since the last validation.
type table struct {
	row    *Node // scalar int32, the next one
	losses *Node // [validate_every, 2], loss and penalty
}

// samples are where a micro-batch comes from. rows [images] int32 are 0, 1, 2 ..., an argument because devices share them out; order
// [steps per epoch * batch] int32 holds the epoch's images.
type samples struct{ rows, order, images, responses *Node }

// pass goes forward and back through the images from a position on. It returns the mean loss, the penalty and the gradients, in the order
// of sumSpecs, and the new values of variables that are not trained, which come from the same forward pass: the moving averages of batch
// normalisation, and the state of noise.
func pass(m *v1model.Model, w weights.Nodes, position *Node, s samples) (sums []*Node, updates weights.Nodes) {
	index := take(s.order, Add(s.rows, position))
	forward := m.Forward(w, take(s.images, index), true)
	loss := m.Loss(w, forward, take(s.responses, index))
	var of []*Node
	for _, s := range sumSpecs(m)[2:] {
		of = append(of, w.Get(s.Name))
	}
	updates = maps.Clone(forward.Core.Updates)
	maps.Copy(updates, forward.Readout.Updates)
	return append([]*Node{loss.Data, loss.Penalty}, Gradient(loss.Total, of...)...), updates
}

// update builds the optimiser's step along the gradients of means, which are in the order of sumSpecs:
//
//	w' = w - rate sqrt(1 - beta2^t)/(1 - beta1^t) m'/(sqrt(v') + epsilon)
//
// and notes the losses. Variables that are not trained stay.
func update(m *v1model.Model, w weights.Nodes, t table, rate *Node, means []*Node) (weights.Nodes, table) {
	next := maps.Clone(w)
	power1, power2 := w.Get(beta1Power), w.Get(beta2Power)
	size := Div(Mul(rate, Sqrt(OneMinus(power2))), OneMinus(power1))
	for i, s := range sumSpecs(m)[2:] {
		name, gradient := s.Name, means[2+i]
		m1 := Add(MulScalar(w.Get(name+firstMoment), beta1), MulScalar(gradient, 1-beta1))
		m2 := Add(MulScalar(w.Get(name+secondMoment), beta2), MulScalar(Square(gradient), 1-beta2))
		next[name+firstMoment], next[name+secondMoment] = m1, m2
		next[name] = Sub(w.Get(name), Mul(size, Div(m1, AddScalar(Sqrt(m2), adamEpsilon))))
	}
	next[beta1Power], next[beta2Power] = MulScalar(power1, beta1), MulScalar(power2, beta2)
	if r, ok := m.Readout.(readout.Constrainer); ok {
		r.Constrain(next)
	}

	here := Equal(Iota(rate.Graph(), shapes.Make(dtypes.Int32, t.losses.Shape().Dimensions...), 0), t.row)
	entry := Reshape(Stack(means[:2], 0), 1, 2)
	t.losses = Where(here, BroadcastToShape(entry, t.losses.Shape()), t.losses)
	t.row = AddScalar(t.row, 1)
	return next, t
}

// take picks rows of x by index [n].
func take(x, index *Node) *Node { return Gather(x, ExpandAxes(index, -1)) }

// validation builds the summed loss of rows start ... start+size-1 of the validation part, rows beyond its end left out.
func validation(m *v1model.Model, w weights.Nodes, start, images, responses *Node, size int) *Node {
	n := images.Shape().Dim(0)
	row := Add(Iota(start.Graph(), shapes.Make(dtypes.Int32, size), 0), start)
	index := Min(row, Const(start.Graph(), int32(n-1)))
	rates := m.Forward(w, take(images, index), false).Rates()
	loss := ReduceSum(m.Objective.MaskedTerms(rates, take(responses, index)), 1)
	return ReduceAllSum(Where(LessThan(row, Const(start.Graph(), int32(n))), loss, ZerosLike(loss)))
}
