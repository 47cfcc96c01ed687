package stats_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"v1lab/datasets/stats"
)

var nan = math.NaN()

func TestMissingValuesAreLeftOut(t *testing.T) {
	for _, c := range []struct {
		values                     []float64
		mean, variance, median, q3 float64
	}{
		{nil, nan, nan, nan, nan},
		{[]float64{nan, nan}, nan, nan, nan, nan},
		{[]float64{nan, 5}, 5, nan, 5, 5},
		{[]float64{3, nan, 1}, 2, 2, 2, 2.5},
		{[]float64{9, 1, 2, 4}, 4, 38.0 / 3, 3, 5.25}, // of an even number: between the two in the middle
		{[]float64{1, 2, math.Inf(1)}, math.Inf(1), nan, 2, math.Inf(1)},
	} {
		given := slices.Clone(c.values)
		for name, got := range map[string][2]float64{
			"mean": {stats.Mean(c.values), c.mean}, "variance": {stats.Variance(c.values), c.variance}, "SD": {stats.SD(c.values), math.Sqrt(c.variance)},
			"median": {stats.Median(c.values), c.median}, "third quartile": {stats.Quantiles(c.values, 0.75)[0], c.q3},
		} {
			if !same(got[0], got[1]) {
				t.Errorf("%s of %v: %v, want %v", name, c.values, got[0], got[1])
			}
		}
		if !slices.EqualFunc(given, c.values, same) {
			t.Errorf("%v became %v", given, c.values)
		}
	}
}

func same(a, b float64) bool { return a == b || math.Abs(a-b) < 1e-12 || a != a && b != b }

// Without missing values they are gonum's; missing ones and the order change nothing.
func TestStatisticsAreThoseOfGonum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), 2, 30).Draw(t, "x")
		if got, want := stats.Mean(x), stat.Mean(x, nil); math.Abs(got-want) > 1e-9 {
			t.Fatalf("mean %v, want %v", got, want)
		}
		if got, want := stats.SD(x), stat.StdDev(x, nil); math.Abs(got-want) > 1e-9 {
			t.Fatalf("SD %v, want %v", got, want)
		}
		shares := []float64{0, 0.1, 0.5, 0.9, 1}
		q := stats.Quantiles(x, shares...)
		if !slices.IsSorted(q) || q[0] != slices.Min(x) || q[4] != slices.Max(x) {
			t.Fatalf("quantiles %v of %v", q, x)
		}
		with := slices.Concat([]float64{nan}, x, []float64{nan})
		slices.Reverse(with)
		if !slices.Equal(stats.Quantiles(with, shares...), q) {
			t.Fatal("missing values or the order changed the quantiles")
		}
		mean, sd := stats.Columns(x, 1)
		if math.Abs(mean[0]-stats.Mean(x)) > 1e-9 || math.Abs(sd[0]-stat.PopStdDev(x, nil)) > 1e-9 {
			t.Fatalf("column: mean %v, SD %v", mean, sd)
		}
	})
}

func TestColumns(t *testing.T) {
	mean, sd := stats.Columns([]float32{1, float32(nan), 5, 3, float32(nan), 5}, 3)
	if mean[0] != 2 || mean[1] == mean[1] || mean[2] != 5 || sd[0] != 1 || sd[1] == sd[1] || sd[2] != 0 {
		t.Errorf("means %v, SDs %v", mean, sd)
	}
}
