package insilico_test

import (
	"context"
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
	"v1lab/v1model/weights"
)

// populated is a model with masks as L1 readouts leave them: a spot of a few pixels, and small weights everywhere else, unless exact masks
// are asked for.
func populated(b testing.TB, preset string, height, width, neurons int, tails float64) (*v1model.Model, weights.Values) {
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
			masks[n*h*wide+i] = float32(spot + tails*0.002*rng.Float64())
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

// BenchmarkMEI is the optimisation of 8 images for each of a few neurons; images/s counts finished images.
func BenchmarkMEI(b *testing.B) {
	for _, c := range []struct {
		name, preset            string
		height, width, neurons  int
		steps, reference, batch int
	}{
		{"demo", "quickstart", 24, 24, 16, 200, 2, 64},
		{"paper", "ecker2019-n16", 36, 64, 4, 20, 1, 32},
	} {
		for _, kind := range []struct {
			name         string
			tails, floor float64
		}{{"exact", 1, 0}, {"floor=0.02", 1, 0.02}} {
			m, w := populated(b, c.preset, c.height, c.width, c.neurons, kind.tails)
			o := insilico.MEIOptions{MaxSteps: c.steps, MaskFloor: kind.floor, Batch: c.batch}
			b.Run(c.name+"/"+kind.name, func(b *testing.B) {
				s := subject(b, m, w)
				neurons, _ := insilico.ParseNeurons("", c.neurons) //nolint:errcheck // all of them
				begun := processor()
				for b.Loop() {
					if _, err := s.MEIs(context.Background(), neurons, o); err != nil {
						b.Fatal(err)
					}
				}
				report(b, begun, b.N*8*c.neurons)
			})
		}
		m, w := populated(b, c.preset, c.height, c.width, c.neurons, 1)
		b.Run(c.name+"/reference", func(b *testing.B) {
			begun := processor()
			for b.Loop() {
				for n := range c.reference {
					oneByOne(b, m, w, n, 8, c.steps)
				}
			}
			report(b, begun, b.N*8*c.reference)
		})
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
// see whether it was the last.
func oneByOne(b *testing.B, m *v1model.Model, w weights.Values, neuron, images, most int) {
	specs := m.Specs()
	var args []any
	for _, s := range specs {
		args = append(args, tensors.FromFlatDataAndDimensions(w.Float32(s.Name), s.Shape...))
	}
	height, width := m.Shape.Height, m.Shape.Width
	gains := insilico.Gains(height, width)
	exec, err := NewExec(pjrttest.Backend(b), func(nodes []*Node) []*Node {
		w, rest := weights.FromList(specs, nodes[:len(specs)]), nodes[len(specs):]
		raw, first, second, made := rest[0], rest[1], rest[2], rest[3]
		length := Sqrt(ReduceAndKeep(Square(raw), ReduceSum, 1, 2, 3))
		image := MulScalar(Div(raw, length), 12)
		rates := m.Forward(w, image, false).Rates()
		curved := insilico.Laplacian(TransposeAllAxes(image, 0, 3, 1, 2))
		loss := Sub(MulScalar(ReduceAllSum(Square(curved)), 0.005), ReduceAllSum(Slice(rates, AxisRange(), AxisElem(neuron))))
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
	defer exec.Finalize()
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
		results, err := exec.Call(append(args[:len(specs):len(specs)], state...)...)
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
