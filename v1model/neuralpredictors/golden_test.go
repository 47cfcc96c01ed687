package neuralpredictors_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/golden"
	"v1lab/v1model/neuralpredictors"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/torchfile"
	"v1lab/v1model/weights"
)

// twins holds published checkpoints and what the authors' PyTorch code answers; it may lie beside a checkout.
const twins = "../../../shared/golden/twin"

// near compares with the tolerance 1e-5 + 1e-5 |want|.
func near(t *testing.T, name string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", name, len(got), len(want))
		return
	}
	worst, at := 0.0, 0
	for i, w := range want {
		d := math.Abs(float64(got[i])-float64(w)) / (1e-5 + 1e-5*math.Abs(float64(w)))
		if !(d <= worst) {
			worst, at = d, i
		}
	}
	t.Logf("%s: %d values, at most %.2f of the tolerance", name, len(want), worst)
	if !(worst <= 1) {
		t.Errorf("%s: value %d is %g, want %g, off by %.2f tolerances", name, at, got[at], want[at], worst)
	}
}

// channelsLast turns [n, channels, height, width] to [n, height, width, channels].
func channelsLast(a array.Array) array.Array {
	n, c, h, w := a.Shape[0], a.Shape[1], a.Shape[2], a.Shape[3]
	from, to := a.Data.([]float32), make([]float32, a.Len())
	for i := range n {
		for k := range c {
			for p := range h * w {
				to[(i*h*w+p)*c+k] = from[(i*c+k)*h*w+p]
			}
		}
	}
	return array.New(to, n, h, w, c)
}

// Published models of 7776 and 7538 neurons answer as PyTorch did: every layer, positions, rates of all neurons, with the shifts of their own and others
// that lead out of the maps, and gradients by image and pupil.
func TestPublishedTwins(t *testing.T) {
	if testing.Short() {
		t.Skip("two models of thousands of neurons")
	}
	if _, err := os.Stat(twins); err != nil {
		t.Skip("no published twins beside the checkout")
	}
	for _, name := range []string{"sensorium_sota_model", "sensorium_p_sota_model"} {
		t.Run(name, func(t *testing.T) { comparePublished(t, name) })
	}
}

func comparePublished(t *testing.T, name string) {
	file, err := torchfile.Open(filepath.Join(twins, name, name+".pth"))
	if err != nil {
		t.Fatal(err)
	}
	twin, err := neuralpredictors.Read(file, "")
	if err != nil {
		t.Fatal(err)
	}
	config := configOf(t, twin)
	run := filepath.Join(t.TempDir(), "run")
	record := runfolder.Dataset{}
	record.Shape.Height, record.Shape.Width, record.Shape.Channels = 36, 64, 1
	if err := twin.Import(config, record, nil, "", run); err != nil {
		t.Fatal(err)
	}
	folder, err := runfolder.Open(run)
	if err != nil {
		t.Fatal(err)
	}
	m, w, err := folder.Fitted()
	if err != nil {
		t.Fatal(err)
	}
	want := golden.Open(t, filepath.Join(twins, name, "expected.npz"))
	inputs := []array.Array{channelsLast(want.Float32("images")), want.Float32("probe_shift")}
	behaves := m.Behaves()
	if behaves { // pupil dilation, its change, running speed, pupil across, pupil down
		b, p := want.Float32("behavior").Data.([]float32), want.Float32("pupil_center").Data.([]float32)
		var rows []float32
		for i := range 24 {
			rows = append(append(rows, b[3*i:3*i+3]...), p[2*i:2*i+2]...)
		}
		inputs = append(inputs, array.New(rows, 24, 5))
	}
	got := golden.Run(t, pjrttest.Backend(t), w, inputs, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		var at *graph.Node
		if behaves {
			at = in[2]
		}
		f := m.ForwardAt(w, in[0], at, false)
		four := graph.SliceAxis(f.Core.ByPlace(), 2, graph.AxisRange(0, 4))
		probe := readout.ApplyMoved(m.Readout, w, four, in[1], false)
		first := graph.Slice(f.Rates(), graph.AxisElem(0), graph.AxisElem(0))
		out := map[string]*graph.Node{
			"rates":             f.Rates(),
			"core_output_2":     graph.Slice(f.Core.Maps, graph.AxisRange(0, 2)),
			"rates_probe_shift": m.Objective.Rate(graph.Add(probe.Drive, graph.ExpandAxes(w.Get(readout.Biases), 0))),
			"grad":              graph.Slice(graph.Gradient(graph.ReduceAllSum(first), in[0])[0], graph.AxisElem(0)),
		}
		for i, layer := range f.Core.Layers {
			out[layerName(i)] = graph.Slice(layer, graph.AxisElem(0))
		}
		if behaves {
			out["shift"] = m.Config.Shifter.Shift(w, graph.Slice(at, graph.AxisRange(), graph.AxisRange(3)))
			out["grad_behaviour"] = graph.Slice(graph.Gradient(graph.ReduceAllSum(first), at)[0], graph.AxisElem(0))
		}
		return out
	})
	near(t, "rates", got["rates"], want.Float32("rates").Data.([]float32))
	near(t, "rates at probe shifts", got["rates_probe_shift"], want.Float32("rates_probe_shift").Data.([]float32))
	near(t, "core", got["core_output_2"], channelsLast(want.Float32("core_output_2")).Data.([]float32))
	for i := range config.Core.Layers() {
		near(t, layerName(i), got[layerName(i)], channelsLast(want.Float32(layerName(i))).Data.([]float32))
	}
	gradient := want.Float32("grad_input_neuron0_image0").Data.([]float32)
	near(t, "gradient by the image", got["grad"], gradient[:36*64])
	if behaves {
		near(t, "shift", got["shift"], want.Float32("shift").Data.([]float32))
		near(t, "gradient by the pupil", got["grad_behaviour"][3:], want.Float32("grad_pupil_neuron0_image0").Data.([]float32))
		var sums [3]float64 // a channel is constant: its gradient is the sum over pixels
		for i, v := range gradient[36*64:] {
			sums[i/(36*64)] += float64(v)
		}
		near(t, "gradient by behaviour", got["grad_behaviour"][:3], []float32{float32(sums[0]), float32(sums[1]), float32(sums[2])})
	}
	// Positions, from pixels of the 28x56 maps back to -1 to 1.
	positions := m.Readout.(readout.Positioner).Positions(w).Data.([]float32)
	for i := range positions {
		positions[i] = positions[i]*2/float32([]int{56, 28}[i%2]-1) - 1
	}
	near(t, "positions", positions, want.Float32("mu").Data.([]float32))
}

func layerName(i int) string { return "layer" + string(rune('0'+i)) + "_image0" }
