package readout_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"pgregory.net/rapid"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Out of training a neuron reads the maps at its mean position: what Effective says in masks, and bilinear interpolation by hand.
func TestMeanPositionIsWhatPredicts(t *testing.T) {
	for _, grid := range []string{readout.Independent, readout.Cortex, readout.CortexMLP, "no tanh"} {
		config := readout.Config{Kind: readout.Gaussian, Grid: grid}
		switch grid {
		case "no tanh":
			config.Grid, config.GridFinal = readout.CortexMLP, "none"
		case readout.CortexMLP:
			config.GridHidden = []int{4, 3}
		}
		r := newReadout(t, config)
		p := compile(t, r, [][]int{{batch, height, width, channels}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			out := r.Apply(w, placesFirst(in[0]), false)
			if len(out.Updates) > 0 {
				t.Errorf("updates %v outside training", out.Updates)
			}
			return map[string]*graph.Node{"masked": graph.Transpose(out.Pooled, 0, 1)}
		})
		rapid.Check(t, func(rt *rapid.T) {
			seed := rapid.Uint64().Draw(rt, "seed")
			w, maps := far(r, seed), normal(seed, "maps", batch*height*width*channels)
			w[readout.Means] = rapid.SliceOfN(rapid.Float64Range(-1.2, 1.2), 2*neurons, 2*neurons).Draw(rt, "means")
			values := weights.Values{}
			for _, s := range r.Specs() {
				single := make([]float32, s.Size())
				for i, v := range w[s.Name] {
					single[i] = float32(v)
				}
				values[s.Name] = array.New(single, s.Shape...)
			}
			masks, _ := r.Effective(values)
			positions := r.(readout.Positioner).Positions(values)
			got := p.Run(w, maps)["masked"]
			for n := range neurons {
				m := masks.Data.([]float32)[n*height*width : (n+1)*height*width]
				sum, column, row := 0.0, 0.0, 0.0 // of the mask: its sum and its centre of mass
				for i, v := range m {
					sum, column, row = sum+float64(v), column+float64(v)*float64(i%width), row+float64(v)*float64(i/width)
				}
				at := positions.Data.([]float32)[2*n:]
				if math.Abs(sum-1) > 1e-5 || math.Abs(column-float64(at[0])) > 1e-4 || math.Abs(row-float64(at[1])) > 1e-4 {
					rt.Fatalf("neuron %d: mask sums to %g around column %g, row %g; position %v", n, sum, column, row, at[:2])
				}
				if want := (min(max(w[readout.Means][2*n], -1), 1) + 1) * (width - 1) / 2; grid == readout.Independent && math.Abs(float64(at[0])-want) > 1e-5 {
					rt.Fatalf("neuron %d: column %g, want %g", n, at[0], want)
				}
				for b := range batch {
					for c := range channels {
						want := 0.0
						for i, v := range m {
							want += float64(v) * maps[(b*height*width+i)*channels+c]
						}
						if g := got[(b*neurons+n)*channels+c]; math.Abs(g-want) > 1e-4 {
							rt.Fatalf("image %d, neuron %d, channel %d: %g, want %g", b, n, c, g, want)
						}
					}
				}
			}
		})
	}
}

// In training positions are normal around the mean with covariance A A'; the numbers follow from state alone and move on with it.
func TestSamplesHaveTheCovariance(t *testing.T) {
	const images = 4000
	for covariance, c := range map[string]struct {
		sigma []float64
		want  [3]float64 // variance of column and of row, covariance; in units of the maps' half size
	}{
		readout.Isotropic:    {[]float64{0.1}, [3]float64{0.01, 0.01, 0}},
		readout.Uncorrelated: {[]float64{0.05, 0.1}, [3]float64{0.0025, 0.01, 0}},
		readout.Full:         {[]float64{0.1, 0.05, -0.05, 0.1}, [3]float64{0.0125, 0.0125, 0}},
	} {
		r := sized(t, readout.Config{Kind: readout.Gaussian, Covariance: covariance}, 21, 21, 2, 1)
		p := compile(t, r, [][]int{{1}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			// Maps that hold column and row, -10 to 10: what is read is where.
			shape := in[0].Shape().Clone()
			shape.Dimensions = []int{images, 21, 21, 1}
			maps := graph.AddScalar(graph.Concatenate([]*graph.Node{graph.Iota(in[0].Graph(), shape, 2), graph.Iota(in[0].Graph(), shape, 1)}, -1), -10)
			out := r.Apply(w, placesFirst(maps), true)
			return map[string]*graph.Node{"position": graph.Transpose(out.Pooled, 0, 1), "state": out.Updates.Get(readout.NoiseState)}
		})
		w := far(r, 3)
		w[readout.Means], w[readout.Sigma] = []float64{0.2, -0.3}, c.sigma
		first := p.Run(w, []float64{0})
		if again := p.Run(w, []float64{0}); !slices.Equal(first["position"], again["position"]) {
			t.Errorf("%s: equal states give unequal samples", covariance)
		}
		if state := w[readout.NoiseState]; !slices.Equal(first["state"], []float64{state[0], state[1] + 1}) {
			t.Errorf("%s: state %v after %v", covariance, first["state"], state)
		}
		w[readout.NoiseState] = first["state"]
		second := p.Run(w, []float64{0})
		both := slices.Concat(first["position"], second["position"])
		var mean [2]float64
		var second2 [3]float64
		n := float64(len(both) / 2)
		for i, v := range both {
			mean[i%2] += v / 10 / n
		}
		lag := 0.0 // between the samples of one step and the next
		for i := 0; i < len(both); i += 2 {
			x, y := both[i]/10-mean[0], both[i+1]/10-mean[1]
			second2[0], second2[1], second2[2] = second2[0]+x*x/n, second2[1]+y*y/n, second2[2]+x*y/n
			if i < len(both)/2 {
				lag += x * (second["position"][i]/10 - mean[0]) / (n / 2)
			}
		}
		if math.Abs(mean[0]-0.2) > 0.005 || math.Abs(mean[1]+0.3) > 0.005 {
			t.Errorf("%s: mean %v", covariance, mean)
		}
		for i, want := range c.want {
			if math.Abs(second2[i]-want) > 0.0008 {
				t.Errorf("%s: moments %v, want %v", covariance, second2, c.want)
			}
		}
		if math.Abs(lag) > 0.0008 {
			t.Errorf("%s: samples of two steps have covariance %g", covariance, lag)
		}
	}
}

// trainer takes steps of Adam on a readout alone, on the device.
type trainer struct {
	specs []weights.Spec
	state []*tensors.Tensor // variables, first and second moments
	exec  *graph.Exec
}

func newTrainer(t *testing.T, r readout.Readout, values weights.Values, rate float64) *trainer {
	t.Helper()
	tr := &trainer{specs: withBiases(r, values[readout.Biases].Shape[0])}
	n := len(tr.specs)
	for _, zero := range []bool{false, true, true} {
		for _, s := range tr.specs {
			data := slices.Clone(values.Float32(s.Name))
			if zero {
				clear(data)
			}
			tr.state = append(tr.state, tensors.FromFlatDataAndDimensions(data, s.Shape...))
		}
	}
	var err error
	tr.exec, err = graph.NewExec(pjrttest.Backend(t), func(nodes []*graph.Node) []*graph.Node {
		w, m, v := weights.FromList(tr.specs, nodes[:n]), nodes[n:2*n], nodes[2*n:3*n]
		out := r.Apply(w, placesFirst(nodes[3*n]), true)
		loss := graph.Add(poisson.MeanNode(rates(w, out), nodes[3*n+1]), readout.Penalty(r, w))
		next := weights.Nodes{}
		for i, s := range tr.specs {
			next[s.Name] = w[s.Name]
			if !s.Trainable {
				continue
			}
			d := graph.Gradient(loss, w[s.Name])[0]
			m[i] = graph.Add(graph.MulScalar(m[i], 0.9), graph.MulScalar(d, 0.1))
			v[i] = graph.Add(graph.MulScalar(v[i], 0.99), graph.MulScalar(graph.Square(d), 0.01))
			next[s.Name] = graph.Sub(w[s.Name], graph.MulScalar(graph.Div(m[i], graph.AddScalar(graph.Sqrt(v[i]), 1e-8)), rate))
		}
		for name, node := range out.Updates {
			next[name] = node
		}
		r.(readout.Constrainer).Constrain(next)
		var list []*graph.Node
		for _, s := range tr.specs {
			list = append(list, next[s.Name])
		}
		return slices.Concat(list, m, v)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.exec.Finalize)
	return tr
}

func (tr *trainer) step(t *testing.T, maps, responses *tensors.Tensor) {
	t.Helper()
	args := []any{}
	for _, s := range tr.state {
		args = append(args, s)
	}
	results, err := tr.exec.Call(append(args, maps, responses)...)
	if err != nil {
		t.Fatal(err)
	}
	tr.state = results
}

func (tr *trainer) values() weights.Values {
	values := weights.Values{}
	for i, s := range tr.specs {
		values[s.Name] = array.Array{Shape: s.Shape, Data: tensors.MustCopyFlatData[float32](tr.state[i])}
	}
	return values
}

// world is feature maps of smooth noise and neurons that read them at known positions.
type world struct {
	size, channels, neurons, batch int
	batches                        [][2]*tensors.Tensor
	column, row                    []float64
}

// newWorld draws maps, responses and feature weights, all of length 1.5.
func newWorld(seed uint64, column, row []float64) *world {
	wd := &world{size: 15, channels: 4, neurons: len(column), batch: 64, column: column, row: row}
	rng := weights.Stream(seed, "world")
	features := make([]float64, wd.neurons*wd.channels)
	for n := range wd.neurons {
		w, squares := features[n*wd.channels:(n+1)*wd.channels], 0.0
		for c := range w {
			w[c] = rng.NormFloat64()
			squares += w[c] * w[c]
		}
		for c := range w {
			w[c] *= 1.5 / math.Sqrt(squares)
		}
	}
	for range 16 {
		maps := smoothNoise(rng.NormFloat64, wd.batch, wd.size, wd.channels)
		responses := make([]float32, wd.batch*wd.neurons)
		for b := range wd.batch {
			for n := range wd.neurons {
				drive := 0.5
				for c := range wd.channels {
					drive += features[n*wd.channels+c] * wd.read(maps, b, n, c)
				}
				responses[b*wd.neurons+n] = float32(math.Log1p(math.Exp(drive)) * rng.ExpFloat64()) // as noisy as its mean
			}
		}
		wd.batches = append(wd.batches, [2]*tensors.Tensor{
			tensors.FromFlatDataAndDimensions(maps, wd.batch, wd.size, wd.size, wd.channels), tensors.FromFlatDataAndDimensions(responses, wd.batch, wd.neurons)})
	}
	return wd
}

// read interpolates a map at a neuron's position.
func (wd *world) read(maps []float32, b, n, c int) float64 {
	x, y := int(wd.column[n]), int(wd.row[n])
	fx, fy := wd.column[n]-float64(x), wd.row[n]-float64(y)
	at := func(y, x int) float64 { return float64(maps[((b*wd.size+y)*wd.size+x)*wd.channels+c]) }
	return (1-fy)*((1-fx)*at(y, x)+fx*at(y, x+1)) + fy*((1-fx)*at(y+1, x)+fx*at(y+1, x+1))
}

// smoothNoise is white noise smoothed with a Gaussian of SD 2 pixels that wraps around, SD about 1: [n, size, size, channels].
func smoothNoise(normal func() float64, n, size, channels int) []float32 {
	maps := make([]float64, n*size*size*channels)
	for i := range maps {
		maps[i] = normal()
	}
	for _, stride := range []int{channels, size * channels} {
		old := slices.Clone(maps)
		for i := range maps {
			at, sum := i/stride%size, 0.0
			for d := -6; d <= 6; d++ {
				sum += math.Exp(-float64(d*d)/8) * old[i+((at+d+2*size)%size-at)*stride]
			}
			maps[i] = sum / 1.88 // the root of the squared weights' sum
		}
	}
	single := make([]float32, len(maps))
	for i, v := range maps {
		single[i] = float32(v)
	}
	return single
}

// Positions of simulated neurons are found to half a pixel, with every covariance and through a shared map from cortex.
func TestKnownPositionsAreFound(t *testing.T) {
	const seed = 2
	rng := weights.Stream(seed, "positions")
	var column, row []float64
	var places []datasets.Neuron
	for range 16 {
		x, y := 3.5+7*rng.Float64(), 3.5+7*rng.Float64()
		column, row = append(column, x), append(row, y)
		// Retinotopy: cortex is the visual field turned, stretched and elsewhere, with a scatter of 0.3 pixels.
		u, v := x+0.3*rng.NormFloat64(), y+0.3*rng.NormFloat64()
		places = append(places, datasets.Neuron{X: 1200 + 30*u - 40*v, Y: -500 + 25*u + 20*v})
	}
	wd := newWorld(seed, column, row)
	for name, config := range map[string]readout.Config{
		readout.Isotropic: {Covariance: readout.Isotropic}, readout.Uncorrelated: {Covariance: readout.Uncorrelated}, readout.Full: {}, readout.Cortex: {Grid: readout.Cortex},
	} {
		t.Run(name, func(t *testing.T) {
			config.Kind, config.FeatureSparsity = readout.Gaussian, 0.001
			r := sized(t, config, wd.size, wd.size, wd.channels, wd.neurons)
			data := &datasets.Dataset{Neurons: places, Train: datasets.Part{
				Responses: datasets.Responses{N: wd.batch, Neurons: wd.neurons, Values: tensors.MustCopyFlatData[float32](wd.batches[0][1])}}}
			values := weights.Init(withBiases(r, wd.neurons), 1)
			startFrom(t, r, values, data, 1)
			startBiases(values, data)
			tr := newTrainer(t, r, values, 0.01)
			for i := range 600 {
				b := wd.batches[i%len(wd.batches)]
				tr.step(t, b[0], b[1])
			}
			found := r.(readout.Positioner).Positions(tr.values())
			worst := 0.0
			for n := range column {
				at := found.Data.([]float32)[2*n:]
				worst = max(worst, math.Hypot(float64(at[0])-column[n], float64(at[1])-row[n]))
			}
			if worst > 0.5 {
				t.Errorf("a position is off by %.2f pixels, accepted 0.5", worst)
			}
		})
	}
}

// After a step positions are moved back to the maps' edge and SDs to zero; a matrix A may have any sign.
func TestConstrain(t *testing.T) {
	for covariance, want := range map[string][]float64{
		readout.Isotropic: {0, 0.5, 0}, readout.Uncorrelated: {0, 0.5, 0, 0.2, 0, 3}, readout.Full: {-1, 0.5, -2, 0.2, -3, 3, -1, 0.5, -2, 0.2, -3, 3},
	} {
		r := newReadout(t, readout.Config{Kind: readout.Gaussian, Covariance: covariance})
		p := compile(t, r, nil, func(w weights.Nodes, _ []*graph.Node) map[string]*graph.Node {
			r.(readout.Constrainer).Constrain(w)
			return map[string]*graph.Node{"means": w.Get(readout.Means), "sigma": w.Get(readout.Sigma)}
		})
		w := far(r, 1)
		w[readout.Means] = []float64{-3, -1, 0.5, 1, 1.01, 7}
		for i := range w[readout.Sigma] {
			w[readout.Sigma][i] = []float64{-1, 0.5, -2, 0.2, -3, 3}[i%6]
		}
		got := p.Run(w)
		if !slices.Equal(got["means"], []float64{-1, -1, 0.5, 1, 1, 1}) || !slices.Equal(got["sigma"], want) {
			t.Errorf("%s: means %v, sigma %v, want sigma %v", covariance, got["means"], got["sigma"], want)
		}
	}
}

// Maps of a single row or pixel have one place to read along that axis.
func TestSinglePixelMaps(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 3}, {3, 1}} {
		r := sized(t, readout.Config{Kind: readout.Gaussian}, size[0], size[1], 1, 1)
		p := compile(t, r, [][]int{{1, size[0], size[1], 1}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			read := r.Apply(w, placesFirst(in[0]), true).Pooled
			return map[string]*graph.Node{"read": read, "slope": graph.Gradient(graph.ReduceAllSum(read), w.Get(readout.Means))[0]}
		})
		maps := make([]float64, size[0]*size[1])
		for i := range maps {
			maps[i] = float64(5 + i)
		}
		w := far(r, 1)
		clear(w[readout.Sigma])
		w[readout.Means] = []float64{0.5, 0.5}
		got := p.Run(w, maps)
		wantRead, wantSlope := 5.0, []float64{0, 0}
		if size[1] == 3 {
			wantRead, wantSlope[0] = 6.5, 1
		}
		if size[0] == 3 {
			wantRead, wantSlope[1] = 6.5, 1
		}
		if math.Abs(got["read"][0]-wantRead) > 1e-12 || !slices.Equal(got["slope"], wantSlope) {
			t.Errorf("maps %v: read %v with slope %v, want %g with %v", size, got["read"], got["slope"], wantRead, wantSlope)
		}
	}
}
