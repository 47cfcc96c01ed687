package loss_test

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/kinds"
	"v1lab/v1model/loss"
)

func init() {
	loss.Register(kinds.About{Name: "cauchy", Summary: "log(1 + (rate - r)^2), rate = drive + bias; for responses of any sign with outliers"}, loss.Loss{
		Name: "Cauchy", Unit: "nats", Signed: true,
		Rate: func(x *graph.Node) *graph.Node { return x },
		Terms: func(rates, responses *graph.Node) *graph.Node {
			return graph.Log1P(graph.Square(graph.Sub(rates, responses)))
		},
		Term: func(rate, response float64) float64 {
			return math.Log1p((rate - response) * (rate - response))
		},
		Bias: func(mean float64) (bias float64, low bool) {
			if math.IsNaN(mean) { // never recorded
				return 0, true
			}
			return mean, false
		},
	})
}

// A loss of one's own: its link and its formula, in the graph and on the host. TestGraphAndHostAgree compares the two forms of every kind.
func ExampleRegister() {
	for _, about := range loss.All() {
		fmt.Printf("%s: %s\n", about.Name, about.Summary)
	}
	// Output:
	// cauchy: log(1 + (rate - r)^2), rate = drive + bias; for responses of any sign with outliers
	// gaussian: (rate - r)^2 / 2, rate = drive + bias; for responses of any sign
	// poisson: rate - r log(rate + 1e-5), rate = softplus(drive + bias); for responses from 0; the paper's (Ecker et al., ICLR 2019, section 3)
}
