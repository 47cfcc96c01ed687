package fit

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// averagePower is the variable with the running power of fit.average.
const averagePower = "average_power"

// averaged lists the variables whose averages are kept, if fit.average is set: those that are trained, and the moving statistics of batch normalisation,
// which belong to the weights they were measured with.
func averaged(m *v1model.Model) []weights.Spec {
	if m.Config.Fit.Average == 0 {
		return nil
	}
	var specs []weights.Spec
	core := len(m.Core.Specs())
	for i, s := range m.Specs() {
		if s.Trainable || i < core && i >= numFrozen(m) {
			specs = append(specs, s)
		}
	}
	return specs
}

// averageSpecs lists the variables of the averages.
func averageSpecs(m *v1model.Model) []weights.Spec {
	var specs []weights.Spec
	for _, s := range averaged(m) {
		specs = append(specs, weights.Spec{Name: weights.AverageOf(s.Name), Shape: s.Shape, Init: weights.Constant(0), Sessions: s.Sessions})
	}
	if specs == nil {
		return nil
	}
	return append(specs, weights.Spec{Name: averagePower, Shape: []int{}, Init: weights.Constant(1)})
}

// average builds the step of the averages, of decay d = fit.average. After step t, with the new weights w, the average is
//
//	a' = a + (1 - d)/(1 - d^t) (w - a)
//
// the mean of the weights after steps 1 ... t, in which step i counts d^(t-i).
func average(m *v1model.Model, next weights.Nodes) {
	d := m.Config.Fit.Average
	if d == 0 {
		return
	}
	power := MulScalar(next.Get(averagePower), d)
	share := MulScalar(Inverse(OneMinus(power)), 1-d)
	for _, s := range averaged(m) {
		a := next.Get(weights.AverageOf(s.Name))
		next[weights.AverageOf(s.Name)] = Add(a, Mul(share, Sub(next.Get(s.Name), a)))
	}
	next[averagePower] = power
}
