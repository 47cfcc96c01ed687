package search_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mathext/prng"

	"v1lab/v1model/experiments/search"
)

func readGolden(t *testing.T, path string, to any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The estimator proposes what Optuna 5.0.0 proposes from the same random numbers, with draws that run, that were stopped early, and of every form.
func TestOptuna(t *testing.T) {
	var golden struct {
		Functions []struct {
			Name  string
			Seed  uint64
			Space []string
			Draws []struct {
				Number, Steps int
				ToldAt        int `json:"told_at"`
				Values        map[string]search.Value
				Loss          float64
			}
		}
	}
	readGolden(t, "testdata/tpe.json", &golden)
	proposals := 0
	for _, f := range golden.Functions {
		space, err := search.ParseSpace(f.Space)
		if err != nil {
			t.Fatal(err)
		}
		twister := prng.NewMT19937()
		twister.Seed(f.Seed)
		uniform := func() float64 { // NumPy's random_sample
			a, b := twister.Uint32()>>5, twister.Uint32()>>6
			return (float64(a)*67108864 + float64(b)) / 9007199254740992
		}
		for i, d := range f.Draws {
			if d.ToldAt == 0 {
				continue
			}
			var finished []search.Finished
			for _, e := range f.Draws[:i] {
				finished = append(finished, search.Finished{Number: e.Number, Values: e.Values, Loss: e.Loss, Steps: e.Steps, Running: e.ToldAt > d.Number})
			}
			values, err := search.ProposeTPE(space, d.Number, finished, uniform)
			if err != nil {
				t.Fatal(err)
			}
			for key, want := range d.Values {
				if !near(values[key], want) {
					t.Fatalf("%s, draw %d: %s is %v, Optuna has %v", f.Name, d.Number, key, values[key], want)
				}
			}
			proposals++
		}
	}
	if proposals != 144 {
		t.Errorf("%d proposals compared, want 144", proposals)
	}
}

// near compares values. Optuna finds quantiles by Newton's method up to 1e-8.
func near(got, want search.Value) bool {
	x, ok := got.(float64)
	if y, isNumber := want.(float64); ok && isNumber {
		return math.Abs(x-y) <= 2e-7*max(1, math.Abs(y))
	}
	return fmt.Sprint(got) == fmt.Sprint(want)
}

// The sequence without scrambling is SciPy's, in 64 dimensions.
func TestSobolGolden(t *testing.T) {
	var golden struct {
		First [][]float64
		Point int
		All   []float64
		Mean  []float64
	}
	readGolden(t, "testdata/sobol.json", &golden)
	var specs []string
	for i := range 64 {
		specs = append(specs, fmt.Sprintf("k%02d=lin(0,1)", i))
	}
	space, err := search.ParseSpace(specs)
	if err != nil {
		t.Fatal(err)
	}
	points, err := search.Points(space, 256, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range golden.First {
		for j, want := range p {
			if points[i][j] != want {
				t.Errorf("point %d, dimension %d: %v, want %v", i, j, points[i][j], want)
			}
		}
	}
	for j, want := range golden.All {
		if got := points[golden.Point][j]; got != want {
			t.Errorf("point %d, dimension %d: %v, want %v", golden.Point, j, got, want)
		}
		mean := 0.0
		for i := range points {
			mean += points[i][j] / float64(len(points))
		}
		if math.Abs(mean-golden.Mean[j]) > 1e-12 {
			t.Errorf("mean of dimension %d: %v, want %v", j, mean, golden.Mean[j])
		}
	}
}
