package ops

import "github.com/gomlx/gomlx/core/graph"

// WithGradient builds apply(inputs) with the gradient pullback(v), where v is the gradient of the loss by the result. pullback returns one node for
// each input, of that input's shape; nil means no gradient. The derived gradient of apply is not used.
//
// GoMLX accumulates gradients from the loss backwards, so v is complete before the gradient by any input is needed.
func WithGradient(inputs []*graph.Node, apply func(inputs []*graph.Node) *graph.Node, pullback func(v *graph.Node) []*graph.Node) *graph.Node {
	var pulled []*graph.Node
	marked := make([]*graph.Node, len(inputs))
	for i, x := range inputs {
		marked[i] = graph.IdentityWithCustomGradient(x, func(x, _ *graph.Node) *graph.Node {
			if pulled[i] == nil {
				return graph.ZerosLike(x)
			}
			return pulled[i]
		})
	}
	return graph.IdentityWithCustomGradient(apply(marked), func(_, v *graph.Node) *graph.Node {
		pulled = pullback(v)
		return v
	})
}

// WithGradientOf is WithGradient for one input.
func WithGradientOf(x *graph.Node, apply, pullback func(*graph.Node) *graph.Node) *graph.Node {
	return WithGradient([]*graph.Node{x},
		func(inputs []*graph.Node) *graph.Node { return apply(inputs[0]) },
		func(v *graph.Node) []*graph.Node { return []*graph.Node{pullback(v)} })
}
