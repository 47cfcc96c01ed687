package readouttest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Of the maps that Check makes.
const batch, height, width, channels, neurons = 2, 3, 4, 2, 3

// Check builds a readout and reports whatever breaks a promise of readout.Readout:
//
//   - variables are named readout/..., and start at finite values of their shape, from data too;
//   - the gradient of drive and penalties by every variable that is trained, and by the maps, equals finite differences in float64;
//   - masks and feature weights, as Effective returns them, give the drive that Apply computes after training.
//
// hidden names gradients that the kind withholds on purpose, a variable's or "maps". A kind whose penalty has a kink at 0 passes: values are
// drawn far from there.
func Check(t testing.TB, backend compute.Backend, c readout.Config, hidden ...string) {
	t.Helper()
	r, err := readout.New(c, readout.Size{Height: height, Width: width, Channels: channels, Neurons: neurons})
	if err != nil {
		t.Fatal(err)
	}
	w := Far(r.Specs(), start(t, r), 1)
	checkGradients(t, backend, r, w, hidden)
	checkEffective(t, backend, r, w)
}

// start draws start values and lets the readout replace those that depend on data.
func start(t testing.TB, r readout.Readout) weights.Values {
	t.Helper()
	for _, s := range r.Specs() {
		if !strings.HasPrefix(s.Name, "readout/") || s.Name == readout.Biases {
			t.Errorf("variable %q; want a name that begins with readout/ and is not that of the biases", s.Name)
		}
	}
	values := weights.Init(r.Specs(), 1)
	if s, ok := r.(readout.Starter); ok {
		if err := s.Start(values, recording(), 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := values.Check(r.Specs()); err != nil {
		t.Fatal(err) // nothing can be computed from values of other shapes
	}
	for _, s := range r.Specs() {
		for i, v := range values.Float32(s.Name) {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Errorf("%s[%d] starts at %v", s.Name, i, v)
			}
		}
	}
	return values
}

// recording is of neurons on a curve, in images of the maps' size.
func recording() *datasets.Dataset {
	const n = 20
	d := &datasets.Dataset{Train: datasets.Part{
		Images:    datasets.Images{N: n, Height: height, Width: width, Channels: 1, Pixels: narrow(Normal(1, "pixels", n*height*width))},
		Responses: datasets.Responses{N: n, Neurons: neurons, Values: narrow(Normal(1, "responses", n*neurons))}}}
	for i := range neurons {
		d.Neurons = append(d.Neurons, datasets.Neuron{X: float64(i) - 2, Y: float64(i*i) / 4})
	}
	return d
}

func checkGradients(t testing.TB, backend compute.Backend, r readout.Readout, w Vars, hidden []string) {
	t.Helper()
	names, values := []string{"maps"}, Vars{"maps": Normal(1, "maps", height*width*batch*channels)}
	for _, s := range r.Specs() {
		if s.Trainable {
			names, values[s.Name] = append(names, s.Name), w[s.Name]
		}
	}
	p := Compile(t, backend, r.Specs(), [][]int{{height, width, batch, channels}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		drive := r.Apply(w, in[0], true).Drive
		if want := []int{batch, neurons}; !slices.Equal(drive.Shape().Dimensions, want) {
			panic(fmt.Errorf("drive %v, want %v", drive.Shape(), want)) // Run reports it: a graph that is being built cannot be finalised
		}
		sum := graph.Add(graph.ReduceAllSum(graph.Square(drive)), readout.Penalty(r, w))
		of := []*graph.Node{in[0]}
		for _, name := range names[1:] {
			of = append(of, w.Get(name))
		}
		named := map[string]*graph.Node{"sum": sum}
		for i, d := range graph.Gradient(sum, of...) {
			named[names[i]] = d
		}
		return named
	})
	gradients := p.Run(w, values["maps"])
	sum := func() float64 { return p.Run(w, values["maps"])["sum"][0] }
	for _, name := range names {
		if slices.Contains(hidden, name) {
			continue
		}
		const h = 1e-6
		for i, x := 0, values[name]; i < len(x); i++ {
			at := x[i]
			x[i] = at + h
			above := sum()
			x[i] = at - h
			below := sum()
			x[i] = at
			if want := (above - below) / (2 * h); math.Abs(gradients[name][i]-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("gradient by %s[%d] is %g, differences give %g", name, i, gradients[name][i], want)
			}
		}
	}
}

func checkEffective(t testing.TB, backend compute.Backend, r readout.Readout, w Vars) {
	t.Helper()
	maps := Normal(2, "maps", height*width*batch*channels)
	p := Compile(t, backend, r.Specs(), [][]int{{height, width, batch, channels}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		return map[string]*graph.Node{"drive": r.Apply(w, in[0], false).Drive}
	})
	got := p.Run(w, maps)["drive"]
	values := weights.Values{}
	for _, s := range r.Specs() {
		values[s.Name] = array.New(narrow(w[s.Name]), s.Shape...)
	}
	m, f := r.Effective(values)
	if !slices.Equal(m.Shape, []int{neurons, height, width}) || !slices.Equal(f.Shape, []int{neurons, channels}) {
		t.Fatalf("effective masks %v and feature weights %v, want %v and %v", m.Shape, f.Shape, []int{neurons, height, width}, []int{neurons, channels})
	}
	masks, features := m.Data.([]float32), f.Data.([]float32)
	const places = height * width
	for b := range batch {
		for n := range neurons {
			want := 0.0
			for p := range places {
				for c := range channels {
					want += float64(masks[n*places+p]) * float64(features[n*channels+c]) * maps[(p*batch+b)*channels+c]
				}
			}
			if math.Abs(got[b*neurons+n]-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("neuron %d is driven by %g, its effective mask and feature weights give %g", n, got[b*neurons+n], want)
			}
		}
	}
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}
