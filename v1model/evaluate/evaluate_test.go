package evaluate_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/loss"
)

// byHand has two neurons, three validation images, and three test images shown twice. The second neuron's test responses are constant.
func byHand() (val, test datasets.Responses, d *datasets.Dataset) {
	val = datasets.Responses{N: 3, Neurons: 2, Values: []float32{1, 1, 2, 2, 3, 3}}
	test = datasets.Responses{N: 3, Neurons: 2, Values: []float32{1, 1, 2, 5, 3, 2}}
	d = &datasets.Dataset{}
	d.Train.Responses = datasets.Responses{Neurons: 2}
	d.Val.Responses = datasets.Responses{N: 3, Neurons: 2, Values: []float32{2, 3, 4, 2, 6, 1}}
	d.Test.Responses = datasets.Repeats{Repeats: 2, N: 3, Neurons: 2, Values: []float32{
		0, 1, 3, 1, 8, 1,
		2, 1, 5, 1, 8, 1,
	}}
	return val, test, d
}

func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-6) {
		t.Errorf("%s %g, want %g", name, got, want)
	}
}

func poisson(t *testing.T) loss.Loss {
	t.Helper()
	l, err := loss.Find(loss.Poisson, "")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestCompareByHand(t *testing.T) {
	val, test, d := byHand()
	r, err := evaluate.Compare(poisson(t), val, test, d)
	if err != nil {
		t.Fatal(err)
	}
	// Averages 1, 4, 8 against 1, 2, 3: covariance 7/3, variances 74/9 and 2/3.
	corr := 7.0 / 3 / math.Sqrt(74.0/9*2.0/3)
	// Variance of the averages, divisor 2: 37/3. Noise: (2+2+0)/2 over three images.
	ceiling := math.Sqrt((37.0/3 - 2.0/3) / (37.0 / 3))
	near(t, "neuron 0: test correlation", float64(r.Neurons[0].TestCorr), corr)
	near(t, "neuron 0: ceiling", float64(r.Neurons[0].Ceiling), ceiling)
	near(t, "neuron 0: validation correlation", float64(r.Neurons[0].ValCorr), 1)
	near(t, "neuron 1: validation correlation", float64(r.Neurons[1].ValCorr), -1)
	near(t, "test correlation", float64(r.TestCorr), corr)
	if !math.IsNaN(float64(r.TestCorrSD)) || r.Unscored != 1 {
		t.Errorf("SD %v of one neuron, %d neurons without a score", r.TestCorrSD, r.Unscored)
	}
	if r.Loss != "Poisson" {
		t.Errorf("the validation loss is named %q, want that of the fit, Poisson", r.Loss)
	}
	near(t, "validation correlation", float64(r.ValCorr), 0)
	near(t, "ceiling", float64(r.Ceiling), ceiling)
	near(t, "fraction of ceiling", float64(r.FractionOfCeiling), corr/ceiling)
	// Trials 0, 3, 8, 2, 5, 8 of mean 13/3: variance by 5; noise (2+2+0)/3; squared distances to 1, 2, 3.
	total, noise, mse := (166-26.0*26/6)/5, 4.0/3, (1+1+25+1+9+25)/6.0
	near(t, "neuron 0: explainable", float64(r.Neurons[0].Explainable), 1-noise/total)
	near(t, "neuron 0: FEVE", float64(r.Neurons[0].FEVE), 1-(mse-noise)/(total-noise))
	// Repeats 0, 3, 8 and 2, 5, 8: covariance 12; averages 1, 4, 8 and predictions: 3.5.
	near(t, "neuron 0: CC_norm", float64(r.Neurons[0].CCNorm), 3.5/math.Sqrt(12))
	near(t, "neuron 0: oracle", float64(r.Neurons[0].Oracle), (2*(0*2+3*5+8*8)-26.0*26/6)/(166-26.0*26/6))
	near(t, "neuron 0: trial correlation", float64(r.Neurons[0].TrialCorr), (1*2+2*8+3*16-12*26.0/6)/math.Sqrt(4*(166-26.0*26/6)))
	near(t, "trial correlation", float64(r.TrialCorr), float64(r.Neurons[0].TrialCorr))
	if b := r.Neurons[1]; r.Reliability.FEVE != r.Neurons[0].FEVE || r.CCNorm != r.Neurons[0].CCNorm || r.Reliable != 1 || !math.IsNaN(float64(b.FEVE+b.CCNorm+b.Oracle+b.Explainable+b.TestCorr)) || !math.IsNaN(float64(b.TrialCorr)) {
		t.Errorf("the neuron without variance has a score or counts: %+v", r)
	}
	loss := 0.0
	for i, rate := range []float64{1, 1, 2, 2, 3, 3} {
		loss += (rate - []float64{2, 3, 4, 2, 6, 1}[i]*math.Log(rate+1e-5)) / 3
	}
	near(t, "validation loss", float64(r.ValLoss), loss)
}

func TestJSON(t *testing.T) {
	val, test, d := byHand()
	d.Neurons = []datasets.Neuron{{ID: "a17"}, {ID: "b"}}
	r, err := evaluate.Compare(poisson(t), val, test, d)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var fields struct {
		Neurons []map[string]any `json:"neurons"`
	}
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	if a, b := fields.Neurons[0], fields.Neurons[1]; a["id"] != "a17" || b["id"] != "b" || a["ceiling"] == nil || b["ceiling"] != nil || b["test_corr"] != nil {
		t.Errorf("%s", text)
	}
	if _, there := fields.Neurons[1]["ceiling"]; !there {
		t.Errorf("the ceiling that does not exist is not null: %s", text)
	}

	// One repeat: there is no ceiling at all.
	d.Neurons, d.Test.Responses.Repeats, d.Test.Responses.Values = nil, 1, d.Test.Responses.Values[:6]
	if r, err = evaluate.Compare(poisson(t), val, test, d); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"ceiling":null,"fraction_of_ceiling":null,"explainable":null,"feve":null,"cc_norm":null,"trial_corr":`, `"oracle":null,"reliable_neurons":0,"neurons":[{"id":"0",`, `{"id":"1",`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s, want %s in it", text, want)
		}
	}
	var back evaluate.Report
	if err := json.Unmarshal(text, &back); err != nil || !math.IsNaN(float64(back.Ceiling)) || back.TestCorr != r.TestCorr {
		t.Errorf("%+v comes back (%v)", back, err)
	}
}

// A neuron has a score wherever its responses vary, be it ever so little; a model that gives up on it scores 0. Where they are constant there is none.
func TestUnscored(t *testing.T) {
	var val, test datasets.Responses
	var d *datasets.Dataset
	for name, c := range map[string]struct {
		spoil    func()
		unscored int
		testCorr bool // the second neuron has one
	}{
		"tiny": {func() {
			for i := 1; i < len(d.Test.Responses.Values); i += 2 {
				d.Test.Responses.Values[i] = float32(i) * 1e-7
			}
		}, 0, true},
		"constant in validation": {func() {
			for i := 1; i < len(d.Val.Responses.Values); i += 2 {
				d.Val.Responses.Values[i] = 3
			}
		}, 0, true},
		"never recorded in the test": {func() {
			for i := 1; i < len(d.Test.Responses.Values); i += 2 {
				d.Test.Responses.Values[i] = float32(math.NaN())
			}
		}, 1, false},
	} {
		val, test, d = byHand()
		for i := 1; i < len(d.Test.Responses.Values); i += 2 {
			d.Test.Responses.Values[i] = float32(i % 5)
		}
		c.spoil()
		r, err := evaluate.Compare(poisson(t), val, test, d)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := r.Neurons[1]; r.Unscored != c.unscored || math.IsNaN(float64(n.TestCorr)) == c.testCorr || name == "constant in validation" && !math.IsNaN(float64(n.ValCorr)) {
			t.Errorf("%s: %d unscored, %+v", name, r.Unscored, n)
		}
	}
}

// Reports tell what a model must beat, and that negative responses count as 0.
func TestConstantRatesAndClipped(t *testing.T) {
	val, test, d := byHand()
	d.Train.Responses = datasets.Responses{N: 2, Neurons: 2, Values: []float32{1, 0, 3, 4}}
	d.Normalisation = &datasets.Normalisation{Clipped: 7}
	r, err := evaluate.Compare(poisson(t), val, test, d)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for _, v := range d.Val.Responses.Values {
		want += (2 - float64(v)*math.Log(2+1e-5)) / 3
	}
	near(t, "loss of constant rates", float64(r.ConstantLoss), want)
	if r.Clipped != 7 {
		t.Errorf("%d clipped", r.Clipped)
	}
}

func TestCompareRefuses(t *testing.T) {
	val, test, d := byHand()
	short := test
	short.N, short.Values = 2, test.Values[:4]
	if _, err := evaluate.Compare(poisson(t), val, short, d); err == nil || !strings.Contains(err.Error(), "predictions are [2 images, 2 neurons], responses [3, 2]") {
		t.Errorf("error %v", err)
	}
}

// Neurons of several sessions are listed with their session.
func TestNeuronsOfSessions(t *testing.T) {
	val, test, d := byHand()
	d.Neurons = []datasets.Neuron{{ID: "17", Session: "monday"}, {ID: "17", Session: "tuesday"}}
	r, err := evaluate.Compare(poisson(t), val, test, d)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := r.Neurons[0].ID, r.Neurons[1].ID; a != "monday/17" || b != "tuesday/17" {
		t.Errorf("ids %s and %s", a, b)
	}
}
