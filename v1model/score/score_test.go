package score_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/sbinet/npyio/npz"
	"pgregory.net/rapid"

	"v1lab/datasets"
	"v1lab/datasets/stats"
	"v1lab/v1model/score"
)

// golden reads one array of the reference's numbers.
func golden[T float32 | float64 | int64](t *testing.T, name string) []T {
	t.Helper()
	f, err := npz.Open("testdata/loss_metrics.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var values []T
	if shape := f.Header(name + ".npy").Descr.Shape; len(shape) == 0 {
		values = make([]T, 1)
		err = f.Read(name+".npy", &values[0])
	} else {
		err = f.Read(name+".npy", &values)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return values
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// equal accepts a difference of 1e-5 of the largest magnitude: the reference works in float32.
func equal(t *testing.T, what string, want, got []float64) {
	t.Helper()
	largest := 0.0
	for _, v := range want {
		if v == v {
			largest = max(largest, math.Abs(v))
		}
	}
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-5*largest), cmpopts.EquateNaNs()); d != "" {
		t.Errorf("%s (-reference +ours):\n%s", what, d)
	}
}

func reference(t *testing.T) (predTest, predVal, val datasets.Responses, test datasets.Repeats) {
	return datasets.Responses{N: 14, Neurons: 9, Values: golden[float32](t, "predictions_test")},
		datasets.Responses{N: 13, Neurons: 9, Values: golden[float32](t, "predictions_val")},
		datasets.Responses{N: 13, Neurons: 9, Values: golden[float32](t, "responses_val")},
		datasets.Repeats{Repeats: 6, N: 14, Neurons: 9, Values: golden[float32](t, "responses_test")}
}

func TestAgreesWithReference(t *testing.T) {
	predTest, predVal, val, test := reference(t)
	must := func(v []float64, err error) []float64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	mean, err := score.Average(test)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "responses_test_mean", widen(golden[float32](t, "responses_test_mean")), widen(mean.Values))

	corr := must(score.TestCorrelation(predTest, test))
	equal(t, "test_corr", golden[float64](t, "test_corr"), corr)
	equal(t, "test_corr_mean", golden[float64](t, "test_corr_mean"), []float64{stats.Mean(corr)})
	equal(t, "val_corr", golden[float64](t, "val_corr"), must(score.Correlation(predVal, val)))
	equal(t, "fig2_rho", golden[float64](t, "fig2_rho"), must(score.RawCorrelation(predTest, mean, 0)))

	rho := must(score.RawCorrelation(predTest, mean, 1e-4))
	for _, part := range []string{"test", "train"} {
		var of []float64
		for _, n := range golden[int64](t, "transfer_idx_"+part) {
			of = append(of, rho[n])
		}
		equal(t, "transfer_rho_"+part, golden[float64](t, "transfer_rho_"+part), of)
		equal(t, "transfer_rho_"+part+"_mean", golden[float64](t, "transfer_rho_"+part+"_mean"), []float64{stats.Mean(of)})
	}

	v, err := score.Explain(test)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]float64{
		"obs_var": v.Noise, "total_var": v.Total, "explainable_var": v.Explainable, "frac_explainable_var": v.Fraction,
		"max_corr": v.Ceiling, "obs_var_raw": v.TrialNoise, "total_var_raw": v.TrialTotal,
	} {
		equal(t, "oracle."+name, widen(golden[float32](t, "oracle."+name)), got)
	}
}

// A missing repeat written as NaN must count like a repeat that is not there.
func TestMissingRepeatsAreLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		repeats, n, neurons := rapid.IntRange(2, 5).Draw(t, "repeats"), rapid.IntRange(3, 8).Draw(t, "images"), rapid.IntRange(1, 4).Draw(t, "neurons")
		full := datasets.Repeats{Repeats: repeats, N: n, Neurons: neurons, Values: rapid.SliceOfN(rapid.Float32Range(0, 5), repeats*n*neurons, repeats*n*neurons).Draw(t, "responses")}
		padded := datasets.Repeats{Repeats: repeats + 1, N: n, Neurons: neurons, Values: append([]float32(nil), full.Values...)}
		for range n * neurons {
			padded.Values = append(padded.Values, float32(math.NaN()))
		}
		want, err := score.Explain(full)
		if err != nil {
			t.Fatal(err)
		}
		got, err := score.Explain(padded)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateNaNs()); d != "" {
			t.Fatal(d)
		}
		a, _ := score.Average(full)
		b, _ := score.Average(padded)
		if d := cmp.Diff(a, b); d != "" {
			t.Fatal(d)
		}
	})
}

// Correlation does not care about gain and offset.
func TestCorrelationIgnoresGainAndOffset(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(5, 30).Draw(t, "images")
		x := rapid.SliceOfN(rapid.Float32Range(0, 1), n, n).Draw(t, "response")
		gain, offset := rapid.Float32Range(0.5, 3).Draw(t, "gain"), rapid.Float32Range(0, 2).Draw(t, "offset")
		scaled := make([]float32, n)
		for i, v := range x {
			scaled[i] = gain*v + offset
		}
		rho, err := score.Correlation(datasets.Responses{N: n, Neurons: 1, Values: scaled}, datasets.Responses{N: n, Neurons: 1, Values: x})
		if err != nil {
			t.Fatal(err)
		}
		if sd := stats.SD(widen(x)); sd > 1e-2 && math.Abs(rho[0]-1) > 1e-4 || sd == 0 && rho[0] != 0 {
			t.Fatalf("correlation %v of a response of SD %v with its own scaled copy", rho[0], sd)
		}
	})
}

// Two images, worked by hand: image 0 has repeats 1, 3; image 1 only 6, so its noise is image 0's.
func TestExplainByHand(t *testing.T) {
	nan := float32(math.NaN())
	v, err := score.Explain(datasets.Repeats{Repeats: 2, N: 3, Neurons: 1, Values: []float32{1, 6, nan, 3, nan, nan}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		want, got float64
	}{
		{"noise of a trial", 2, v.TrialNoise[0]}, {"noise of the average", (1. + 2.) / 2, v.Noise[0]},
		{"total", 8, v.Total[0]}, {"fraction", 6.5 / 8, v.Fraction[0]}, {"ceiling", math.Sqrt(6.5 / 8), v.Ceiling[0]},
	} {
		if math.Abs(c.want-c.got) > 1e-12 {
			t.Errorf("%s: want %v, got %v", c.what, c.want, c.got)
		}
	}
	v, err = score.Explain(datasets.Repeats{Repeats: 1, N: 2, Neurons: 1, Values: []float32{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(v.Ceiling[0]) || !math.IsNaN(v.Noise[0]) {
		t.Errorf("without a repeat: noise %v, ceiling %v, want NaN", v.Noise[0], v.Ceiling[0])
	}
}

func TestFractionOfCeiling(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		corr, ceiling []float64
		want          float64
	}{
		{[]float64{0.4, 0.2, 0.9}, []float64{0.8, 0.4, nan}, 0.5},
		{[]float64{0.5}, []float64{nan}, nan},
		{[]float64{0.5}, []float64{0}, nan},
	} {
		got, err := score.FractionOfCeiling(c.corr, c.ceiling)
		if err != nil || !cmp.Equal(got, c.want, cmpopts.EquateApprox(0, 1e-12), cmpopts.EquateNaNs()) {
			t.Errorf("%v of %v: got %v, %v; want %v", c.corr, c.ceiling, got, err, c.want)
		}
	}
	if !math.IsNaN(stats.Mean[float64](nil)) || !math.IsNaN(stats.SD([]float64{1})) {
		t.Error("mean of nothing and SD of one value must be NaN")
	}
}

func TestBadInput(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	r := func(n, neurons int, v ...float32) datasets.Responses {
		return datasets.Responses{N: n, Neurons: neurons, Values: v}
	}
	second := func(_ any, err error) error { return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(score.Correlation(r(2, 1, 1, 2), r(1, 2, 1, 2))), "predictions are [2 images, 1 neurons], responses [1, 2]; the shapes must agree"},
		{second(score.Correlation(r(2, 2, 1, 2), r(2, 2, 1, 2, 3, 4))), "predictions: found 2 values for [2 images, 2 neurons]"},
		{second(score.Correlation(r(0, 0), r(0, 0))), "must be at least 1"},
		{second(score.Correlation(r(2, 1, 1, nan), r(2, 1, 1, 2))), "predictions: found NaN at image 1, neuron 0"},
		{second(score.Correlation(r(2, 1, 1, 2), r(2, 1, inf, 2))), "responses: found +Inf at image 0, neuron 0"},
		{second(score.Explain(datasets.Repeats{Repeats: 2, N: 1, Neurons: 2, Values: []float32{1, 2, 3}})), "found 3 values for [2 repeats, 1 images, 2 neurons]"},
		{second(score.Average(datasets.Repeats{Repeats: 2, N: 1, Neurons: 2, Values: []float32{1, 2, inf, 3}})), "found +Inf at repeat 1, image 0, neuron 0"},
		{second(score.FractionOfCeiling([]float64{1}, nil)), "found 1 correlations and 0 ceilings"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", c.err, c.want)
		}
	}
}

// The paper's population: 6005 neurons, 100 test images, 10 repeats.
func BenchmarkExplain(b *testing.B) {
	test := datasets.Repeats{Repeats: 10, N: 100, Neurons: 6005}
	test.Values = make([]float32, test.Repeats*test.N*test.Neurons)
	for i := range test.Values {
		test.Values[i] = float32(i * 7919 % 1013)
	}
	for b.Loop() {
		if _, err := score.Explain(test); err != nil {
			b.Fatal(err)
		}
	}
}

// Scores of a neuron are those of the images that it was recorded with.
func TestUnrecordedResponsesAreLeftOut(t *testing.T) {
	nan := float32(math.NaN())
	r := func(n, neurons int, values ...float32) datasets.Responses {
		return datasets.Responses{N: n, Neurons: neurons, Values: values}
	}
	pred := r(4, 3, 1, 9, 1, 2, 9, 2, 3, 9, 3, 4, 9, 4)
	target := r(4, 3, 1, nan, nan, 3, nan, nan, nan, nan, nan, 3, 9, nan)
	rho, err := score.Correlation(pred, target)
	if err != nil {
		t.Fatal(err)
	}
	apart, err := score.Correlation(r(3, 1, 1, 2, 4), r(3, 1, 1, 3, 3))
	if err != nil {
		t.Fatal(err)
	}
	// The second neuron was recorded with one image, the third with none.
	equal(t, "correlation", []float64{apart[0], math.NaN(), math.NaN()}, rho)
}
