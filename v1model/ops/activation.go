package ops

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
)

// Activations lists the names that Activate accepts.
var Activations = []string{"softplus", "relu", "elu", "none"}

// Activate passes x through the named activation. It panics with an error on an unknown name, as graph-building functions do.
func Activate(name string, x *graph.Node) *graph.Node {
	switch name {
	case "softplus":
		return Softplus(x)
	case "relu":
		return ReLU(x)
	case "elu":
		return ELU(x)
	case "none":
		return x
	}
	panic(fmt.Errorf("activation: %q, accepted: %s", name, strings.Join(Activations, ", ")))
}

// ReLU is x where positive, 0 elsewhere; its gradient at 0 is 0.
func ReLU(x *graph.Node) *graph.Node {
	zero := graph.ZerosLike(x)
	return graph.Where(graph.GreaterThan(x, zero), x, zero)
}

// ELU is x where not negative, exp(x) - 1 elsewhere. The exponential sees the negative side alone, so its gradient can't overflow.
func ELU(x *graph.Node) *graph.Node {
	zero := graph.ZerosLike(x)
	return graph.Where(graph.GreaterOrEqual(x, zero), x, graph.AddScalar(graph.Exp(graph.Min(x, zero)), -1))
}
