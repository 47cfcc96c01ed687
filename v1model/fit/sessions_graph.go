package fit

import (
	"maps"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// place is where the neurons of the session of a batch are. It is empty for one session.
type place struct {
	session *Node // scalar int32
	start   *Node // scalar int32, first neuron of the window
	own     *Node // [window] bool, the neurons of the session
}

// at returns the place of a session, a scalar int32.
func (s *sessions) at(session *Node) place {
	g := session.Graph()
	pick := func(of []int32) *Node { return element(Const(g, of), session) }
	shift := pick(s.shift)
	n := Iota(g, shapes.Make(dtypes.Int32, s.window), 0)
	return place{session, pick(s.start), And(GreaterOrEqual(n, shift), LessThan(n, Add(shift, pick(s.neurons))))}
}

// element is x[index], a scalar.
func element(x, index *Node) *Node { return Reshape(DynamicSlice(x, []*Node{index}, []int{1})) }

// ofBatch returns the place of the session whose image is at a position of the order.
func (s *sessions) ofBatch(e epochOrder, position *Node) place {
	if s == nil {
		return place{}
	}
	return s.at(element(e.rowSession, element(e.order, position)))
}

// enter returns variables in which those of neurons are the windows, and those of sessions that of the session. For one session it returns w.
func (s *sessions) enter(w weights.Nodes, at place) weights.Nodes {
	if s == nil {
		return w
	}
	inside := maps.Clone(w)
	for _, v := range s.spanned {
		if x, ok := w[v.Name]; ok {
			size := x.Shape().Clone().Dimensions
			size[v.Axis] = s.window
			if v.Sessions {
				size[v.Axis] = 1
			}
			inside[v.Name] = DynamicSlice(x, starts(v, x, at), size)
		}
	}
	return inside
}

// leave is the inverse of enter, for variables that have changed: the session's own neurons take theirs from next, all others keep those of w.
func (s *sessions) leave(w, entered, next weights.Nodes, at place) weights.Nodes {
	if s == nil {
		return next
	}
	whole := maps.Clone(next)
	for _, v := range s.spanned {
		x, ok := next[v.Name]
		if !ok {
			continue
		}
		if x == entered[v.Name] { // unchanged
			whole[v.Name] = w[v.Name]
			continue
		}
		if !v.Sessions {
			x = Where(along(v, at.own, x), x, entered[v.Name])
		}
		whole[v.Name] = DynamicUpdateSlice(w[v.Name], x, starts(v, x, at))
	}
	return whole
}

// own returns entered variables in which those of other sessions' neurons are zero, so that penalties leave them out.
func (s *sessions) own(entered weights.Nodes, at place) weights.Nodes {
	if s == nil {
		return entered
	}
	own := maps.Clone(entered)
	for _, v := range s.spanned {
		if x, ok := entered[v.Name]; ok && !v.Sessions {
			own[v.Name] = Where(along(v, at.own, x), x, ZerosLike(x))
		}
	}
	return own
}

// starts is the first index of the window, or that of the session, along each axis of a variable.
func starts(v weights.Span, x *Node, at place) []*Node {
	first := make([]*Node, x.Rank())
	for i := range first {
		first[i] = Const(x.Graph(), int32(0))
	}
	first[v.Axis] = at.start
	if v.Sessions {
		first[v.Axis] = at.session
	}
	return first
}

// along broadcasts own, [window], to the shape of a variable's window.
func along(v weights.Span, own, x *Node) *Node {
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[v.Axis] = own.Shape().Dim(0)
	return BroadcastToDims(Reshape(own, dims...), x.Shape().Dimensions...)
}

// validation builds the summed loss of rows start ... start+size-1 of the validation part, of which those from end on are left out. They are of
// one session.
func (s *sessions) validation(m *v1model.Model, w weights.Nodes, start, end, session *Node, in batchSource, size int) *Node {
	row := Add(Iota(start.Graph(), shapes.Make(dtypes.Int32, size), 0), start)
	index := Min(row, SubScalar(end, 1))
	rates := in.forward(s.part, s.enter(w, s.at(session)), index, false).Rates()
	loss := ReduceSum(m.Objective.MaskedTerms(rates, gatherRows(in.responses, index)), 1)
	return ReduceAllSum(Where(LessThan(row, end), loss, ZerosLike(loss)))
}
