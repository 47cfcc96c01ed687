package score_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"v1lab/datasets"
	"v1lab/datasets/stats"
	"v1lab/v1model/score"
)

var (
	nan32 = float32(math.NaN())
	nan   = math.NaN()
)

// get returns the value of one neuron, or fails.
func get(t *testing.T) func([]float64, error) float64 {
	return func(v []float64, err error) float64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if len(v) != 1 {
			t.Fatalf("%d neurons, want 1", len(v))
		}
		return v[0]
	}
}

func same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !cmp.Equal(got, want, cmpopts.EquateApprox(0, 1e-9), cmpopts.EquateNaNs()) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// One neuron, two repeats of three images: (0, 2), (2, 4), (4, 9). Predicted: 1, 2, 6.
func TestReliabilityByHand(t *testing.T) {
	one := get(t)
	test := datasets.Repeats{Repeats: 2, N: 3, Neurons: 1, Values: []float32{0, 2, 4, 2, 4, 9}}
	pred := datasets.Responses{N: 3, Neurons: 1, Values: []float32{1, 2, 6}}

	// Variances of the pairs: 2, 2 and 12.5, so noise is 5.5. All six: mean 3.5, squares 12.25+2.25+.25+2.25+.25+30.25 = 47.5 by 5.
	noise, total := 5.5, 9.5
	same(t, "explainable", one(score.Explainable(test)), 1-noise/total)
	// Squared distances: 1+1, 0+4, 4+9.
	same(t, "FEVE", one(score.FEVE(pred, test)), 1-(19.0/6-noise)/(total-noise))
	// The only pair of repeats, 0, 2, 4 and 2, 4, 9: covariance (-2*-3 + 0*-1 + 2*4)/2 = 7.
	same(t, "signal power", one(score.SignalPower(test)), 7)
	// Averages 1, 3, 6.5 of mean 3.5; predictions of mean 3: covariance (-2*-2.5 + -1*-.5 + 3*3)/2 = 7.25, variance (4+1+9)/2 = 7.
	same(t, "CC_norm", one(score.NormalisedCorrelation(pred, test)), 7.25/7)
	// With one other trial the oracle correlates 0, 2, 2, 4, 4, 9 with 2, 0, 4, 2, 9, 4: products 5.25+5.25-.75-.75+2.75+2.75 = 14.5.
	same(t, "oracle", one(score.Oracle(test)), 14.5/47.5)
	// Predictions twice: squares 2*14; products (-2)(-3.5-1.5) + (-1)(-1.5+.5) + 3(.5+5.5) = 29.
	same(t, "trial correlation", one(score.TrialCorrelation(pred, test)), 29/math.Sqrt(28*47.5))
}

// The first neuron again with gaps: the second image has a third repeat, a fourth image was shown once, a fifth never.
func TestRaggedReliabilityByHand(t *testing.T) {
	one := get(t)
	test := datasets.Repeats{Repeats: 3, N: 5, Neurons: 1, Values: []float32{
		0, 2, 4, 7, nan32,
		2, 4, 9, nan32, nan32,
		nan32, 6, nan32, nan32, nan32,
	}}
	pred := datasets.Responses{N: 5, Neurons: 1, Values: []float32{1, 2, 6, 7, 100}}

	// Variances 2, 4 and 12.5, weighed by 2, 3 and 2 trials. 0, 2, 2, 4, 6, 4, 9 has mean 27/7 and squares 157 - 27*27/7, by 6.
	noise, total := (2*2+3*4+2*12.5)/7, (157-27.0*27/7)/6
	same(t, "explainable", one(score.Explainable(test)), 1-noise/total)
	same(t, "FEVE", one(score.FEVE(pred, test)), 1-((2+0+4+16+13)/7.0-noise)/(total-noise))
	// Averages of the images shown again: 1, 4, 6.5. The repeats are 11/6 below, 7/6 and 2 above their images' averages of mean 23/6,
	// so their means are 2, 5 and 35/6, and the images' products (-2)(-3), the mean of 0, 0 and -1/6, and 2*4.
	power := (6 - 1./18 + 8) / 2
	same(t, "signal power", one(score.SignalPower(test)), power)
	// Averages 1, 4, 6.5, 7 of mean 4.625, predictions of mean 4.
	covariance := (-3*-3.625 + -2*-.625 + 2*1.875 + 3*2.375) / 3
	same(t, "CC_norm", one(score.NormalisedCorrelation(pred, test)), covariance/math.Sqrt(26.0/3*power))
	// Trials 0, 2 | 2, 4, 6 | 4, 9 beside 2, 0 | 5, 4, 3 | 9, 4; both sum to 27.
	oracle := (0*2 + 2*0 + 2*5 + 4*4 + 6*3 + 4*9 + 9*4) - 27.0*27/7
	same(t, "oracle", one(score.Oracle(test)), oracle/math.Sqrt((157-27.0*27/7)*(4+25+16+9+81+16-27.0*27/7)))
	// Trial correlation counts the image shown once: trials sum to 34 with squares 206, predictions to 27 with 4*3+36*2+49+2.
	x, y, xy, n := 1.+1+2+2+2+6+6+7, 34., 0.*1+2*1+2*2+4*2+6*2+4*6+9*6+7*7, 8.
	same(t, "trial correlation", one(score.TrialCorrelation(pred, test)), (xy-x*y/n)/math.Sqrt((1+1+4*3+36*2+49-x*x/n)*(206-y*y/n)))
}

// What does not exist is NaN, and a model that gives up scores 0.
func TestReliabilityThatDoesNotExist(t *testing.T) {
	one := get(t)
	varied := datasets.Responses{N: 2, Neurons: 1, Values: []float32{1, 2}}
	for name, c := range map[string]struct {
		test                         datasets.Repeats
		pred                         datasets.Responses
		fev, feve, cc, oracle, trial float64
	}{
		"one repeat":        {datasets.Repeats{Repeats: 1, N: 2, Neurons: 1, Values: []float32{1, 3}}, varied, nan, nan, nan, nan, 1},
		"constant":          {datasets.Repeats{Repeats: 2, N: 2, Neurons: 1, Values: []float32{4, 4, 4, 4}}, varied, nan, nan, nan, nan, 0},
		"never shown":       {datasets.Repeats{Repeats: 2, N: 2, Neurons: 1, Values: []float32{nan32, nan32, nan32, nan32}}, varied, nan, nan, nan, nan, nan},
		"noise alone":       {datasets.Repeats{Repeats: 2, N: 2, Neurons: 1, Values: []float32{1, 3, 3, 1}}, varied, 1 - 2/(4./3), nan, nan, -1, 0},
		"a constant model":  {datasets.Repeats{Repeats: 2, N: 2, Neurons: 1, Values: []float32{1, 3, 1, 3}}, datasets.Responses{N: 2, Neurons: 1, Values: []float32{2, 2}}, 1, 1 - 3./4, 0, 1, 0},
		"one image is left": {datasets.Repeats{Repeats: 2, N: 2, Neurons: 1, Values: []float32{1, 3, 2, nan32}}, varied, nan, nan, nan, nan, math.Sqrt(0.75)},
		"one image":         {datasets.Repeats{Repeats: 3, N: 1, Neurons: 1, Values: []float32{1, 3, 2}}, datasets.Responses{N: 1, Neurons: 1, Values: []float32{2}}, nan, nan, nan, nan, nan},
	} {
		same(t, name+": explainable", one(score.Explainable(c.test)), c.fev)
		same(t, name+": FEVE", one(score.FEVE(c.pred, c.test)), c.feve)
		same(t, name+": CC_norm", one(score.NormalisedCorrelation(c.pred, c.test)), c.cc)
		same(t, name+": oracle", one(score.Oracle(c.test)), c.oracle)
		same(t, name+": trial correlation", one(score.TrialCorrelation(c.pred, c.test)), c.trial)
	}
}

// draw makes one neuron: a tuned mean and noise of given SDs.
func draw(seed uint64, repeats, images int, signal, noise float64) (truth datasets.Responses, test datasets.Repeats) {
	rng := rand.New(rand.NewPCG(seed, 7))
	truth = datasets.Responses{N: images, Neurons: 1}
	for range images {
		truth.Values = append(truth.Values, float32(3+signal*rng.NormFloat64()))
	}
	test = datasets.Repeats{Repeats: repeats, N: images, Neurons: 1}
	for range repeats {
		for _, v := range truth.Values {
			test.Values = append(test.Values, v+float32(noise*rng.NormFloat64()))
		}
	}
	return truth, test
}

// The truth without noise reaches 1 on both scores that discount noise, and beats the oracle; a ragged recording tells the same.
func TestTruthReachesOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		one := get(t)
		seed, noise := rapid.Uint64().Draw(rt, "seed"), rapid.Float64Range(0, 2).Draw(rt, "noise")
		truth, test := draw(seed, 12, 200, 1, noise)
		if rapid.Bool().Draw(rt, "ragged") {
			rng := rand.New(rand.NewPCG(seed, 8))
			for i := range test.Values {
				if i >= 2*test.N && rng.IntN(3) == 0 {
					test.Values[i] = nan32
				}
			}
		}
		if feve := one(score.FEVE(truth, test)); math.Abs(feve-1) > 0.05+0.15*noise {
			rt.Fatalf("FEVE %v", feve)
		}
		if cc := one(score.NormalisedCorrelation(truth, test)); math.Abs(cc-1) > 0.01+0.12*noise {
			rt.Fatalf("CC_norm %v", cc)
		}
		power := one(score.SignalPower(test))
		if v := stats.SD(widen(truth.Values)); math.Abs(power/(v*v)-1) > 0.02+0.3*noise {
			rt.Fatalf("signal power %v, the truth has %v", power, v*v)
		}
		trial, oracle := one(score.TrialCorrelation(truth, test)), one(score.Oracle(test))
		if expected := math.Sqrt(one(score.Explainable(test))); trial < oracle-0.06 || math.Abs(trial-expected) > 0.15 {
			rt.Fatalf("trial correlation %v, oracle %v, expected about %v", trial, oracle, expected)
		}
	})
}

// Identities that hold whatever the responses are: the repeat average as its own prediction, and missing repeats.
func TestReliabilityIdentities(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		one := get(t)
		repeats := rapid.IntRange(2, 5).Draw(rt, "repeats")
		_, test := draw(rapid.Uint64().Draw(rt, "seed"), repeats, rapid.IntRange(30, 60).Draw(rt, "images"), 1, rapid.Float64Range(0.1, 0.8).Draw(rt, "noise"))
		mean, err := score.Average(test)
		if err != nil {
			rt.Fatal(err)
		}
		near := func(what string, got, want float64) {
			if !(math.Abs(got-want) <= 1e-5*math.Max(1, math.Abs(want))) {
				rt.Fatalf("%s: got %v, want %v", what, got, want)
			}
		}
		v, err := score.Explain(test)
		if err != nil {
			rt.Fatal(err)
		}
		fev := one(score.Explainable(test))
		near("explainable", fev, 1-v.TrialNoise[0]/v.TrialTotal[0])
		// The average of R repeats is nearer to the trials than the truth is, by a noise/R.
		near("FEVE of the repeat average", one(score.FEVE(mean, test)), 1+v.TrialNoise[0]/float64(repeats)/(v.TrialTotal[0]-v.TrialNoise[0]))
		power := one(score.SignalPower(test))
		near("CC_norm of the repeat average", one(score.NormalisedCorrelation(mean, test)), math.Sqrt(v.Total[0]/power))

		padded := test
		padded.Repeats++
		padded.Values = append([]float32(nil), test.Values...)
		for range test.N {
			padded.Values = append(padded.Values, nan32)
		}
		scaled := datasets.Responses{N: mean.N, Neurons: 1}
		for _, m := range mean.Values {
			scaled.Values = append(scaled.Values, 2*m+1)
		}
		near("CC_norm with a gain and an offset", one(score.NormalisedCorrelation(scaled, test)), math.Sqrt(v.Total[0]/power))
		near("signal power by its formula", power, published(test))
		near("explainable with a missing repeat", one(score.Explainable(padded)), fev)
		near("FEVE with a missing repeat", one(score.FEVE(scaled, padded)), one(score.FEVE(scaled, test)))
		near("signal power with a missing repeat", one(score.SignalPower(padded)), power)
		near("oracle with a missing repeat", one(score.Oracle(padded)), one(score.Oracle(test)))
		near("trial correlation with a missing repeat", one(score.TrialCorrelation(mean, padded)), one(score.TrialCorrelation(mean, test)))
	})
}

// published is Schoppe's formula for signal power, to the letter; complete repeats of one neuron.
func published(test datasets.Repeats) float64 {
	variance := func(x []float64) float64 { sd := stats.SD(x); return sd * sd }
	sum, apart := make([]float64, test.N), 0.0
	for repeat := range test.Repeats {
		row := widen(test.Values[repeat*test.N : (repeat+1)*test.N])
		apart += variance(row)
		for i, v := range row {
			sum[i] += v
		}
	}
	return (variance(sum) - apart) / float64(test.Repeats*(test.Repeats-1))
}

func TestMeanReliable(t *testing.T) {
	mean, count := score.MeanReliable([]float64{1, 50, 0.5, nan}, []float64{0.2, 0.1499, 0.15, 0.9})
	if same(t, "mean", mean, 0.75); count != 2 {
		t.Errorf("%d neurons, want 2", count)
	}
	if mean, count = score.MeanReliable([]float64{1}, []float64{nan}); count != 0 || !math.IsNaN(mean) {
		t.Errorf("of no neuron: %v of %d", mean, count)
	}
}

func TestReliabilityRefuses(t *testing.T) {
	test := datasets.Repeats{Repeats: 2, N: 2, Neurons: 1, Values: []float32{1, 2, 3, 4}}
	short := datasets.Repeats{Repeats: 2, N: 2, Neurons: 1, Values: []float32{1}}
	for _, c := range []struct {
		pred datasets.Responses
		test datasets.Repeats
		want string
	}{
		{datasets.Responses{N: 1, Neurons: 1, Values: []float32{1}}, test, "predictions are [1 images, 1 neurons], test responses [2 repeats, 2, 1]"},
		{datasets.Responses{N: 2, Neurons: 1, Values: []float32{1, nan32}}, test, "predictions: found NaN at image 1, neuron 0"},
		{datasets.Responses{N: 2, Neurons: 1, Values: []float32{1}}, test, "predictions: found 1 values"},
		{datasets.Responses{N: 2, Neurons: 1, Values: []float32{1, 2}}, short, "test responses: found 1 values"},
	} {
		for name, f := range map[string]func(datasets.Responses, datasets.Repeats) ([]float64, error){
			"FEVE": score.FEVE, "CC_norm": score.NormalisedCorrelation, "trial correlation": score.TrialCorrelation,
		} {
			if _, err := f(c.pred, c.test); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want %q", name, err, c.want)
			}
		}
	}
	for name, f := range map[string]func(datasets.Repeats) ([]float64, error){"explainable": score.Explainable, "signal power": score.SignalPower, "oracle": score.Oracle} {
		if _, err := f(short); err == nil || !strings.Contains(err.Error(), "found 1 values") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// The paper's population: 6005 neurons, 100 test images, 10 repeats.
func BenchmarkReliability(b *testing.B) {
	test := datasets.Repeats{Repeats: 10, N: 100, Neurons: 6005}
	for i := range test.Repeats * test.N * test.Neurons {
		test.Values = append(test.Values, float32(i*7919%1013))
	}
	pred := datasets.Responses{N: test.N, Neurons: test.Neurons, Values: test.Values[:test.N*test.Neurons]}
	for name, f := range map[string]func() ([]float64, error){
		"explainable": func() ([]float64, error) { return score.Explainable(test) },
		"FEVE":        func() ([]float64, error) { return score.FEVE(pred, test) },
		"CC_norm":     func() ([]float64, error) { return score.NormalisedCorrelation(pred, test) },
		"oracle":      func() ([]float64, error) { return score.Oracle(test) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
