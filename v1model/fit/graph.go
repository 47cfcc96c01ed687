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

// stateSpecs lists the variables of a training step: the model's, the optimiser's and the averages.
func stateSpecs(m *v1model.Model) []weights.Spec {
	specs := m.Specs()
	for _, s := range m.Specs() {
		if s.Trainable {
			specs = append(specs,
				weights.Spec{Name: s.Name + firstMoment, Shape: s.Shape, Init: weights.Constant(0), Sessions: s.Sessions},
				weights.Spec{Name: s.Name + secondMoment, Shape: s.Shape, Init: weights.Constant(0), Sessions: s.Sessions})
		}
	}
	specs = append(specs,
		weights.Spec{Name: beta1Power, Shape: []int{}, Init: weights.Constant(beta1)},
		weights.Spec{Name: beta2Power, Shape: []int{}, Init: weights.Constant(beta2)})
	return append(specs, averageSpecs(m)...)
}

// sumSpecs lists the sums over micro-batches: loss, penalty, and the gradient of each trainable variable.
func sumSpecs(m *v1model.Model) []weights.Spec {
	specs := []weights.Spec{{Name: "loss", Shape: []int{}}, {Name: "penalty", Shape: []int{}}}
	for _, s := range m.Specs() {
		if s.Trainable {
			specs = append(specs, weights.Spec{Name: s.Name, Shape: s.Shape})
		}
	}
	return specs
}

// lossTable holds the losses of each step since the last validation.
type lossTable struct {
	row    *Node // scalar int32, the next row
	losses *Node // [validate_every, 2], loss and penalty
}

// batchSource holds the arrays that a micro-batch is selected from. covariates are nil for a model of images alone.
type batchSource struct{ images, responses, covariates *Node }

// newBatchSource names the nodes of the arrays of a part.
func newBatchSource(arrays []*Node) batchSource {
	s := batchSource{images: arrays[0], responses: arrays[1]}
	if len(arrays) > 2 {
		s.covariates = arrays[2]
	}
	return s
}

// forward builds the model's output for images and covariates by index [n].
func (s batchSource) forward(m *v1model.Model, w weights.Nodes, index *Node, training bool) v1model.Forward {
	var covariates *Node
	if s.covariates != nil {
		covariates = gatherRows(s.covariates, index)
	}
	return m.ForwardAt(w, gatherRows(s.images, index), covariates, training)
}

// epochOrder says which images a micro-batch has. rows [images] int32 are 0, 1, 2, ...; they are an argument so that they can be divided among devices.
// order [steps per epoch * batch] int32 holds the epoch's images. rowSession [images] int32 is the session of each training image, nil for one session.
type epochOrder struct{ rows, order, rowSession *Node }

// forwardBackward builds the forward and backward pass over the images from a position on. It returns the mean loss, the penalty and the gradients, in
// the order of sumSpecs, and the new values of variables that are not trained: the moving averages of batch normalisation, and the state of the random
// generator. Of several sessions, m and w are those of the batch's session, which is at a place. strengths are those of m's penalties.
func forwardBackward(m *v1model.Model, several *sessions, at place, w weights.Nodes, strengths, position *Node, e epochOrder, s batchSource) (sums []*Node, updates weights.Nodes) {
	index := gatherRows(e.order, Add(e.rows, position))
	forward := s.forward(m, w, index, true)
	loss := m.Loss(several.own(w, at).WithStrengths(m.PenaltyStrengths(), strengths), forward, gatherRows(s.responses, index))
	var trained []*Node
	for _, s := range sumSpecs(m)[2:] {
		trained = append(trained, w.Get(s.Name))
	}
	updates = maps.Clone(forward.Core.Updates)
	maps.Copy(updates, forward.Readout.Updates)
	return append([]*Node{loss.Data, loss.Penalty}, Gradient(loss.Total, trained...)...), updates
}

// update builds the optimiser's step along the gradients in means, which are in the order of sumSpecs,
//
//	w' = w - rate sqrt(1 - beta2^t)/(1 - beta1^t) m'/(sqrt(v') + epsilon)
//
// where the rate of a core that another run began is multiplied by fit.core_rate, and records the losses in the table. Variables that are not trained stay unchanged.
func update(m *v1model.Model, w weights.Nodes, t lossTable, rate *Node, means []*Node) (weights.Nodes, lossTable) {
	next := maps.Clone(w)
	power1, power2 := w.Get(beta1Power), w.Get(beta2Power)
	size, shares := Div(Mul(rate, Sqrt(OneMinus(power2))), OneMinus(power1)), coreShares(m)
	for i, s := range sumSpecs(m)[2:] {
		name, gradient := s.Name, means[2+i]
		m1 := Add(MulScalar(w.Get(name+firstMoment), beta1), MulScalar(gradient, 1-beta1))
		m2 := Add(MulScalar(w.Get(name+secondMoment), beta2), MulScalar(Square(gradient), 1-beta2))
		next[name+firstMoment], next[name+secondMoment] = m1, m2
		own := size
		if share, ok := shares[name]; ok {
			own = MulScalar(size, share)
		}
		next[name] = Sub(w.Get(name), Mul(own, Div(m1, AddScalar(Sqrt(m2), adamEpsilon))))
	}
	next[beta1Power], next[beta2Power] = MulScalar(power1, beta1), MulScalar(power2, beta2)
	if r, ok := m.Readout.(readout.Constrainer); ok {
		r.Constrain(next)
	}
	average(m, next)

	here := Equal(Iota(rate.Graph(), shapes.Make(dtypes.Int32, t.losses.Shape().Dimensions...), 0), t.row)
	entry := Reshape(Stack(means[:2], 0), 1, 2)
	t.losses = Where(here, BroadcastToShape(entry, t.losses.Shape()), t.losses)
	t.row = AddScalar(t.row, 1)
	return next, t
}

// gatherRows selects rows of x by index [n].
func gatherRows(x, index *Node) *Node { return Gather(x, ExpandAxes(index, -1)) }

// validation builds the summed loss of rows start ... start+size-1 of the validation part. Rows from end on are left out; nil is the end of the part.
func validation(m *v1model.Model, w weights.Nodes, start, end *Node, s batchSource, size int) *Node {
	if end == nil {
		end = Const(start.Graph(), int32(s.images.Shape().Dim(0)))
	}
	row := Add(Iota(start.Graph(), shapes.Make(dtypes.Int32, size), 0), start)
	index := Min(row, SubScalar(end, 1))
	rates := s.forward(m, w, index, false).Rates()
	loss := ReduceSum(m.Objective.MaskedTerms(rates, gatherRows(s.responses, index)), 1)
	return ReduceAllSum(Where(LessThan(row, end), loss, ZerosLike(loss)))
}
