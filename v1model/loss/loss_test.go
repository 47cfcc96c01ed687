package loss_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/sbinet/npyio/npz"
	"pgregory.net/rapid"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/loss"
)

func find(t testing.TB, name string) loss.Loss {
	t.Helper()
	l, err := loss.Find(name, "")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var nan = math.NaN()

// Every kind, in both forms: drives and responses [3 images, 2 neurons], some of which are missing.
var (
	drives    = []float64{-0.5, 1, 2, -4, 3, 0.2}
	responses = []float64{0.3, nan, 2.5, 0.1, nan, 7}
)

func at(x []float64) [][]float64 { return [][]float64{x[:2], x[2:4], x[4:]} }

// The graph's loss is the host's, and its gradient by the drive, through the link, equals differences. A missing response has no part in
// either, whatever the rate.
func TestGraphAndHostAgree(t *testing.T) {
	for _, about := range loss.All() {
		t.Run(about.Name, func(t *testing.T) {
			l := find(t, about.Name)
			exec, err := graph.NewExec(pjrttest.Backend(t), func(x *graph.Node) (rates, mean, gradient *graph.Node) {
				rates = l.Rate(x)
				mean = l.MeanNode(rates, graph.Const(x.Graph(), at(responses)))
				return rates, mean, graph.Gradient(mean, x)[0]
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			run := func(x []float64) (rates []float64, mean float64, gradient []float64) {
				out, err := exec.Call(at(x))
				if err != nil {
					t.Fatal(err)
				}
				return tensors.MustCopyFlatData[float64](out[0]), tensors.ToScalar[float64](out[1]), tensors.MustCopyFlatData[float64](out[2])
			}
			rates, mean, gradient := run(drives)
			want := 0.0
			for i, r := range responses {
				if r == r {
					want += l.Term(rates[i], r) / 3
				}
			}
			if math.Abs(mean-want) > 1e-12 {
				t.Errorf("loss %g in the graph, %g on the host", mean, want)
			}
			x := slices.Clone(drives)
			for i := range x {
				const h = 1e-5
				x[i] = drives[i] + h
				_, above, _ := run(x)
				x[i] = drives[i] - h
				_, below, _ := run(x)
				x[i] = drives[i]
				if want := (above - below) / (2 * h); math.Abs(gradient[i]-want) > 1e-8*(1+math.Abs(want)) {
					t.Errorf("gradient[%d] = %g, differences give %g", i, gradient[i], want)
				}
			}
			if gradient[1] != 0 || gradient[4] != 0 {
				t.Errorf("gradient %v of missing responses", gradient)
			}
		})
	}
}

// The formulas by hand.
func TestByHand(t *testing.T) {
	for name, want := range map[string]float64{loss.Poisson: 2 - 3*math.Log(2+1e-5), loss.Gaussian: 0.5} {
		if got := find(t, name).Term(2, 3); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: rate 2, response 3: %g, want %g", name, got, want)
		}
	}
	if got := find(t, loss.Gaussian).Term(-1, 2); got != 4.5 {
		t.Errorf("gaussian: rate -1, response 2: %g, want 4.5", got)
	}
}

// A rate of 0 has a finite gradient, thanks to the epsilon.
func TestPoissonAtRateZero(t *testing.T) {
	exec, err := graph.NewExec(pjrttest.Backend(t), func(rates *graph.Node) *graph.Node {
		return graph.Gradient(find(t, loss.Poisson).MeanNode(rates, graph.Const(rates.Graph(), at([]float64{0, 1, 2.5, 0.1, 7, 0}))), rates)[0]
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call1(at(make([]float64, 6)))
	if err != nil {
		t.Fatal(err)
	}
	if gradient := tensors.MustCopyFlatData[float64](out); math.Abs(gradient[2]-(1-2.5/1e-5)/3) > 1e-6 {
		t.Errorf("gradient at rate 0: %g", gradient[2])
	}
}

// Losses of the reference implementation, of averaged test and of validation responses.
func TestPoissonEqualsReference(t *testing.T) {
	f, err := npz.Open("../score/testdata/loss_metrics.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read := func(name string) datasets.Responses {
		var values []float32
		if err := f.Read(name+".npy", &values); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		shape := f.Header(name + ".npy").Descr.Shape
		return datasets.Responses{N: shape[0], Neurons: shape[1], Values: values}
	}
	for name, pair := range map[string][2]string{"poisson_test": {"predictions_test", "responses_test_mean"}, "poisson_val": {"predictions_val", "responses_val"}} {
		var want float32
		if err := f.Read(name+".npy", &want); err != nil {
			t.Fatal(err)
		}
		got, err := find(t, loss.Poisson).Mean(read(pair[0]), read(pair[1]))
		if err != nil || math.Abs(got-float64(want)) > 1e-5*math.Abs(float64(want)) {
			t.Errorf("%s: %g, %v; want %g", name, got, err, want)
		}
	}
}

func r(n, neurons int, v ...float32) datasets.Responses {
	return datasets.Responses{N: n, Neurons: neurons, Values: v}
}

// A neuron's loss is that of the images that it was recorded with; all images count in the mean.
func TestUnrecordedResponsesAreLeftOut(t *testing.T) {
	n := float32(nan)
	each, err := find(t, loss.Gaussian).PerNeuron(r(4, 2, 1, 9, 2, 9, 3, 9, 4, 9), r(4, 2, 1, n, 3, n, n, n, -2, n))
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{(0.5 + 18) / 4, 0}; !slices.Equal(each, want) {
		t.Errorf("losses %v, want %v", each, want)
	}
}

// Start biases of Poisson invert the softplus, halved, for any mean that a neuron can have; silent ones are listed and start low.
func TestPoissonBiases(t *testing.T) {
	l := find(t, loss.Poisson)
	rapid.Check(t, func(r *rapid.T) {
		mean := rapid.Float32Range(loss.MinRate, 1e6).Draw(r, "mean")
		biases, silent := l.Biases([]float32{mean})
		if len(silent) > 0 {
			r.Fatalf("mean %g is silent", mean)
		}
		b := 2 * float64(biases[0])
		if rate := max(b, 0) + math.Log1p(math.Exp(-math.Abs(b))); math.Abs(rate/float64(mean)-1) > 1e-4 {
			r.Fatalf("softplus(2 bias) = %g, want the mean %g", rate, mean)
		}
	})
	biases, silent := l.Biases([]float32{1, 0, 0.0009, -1, float32(nan), 2})
	if !slices.Equal(silent, []int{1, 2, 3, 4}) {
		t.Errorf("silent %v", silent)
	}
	for n, b := range biases {
		if low := b < -3; low != slices.Contains(silent, n) || math.IsInf(float64(b), 0) {
			t.Errorf("neuron %d: bias %g", n, b)
		}
	}
}

func TestGaussianBiasesAreMeans(t *testing.T) {
	biases, silent := find(t, loss.Gaussian).Biases([]float32{-1.5, 0, 2, float32(nan)})
	if !slices.Equal(biases, []float32{-1.5, 0, 2, 0}) || !slices.Equal(silent, []int{3}) {
		t.Errorf("biases %v, silent %v", biases, silent)
	}
}

// Each loss refuses data that it would spoil a fit with, and says what to do.
func TestAccepts(t *testing.T) {
	signed := func(method string) *datasets.Dataset {
		part := datasets.Part{Images: datasets.Images{N: 2, Height: 1, Width: 2, Channels: 1, Pixels: []float32{1, 2, 3, 5}}, Responses: r(2, 1, -3, 4)}
		d := &datasets.Dataset{Spec: "npz:dff.npz", Train: part, Val: part}
		if method != "" {
			if err := datasets.NormaliseBy(d, method); err != nil {
				t.Fatal(err)
			}
		}
		return d
	}
	for _, c := range []struct{ loss, method, want string }{
		{loss.Poisson, datasets.Reference, ""},
		{loss.Gaussian, datasets.Signed, ""},
		{loss.Gaussian, "", ""},
		{loss.Gaussian, datasets.Reference, `fit.loss: gaussian, and normalise=reference set 2 negative responses of the data "npz:dff.npz" to 0; accepted: data with normalise=signed, which keeps them`},
		{loss.Poisson, datasets.Signed, `fit.loss: poisson, found the response -0.857`},
		{loss.Poisson, "", `fit.loss: poisson, found the response -3`},
	} {
		err := find(t, c.loss).Accepts(signed(c.method))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: error %v, want %q", c.loss, c.method, err, c.want)
		}
	}
}

func TestErrorsAreOneLine(t *testing.T) {
	_, unknown := loss.Find("huber", "")
	_, elsewhere := loss.Find("huber", "example.org/huber")
	_, negative := find(t, loss.Poisson).Mean(r(2, 1, 1, -2), r(2, 1, 1, 2))
	_, shape := find(t, loss.Gaussian).Mean(r(2, 1, 1, -2), r(1, 2, 1, 2))
	for want, err := range map[string]error{
		`fit.loss: "huber", accepted: cauchy, gaussian, poisson`: unknown, `"huber" is defined in example.org/huber`: elsewhere,
		"rates: found -2 at image 1, neuron 0; the Poisson loss accepts rates from 0": negative, "the shapes must agree": shape,
	} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, want)
		}
	}
	if _, err := find(t, loss.Gaussian).Mean(r(2, 1, 1, -2), r(2, 1, -1, 2)); err != nil {
		t.Errorf("signed rates: %v", err)
	}
}

// elu(x) + 1 in place of the loss's link: the formula, its slope, a bias that gives the mean, and small rates to all digits.
func TestRateELU1(t *testing.T) {
	for _, name := range []string{loss.Poisson, loss.Gaussian} {
		l, err := find(t, name).WithRate(loss.ELU1)
		if err != nil {
			t.Fatal(err)
		}
		exec, err := graph.NewExec(pjrttest.Backend(t), func(x *graph.Node) (rates, slope *graph.Node) {
			rates = l.Rate(x)
			return rates, graph.Gradient(graph.ReduceAllSum(rates), x)[0]
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		x := []float64{-700, -20, -1, 0, 0.5, 40}
		rates, slopes, err := exec.Call2(x)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range x {
			want, slope := math.Exp(v), math.Exp(v)
			if v > 0 {
				want, slope = v+1, 1
			}
			if r, s := rates.Value().([]float64)[i], slopes.Value().([]float64)[i]; math.Abs(r-want) > 1e-12*want || math.Abs(s-slope) > 1e-12 {
				t.Errorf("%s: rate %g with slope %g at %g, want %g with %g", name, r, s, v, want, slope)
			}
		}
		for _, mean := range []float64{0.01, 1, 7} {
			bias, low := l.Bias(mean)
			if got := math.Max(bias, 0) + math.Exp(math.Min(bias, 0)); low || math.Abs(got-mean) > 1e-12 {
				t.Errorf("the bias %g of the mean %g gives %g", bias, mean, got)
			}
		}
		if _, low := l.Bias(0); !low {
			t.Error("a mean of 0 is not low")
		}
	}
	if _, err := find(t, loss.Poisson).WithRate("elu"); err == nil || !strings.Contains(err.Error(), `rate: "elu", accepted: elu1`) {
		t.Errorf("error %v", err)
	}
}
