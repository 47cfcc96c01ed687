package readout_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Neurons computed some at a time are driven as they are together.
func TestChunksHaveTheSameDrive(t *testing.T) {
	maps := normal(1, "maps", batch*height*width*channels)
	drive := func(chunk int) []float64 {
		r := newReadout(t, readout.Config{Kind: readout.JointL1, Chunk: chunk})
		p := compile(t, r, [][]int{{batch, height, width, channels}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			out := r.Apply(w, placesFirst(in[0]), true)
			if whole := chunk == 0 || chunk >= neurons; whole != (out.Pooled != nil) {
				t.Errorf("chunks of %d: masked maps of all neurons: %v", chunk, out.Pooled)
			}
			return map[string]*graph.Node{"drive": out.Drive}
		})
		return p.Run(far(r, 1), maps)["drive"]
	}
	want := drive(0)
	for _, chunk := range []int{1, 2, neurons, neurons + 1} {
		for i, got := range drive(chunk) {
			if math.Abs(got-want[i]) > 1e-12*(1+math.Abs(want[i])) {
				t.Errorf("chunks of %d: drive %d is %g, want %g", chunk, i, got, want[i])
			}
		}
	}
}
