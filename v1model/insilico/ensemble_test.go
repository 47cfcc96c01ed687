package insilico_test

import (
	"context"
	"math"
	"testing"

	"v1lab/datasets"
	"v1lab/v1model/golden"
	"v1lab/v1model/insilico"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// ensemble opens several models as one subject.
func ensemble(t *testing.T, models ...*ondevice.Model) *insilico.Subject {
	t.Helper()
	s, err := insilico.New(models...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// unlike are two models of different filters, padding, places of their masks and loss.
func unlike(t *testing.T) (models []*ondevice.Model, all []weights.Values) {
	t.Helper()
	for i, settings := range [][]string{{"core.padding=same,same,same"}, {"core.filter_sizes=4,3,2", "core.rotations=2", "fit.loss=gaussian"}} {
		m, w := small(t, 24, 24, [][][2]int{{{9, 9}, {3, 12}, {20, 17}}, {{5, 8}, {2, 12}, {8, 9}}}[i], settings...)
		models, all = append(models, device(t, m, w)), append(all, w)
	}
	return models, all
}

// The rate of an ensemble is the mean of its members', in every experiment, and the spread is their SD.
func TestEnsembleIsTheMean(t *testing.T) {
	models, all := unlike(t)
	s, neurons := ensemble(t, models...), []int{2, 0, 1}
	members := []*insilico.Subject{ensemble(t, models[0]), ensemble(t, models[1])}

	fields, err := s.Fields(context.Background(), neurons, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var mean []float32
	for _, m := range members {
		one, err := m.Fields(context.Background(), neurons, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if mean == nil {
			mean = make([]float32, len(floats(one.Raw)))
		}
		for i, v := range floats(one.Raw) {
			mean[i] += v / 2
		}
	}
	golden.Compare(t, "receptive fields", floats(fields.Raw), mean, golden.Value)

	o := insilico.MEIOptions{Images: 2, MaxSteps: 6, LearningRate: 0.1, Batch: 8}
	found := meis(t, s, neurons, o)
	images := datasets.Images{N: 6, Height: 24, Width: 24, Channels: 1, Pixels: floats(found.Images)}
	var each [][]float32
	for _, m := range models {
		rates, err := m.Rates(context.Background(), images)
		if err != nil {
			t.Fatal(err)
		}
		var own []float32
		for i := range images.N {
			own = append(own, rates.At(i)[neurons[i/2]])
		}
		each = append(each, own)
	}
	for i, v := range floats(found.Rates) {
		a, b := float64(each[0][i]), float64(each[1][i])
		if want := (a + b) / 2; math.Abs(float64(v)-want) > 1e-5*(1+math.Abs(want)) {
			t.Errorf("rate %d: %v, want %v", i, v, want)
		}
		if want, got := math.Abs(a-b)/math.Sqrt2, floats(found.Spread)[i]; math.Abs(float64(got)-want) > 1e-5*(1+want) {
			t.Errorf("spread %d: %v, want %v", i, got, want)
		}
	}

	tuned, err := s.Tuning(context.Background(), neurons, insilico.SmallGrid([]float64{8, 12}, []float64{9, 16}), insilico.Axes{}, insilico.SearchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range neurons {
		sum := 0.0
		for _, m := range members {
			rate, err := m.Respond([]int{n}, []insilico.Plaid{{tuned.Optimal.Gabors[i]}})
			if err != nil {
				t.Fatal(err)
			}
			sum += float64(rate[0]) / 2
		}
		if got := float64(tuned.Optimal.Rates[i]); math.Abs(got-sum) > 1e-5*(1+math.Abs(sum)) {
			t.Errorf("optimal rate of neuron %d: %v, want %v", n, got, sum)
		}
	}
	if len(tuned.Optimal.Spread) != 3 || !(tuned.Optimal.Spread[0] > 0) {
		t.Errorf("spread of the optimal rates %v", tuned.Optimal.Spread)
	}

	back, err := insilico.MEIsFromArrays(found.Arrays())
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "spread read back", floats(back.Spread), floats(found.Spread), 0)
	if testing.Short() {
		return // compiles another program
	}
	// Inside windows around what any member sees, as over the whole field.
	for _, w := range all {
		for i, v := range w.Float32(readout.Masks) {
			if v == 0 {
				w.Float32(readout.Masks)[i] = 1e-20
			}
		}
	}
	whole := meis(t, ensemble(t, device(t, models[0].Model, all[0]), device(t, models[1].Model, all[1])), neurons, o)
	golden.Compare(t, "images", floats(found.Images), floats(whole.Images), golden.Gradient)
	golden.Compare(t, "rates", floats(found.Rates), floats(whole.Rates), golden.Value)
}

// An ensemble of one model twice takes the steps of the model.
func TestEnsembleOfEquals(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	one := device(t, m, w)
	o := insilico.MEIOptions{Images: 2, MaxSteps: 6, LearningRate: 0.1}
	alone, both := meis(t, ensemble(t, one), []int{1, 0}, o), meis(t, ensemble(t, one, one), []int{1, 0}, o)
	golden.Compare(t, "images", floats(both.Images), floats(alone.Images), golden.Gradient)
	golden.Compare(t, "rates", floats(both.Rates), floats(alone.Rates), golden.Value)
	golden.Compare(t, "spread", floats(both.Spread), make([]float32, 4), golden.Value)
	if alone.Spread.Shape != nil {
		t.Error("one model has no spread")
	}
}

func TestBadEnsembles(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	other, wo := small(t, 20, 21, twoPlaces)
	if s, err := insilico.New(device(t, m, w), device(t, other, wo)); err == nil {
		t.Errorf("models of other images: %v", s)
	}
	if s, err := insilico.New(); err == nil {
		t.Errorf("no model: %v", s)
	}
	one := device(t, m, w)
	if _, err := ensemble(t, one, one).OneByOne(context.Background(), 0, true, insilico.MEIOptions{}); err == nil {
		t.Error("one by one takes an ensemble")
	}
}
