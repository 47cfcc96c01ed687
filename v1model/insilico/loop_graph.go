package insilico

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// loop repeats body on the device while goesOn is true, and returns the last state. Both functions read the constants and leave them unchanged.
//
// It works around limits of GoMLX v0.28.2 with go-xla v0.4.1. Closures can't use values of the function around them, so all that they need passes
// through the loop's state. Each scalar constant, and each kind of reduction, such as sums of float32, is created once per program and belongs to
// the function that used it first. So goesOn and the code around the loop must not use a constant or reduction that body uses.
func loop(constants, state []*Node, goesOn func(constants, state []*Node) *Node, body func(constants, state []*Node) []*Node) []*Node {
	all := append(append([]*Node{}, constants...), state...)
	parameters := func(g *Graph) (same, changing []*Node) {
		nodes := make([]*Node, len(all))
		for i, n := range all {
			nodes[i] = Parameter(g, fmt.Sprintf("loop%d", i), n.Shape())
		}
		return nodes[:len(constants):len(constants)], nodes[len(constants):]
	}
	condition := NewClosure(all[0].Graph(), func(g *Graph) []*Node { return []*Node{goesOn(parameters(g))} })
	round := NewClosure(all[0].Graph(), func(g *Graph) []*Node {
		same, state := parameters(g)
		return append(same, body(same, state)...)
	})
	return While(condition, round, all...)[len(constants):]
}
