package insilico

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// loop repeats body on the device as long as goOn says so, and returns the last state. given is what both see and do not change.
//
// It works around limits of GoMLX v0.28.2 with go-xla v0.4.1: closures can't use values of the function around them, so all that they need goes
// through the loop's state; and scalar constants, and reductions of a kind such as sums of float32, are made once per program and belong to
// the function that asked first. So goOn and what is around the loop must have neither where body has them.
func loop(given, state []*Node, goOn func(given, state []*Node) *Node, body func(given, state []*Node) []*Node) []*Node {
	all := append(append([]*Node{}, given...), state...)
	enter := func(g *Graph) (same, changing []*Node) {
		nodes := make([]*Node, len(all))
		for i, n := range all {
			nodes[i] = Parameter(g, fmt.Sprintf("loop%d", i), n.Shape())
		}
		return nodes[:len(given):len(given)], nodes[len(given):]
	}
	condition := NewClosure(all[0].Graph(), func(g *Graph) []*Node { return []*Node{goOn(enter(g))} })
	round := NewClosure(all[0].Graph(), func(g *Graph) []*Node {
		same, state := enter(g)
		return append(same, body(same, state)...)
	})
	return While(condition, round, all...)[len(given):]
}
