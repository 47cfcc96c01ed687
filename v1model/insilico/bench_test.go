package insilico_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"syscall"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/insilico"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// populated is a model with masks as L1 readouts leave them: a spot of a few pixels, and small weights everywhere else.
func populated(b testing.TB, preset string, height, width, neurons int) (*v1model.Model, weights.Values) {
	b.Helper()
	config, err := v1model.Load(preset)
	if err != nil {
		b.Fatal(err)
	}
	shape := v1model.Shape{Height: height, Width: width, Channels: 1, Neurons: neurons}
	config, err = config.Planned(shape, pjrttest.Backend(b))
	if err != nil {
		b.Fatal(err)
	}
	m, err := v1model.New(config, shape)
	if err != nil {
		b.Fatal(err)
	}
	w := weights.Init(m.Specs(), 1)
	rng := weights.Stream(1, "population")
	h, wide, channels := m.Core.OutputShape()
	masks, features := w.Float32(readout.Masks), w.Float32(readout.Features)
	for n := range neurons {
		y, x := float64(h)*(0.25+0.5*rng.Float64()), float64(wide)*(0.25+0.5*rng.Float64())
		for i := range h * wide {
			dy, dx := float64(i/wide)-y, float64(i%wide)-x
			spot := 0.0
			if d := dy*dy + dx*dx; d < 9 {
				spot = 0.3 * math.Exp(-d/3)
			}
			masks[n*h*wide+i] = float32(spot + 0.002*rng.Float64())
		}
		for c := range channels {
			features[n*channels+c] = 0
		}
		for range 5 {
			features[n*channels+rng.IntN(channels)] = float32(rng.NormFloat64())
		}
	}
	return m, w
}

var (
	fitted  = flag.String("fitted", "", "run folder that BenchmarkMEI takes too, with as many steps as its images need")
	neurons = flag.Int("neurons", 8, "how many of its neurons")
)

// benchmarkFitted is BenchmarkMEI on a run, with the paper's settings: go test -bench MEI -fitted RUN.
func benchmarkFitted(b *testing.B) {
	run, err := runfolder.Open(*fitted)
	if err != nil {
		b.Fatal(err)
	}
	w, err := run.Weights()
	if err != nil {
		b.Fatal(err)
	}
	m, err := run.Model()
	if err != nil {
		b.Fatal(err)
	}
	list, err := insilico.ParseNeurons(fmt.Sprintf("0-%d", *neurons-1), m.Shape.Neurons)
	if err != nil {
		b.Fatal(err)
	}
	for _, floor := range []float64{0, 0.05} {
		b.Run(fmt.Sprintf("floor=%g", floor), func(b *testing.B) {
			s := subject(b, m, w)
			begun := processor()
			for b.Loop() {
				if _, err := s.MEIs(context.Background(), list, insilico.MEIOptions{MaskFloor: floor}); err != nil {
					b.Fatal(err)
				}
			}
			report(b, begun, b.N*8*len(list))
		})
	}
	b.Run("reference", func(b *testing.B) {
		find := oneByOne(b, m, w, 8)
		begun := processor()
		for b.Loop() {
			for _, n := range list {
				find(n, 2000)
			}
		}
		report(b, begun, b.N*8*len(list))
	})
}

// BenchmarkMEI is the optimisation of 8 images for each of a few neurons, with the same number of steps for all; images/s counts finished images.
// Programs are compiled before. exact has masks with small weights everywhere, so that nothing of the field can be left out; floor leaves them
// out; reference is the paper's way with the cheapest evaluation of a fit, reference-direct with XLA's convolutions, as its code has them.
func BenchmarkMEI(b *testing.B) {
	for _, c := range []struct {
		name, preset           string
		height, width, neurons int
		steps                  int
	}{
		{"demo", "quickstart", 24, 24, 8, 100},
		{"paper", "ecker2019-n16", 36, 64, 4, 10},
	} {
		m, w := populated(b, c.preset, c.height, c.width, c.neurons)
		for _, floor := range []float64{0, 0.02} {
			name := "exact"
			if floor > 0 {
				name = "floor"
			}
			b.Run(c.name+"/"+name, func(b *testing.B) {
				s := subject(b, m, w)
				neurons, _ := insilico.ParseNeurons("", c.neurons) //nolint:errcheck // all of them
				find := func(steps int) {
					if _, err := s.MEIs(context.Background(), neurons, insilico.MEIOptions{MaxSteps: steps, MaskFloor: floor, Batch: 8 * c.neurons}); err != nil {
						b.Fatal(err)
					}
				}
				find(1)
				begun := processor()
				for b.Loop() {
					find(c.steps)
				}
				report(b, begun, b.N*8*c.neurons)
			})
		}
		for _, direct := range []bool{false, true} {
			name := "reference"
			if direct {
				name = "reference-direct"
			}
			b.Run(c.name+"/"+name, func(b *testing.B) {
				m := m
				if direct {
					config := m.Config
					config.Core.Evaluation = nil
					var err error
					if m, err = v1model.New(config, m.Shape); err != nil {
						b.Fatal(err)
					}
				}
				find := oneByOne(b, m, w, 8)
				find(0, 1)
				begun := processor()
				for b.Loop() {
					find(1, c.steps)
				}
				report(b, begun, b.N*8)
			})
		}
	}
	if *fitted != "" {
		b.Run("fitted", benchmarkFitted)
	}
}

// report says how many images were finished in a second, and what one took of a processor, which other programs on the machine change less.
func report(b *testing.B, begun time.Duration, images int) {
	b.ReportMetric(float64(images)/b.Elapsed().Seconds(), "images/s")
	b.ReportMetric(float64((processor()-begun).Milliseconds())/float64(images), "cpu-ms/image")
}

// processor is the time that this process has had of all processors.
func processor() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// oneByOne is the reference's way: the images of one neuron, the whole model, a call from the host for every step, and its answer awaited to
// see whether it was the last. It returns a function that finds the images of a neuron with so many steps at the most.
func oneByOne(b *testing.B, m *v1model.Model, w weights.Values, images int) func(neuron, most int) {
	specs := m.Specs()
	var args []any
	for _, s := range specs {
		args = append(args, tensors.FromFlatDataAndDimensions(w.Float32(s.Name), s.Shape...))
	}
	height, width := m.Shape.Height, m.Shape.Width
	gains := insilico.Gains(height, width)
	exec, err := NewExec(pjrttest.Backend(b), func(nodes []*Node) []*Node {
		w, rest := weights.FromList(specs, nodes[:len(specs)]), nodes[len(specs):]
		neuron, raw, first, second, made := rest[0], rest[1], rest[2], rest[3], rest[4]
		length := Sqrt(ReduceAndKeep(Square(raw), ReduceSum, 1, 2, 3))
		image := MulScalar(Div(raw, length), 12)
		rates := m.Forward(w, image, false).Rates()
		curved := insilico.Laplacian(TransposeAllAxes(image, 0, 3, 1, 2))
		loss := Sub(MulScalar(ReduceAllSum(Square(curved)), 0.005), ReduceAllSum(Mul(rates, ExpandAxes(OneHot(neuron, m.Shape.Neurons, rates.DType()), 0))))
		spectrum := func(x *Node, f func(*Node, ...int) *Node) *Node {
			return TransposeAllAxes(f(TransposeAllAxes(f(x), 0, 2, 1)), 0, 2, 1)
		}
		byImage := ConvertDType(Reshape(Gradient(loss, image)[0], images, height, width), dtypes.Complex64)
		gain := ConvertDType(Reshape(ConstAsDType(raw.Graph(), dtypes.Float32, gains), 1, height, width), dtypes.Complex64)
		white := Reshape(Real(spectrum(Mul(spectrum(byImage, FFT), gain), InverseFFT)), images, height, width, 1)
		unit := Div(raw, length)
		gradient := Div(MulScalar(Sub(white, Mul(unit, ReduceAndKeep(Mul(white, unit), ReduceSum, 1, 2, 3))), 12), length)
		made = AddScalar(made, 1)
		power := func(beta float64) *Node { return Exp(MulScalar(made, math.Log(beta))) }
		first = Add(MulScalar(first, 0.9), MulScalar(gradient, 0.1))
		second = Add(MulScalar(second, 0.999), MulScalar(Square(gradient), 0.001))
		rate := Div(Sqrt(OneMinus(power(0.999))), OneMinus(power(0.9)))
		return []*Node{Sub(raw, Mul(rate, Div(first, AddScalar(Sqrt(second), 1e-8)))), first, second, made, loss}
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(exec.Finalize)
	return func(neuron, most int) {
		start := make([]float32, images*height*width)
		rng := weights.Stream(0, "start")
		for i := range start {
			start[i] = float32(rng.NormFloat64())
		}
		state := []any{
			tensors.FromFlatDataAndDimensions(start, images, height, width, 1), tensors.FromFlatDataAndDimensions(make([]float32, len(start)), images, height, width, 1),
			tensors.FromFlatDataAndDimensions(make([]float32, len(start)), images, height, width, 1), tensors.FromScalar(float32(0)),
		}
		average, lowest, waiting := 0.0, math.Inf(1), 0
		for step := 0; step < most && waiting < 100; step++ {
			results, err := exec.Call(append(append(args[:len(specs):len(specs)], int32(neuron)), state...)...)
			if err != nil {
				b.Fatal(err)
			}
			loss := float64(tensors.ToScalar[float32](results[4]))
			for i := range state {
				state[i].(*tensors.Tensor).MustFinalizeAll()
				state[i] = results[i]
			}
			if average = 0.9*average + 0.1*loss; step == 0 {
				average = loss
			}
			if waiting++; average < lowest {
				lowest, waiting = average, 0
			}
		}
	}
}
