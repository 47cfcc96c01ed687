package readout_test

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/loss"
	"v1lab/v1model/readout"
	"v1lab/v1model/readout/readouttest"
	"v1lab/v1model/weights"
)

const batch, height, width, channels, neurons = 2, 3, 4, 2, 3

func newReadout(t testing.TB, c readout.Config) readout.Readout {
	t.Helper()
	return sized(t, c, height, width, channels, neurons)
}

func sized(t testing.TB, c readout.Config, height, width, channels, neurons int) readout.Readout {
	t.Helper()
	r, err := readout.New(c, readout.Size{Height: height, Width: width, Channels: channels, Neurons: neurons})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func compile(t testing.TB, r readout.Readout, inputs [][]int, build func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node) *readouttest.Program {
	t.Helper()
	return readouttest.Compile(t, pjrttest.Backend(t), r.Specs(), inputs, build)
}

func far(r readout.Readout, seed uint64) readouttest.Vars {
	return readouttest.Far(r.Specs(), weights.Init(r.Specs(), seed), seed)
}

var normal = readouttest.Normal

// startFrom replaces start values that depend on data.
func startFrom(t testing.TB, r readout.Readout, values weights.Values, data *datasets.Dataset, seed uint64) {
	t.Helper()
	if err := r.(readout.Starter).Start(values, data, seed); err != nil {
		t.Fatal(err)
	}
}

// withBiases lists a readout's variables and the biases of so many neurons.
func withBiases(r readout.Readout, neurons int) []weights.Spec {
	return append(r.Specs(), readout.BiasSpec(neurons))
}

var poisson = func() loss.Loss {
	l, err := loss.Find(loss.Poisson, "")
	if err != nil {
		panic(err)
	}
	return l
}()

// startBiases starts the biases as a fit with the Poisson loss does. It returns the silent neurons.
func startBiases(values weights.Values, data *datasets.Dataset) []int {
	biases, silent := poisson.Biases(data.Train.Responses.Means())
	values[readout.Biases] = array.New(biases)
	return silent
}

// rates are what a model with the Poisson loss makes of a drive.
func rates(w weights.Nodes, out readout.Output) *graph.Node {
	return poisson.Rate(graph.Add(out.Drive, graph.ExpandAxes(w.Get(readout.Biases), 0)))
}

// placesFirst turns maps [batch, height, width, channels] into the layout that readouts take.
func placesFirst(maps *graph.Node) *graph.Node { return graph.TransposeAllAxes(maps, 1, 2, 0, 3) }
