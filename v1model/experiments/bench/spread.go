package bench

import (
	"math"

	"gonum.org/v1/gonum/stat"

	"v1lab/datasets/stats"
)

// Spread is the median and the range of repeated measurements.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// SpreadOf summarises values; of an even number the median is the mean of the two in the middle. No values give zeros.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	q := stats.Quantiles(values, 0, 0.5, 1)
	return Spread{Min: q[0], Median: q[1], Max: q[2]}
}

// RatioOf returns the spread of a[i]/b[i]. It compares two systems round by round, so that slowdowns of the machine cancel.
func RatioOf(a, b []float64) Spread {
	ratios := make([]float64, min(len(a), len(b)))
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	return SpreadOf(ratios)
}

// Slope returns the slope of log y over log x by least squares: 1 if y is proportional to x. It is NaN for fewer than two points.
func Slope(x, y []float64) float64 {
	if len(x) < 2 {
		return math.NaN()
	}
	logs := func(v []float64) []float64 {
		l := make([]float64, len(v))
		for i := range v {
			l[i] = math.Log(v[i])
		}
		return l
	}
	_, slope := stat.LinearRegression(logs(x), logs(y), nil, false)
	return slope
}
