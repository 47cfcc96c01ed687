package readout_test

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/kinds"
	"v1lab/v1model/readout"
	"v1lab/v1model/readout/readouttest"
	"v1lab/v1model/weights"
)

func init() {
	readout.Register(kinds.About{
		Name:    "grouped_l1",
		Summary: "s sum_n (sum |m_n|) (sum_f ||w_nf||), over features f, each with all its orientations; s = sparsity",
	}, readout.Kind{
		Options: []string{"orientations"},
		New: func(c readout.Config, size readout.Size) (readout.Readout, error) {
			orientations := int(c.Option("orientations", 8))
			if orientations < 1 || size.Channels%orientations != 0 {
				return nil, fmt.Errorf("readout.options.orientations: %d; accepted: the value of core.rotations, which divides the %d feature maps", orientations, size.Channels)
			}
			return grouped{readout.NewMasked(c, size), orientations}, nil
		},
	})
}

// grouped has masks and feature weights like every readout with masks, and a penalty of its own: few features, in any orientations.
type grouped struct {
	readout.Masked
	orientations int
}

func (r grouped) Penalties(w weights.Nodes) []readout.Term {
	byFeature := graph.Reshape(r.FeatureWeights(w), r.Size.Neurons, r.orientations, -1)
	features := graph.ReduceSum(readout.Norms(graph.Transpose(byFeature, 1, 2)), -1) // sum_f ||w_nf||, [neurons]
	penalty := graph.ReduceAllSum(graph.Mul(r.MaskSums(w), features))
	return []readout.Term{r.Config.Term(w, "sparsity", penalty)}
}

// A kind of one's own: the penalty in a few lines, the rest from Masked.
func ExampleRegister() {
	config := readout.Config{Kind: "grouped_l1", Sparsity: 0.01, Options: map[string]float64{"orientations": 4}}
	r, err := readout.New(config, readout.Size{Height: 24, Width: 24, Channels: 4 * 16, Neurons: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range r.Specs() {
		fmt.Println(s.Name, s.Shape)
	}
	config.Options["rings"] = 2
	fmt.Println(config.Validate())
	// Output:
	// readout/masks [3 24 24]
	// readout/feature_weights [3 64]
	// readout.options: found "rings"; accepted: orientations
}

// What a new kind's test can be: its gradients, its start values, and that cell types and receptive fields see what it computes.
func TestGroupedL1(t *testing.T) {
	readouttest.Check(t, pjrttest.Backend(t), readout.Config{Kind: "grouped_l1", Sparsity: 0.3, Options: map[string]float64{"orientations": 2}})
}
