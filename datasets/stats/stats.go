package stats

import (
	"math"
	"slices"
)

// Real is a type of numbers that may be missing.
type Real interface{ ~float32 | ~float64 }

// Known copies the values that are not NaN, in their order.
func Known[T Real](values []T) []float64 {
	known := make([]float64, 0, len(values))
	for _, v := range values {
		if v == v {
			known = append(known, float64(v))
		}
	}
	return known
}

// Mean is NaN if there is no value. Sums are in the order of the values, so that the result does not depend on the processor.
func Mean[T Real](values []T) float64 {
	mean, _ := meanCount(values)
	return mean
}

func meanCount[T Real](values []T) (mean, count float64) {
	sum := 0.0
	for _, v := range values {
		if v == v {
			sum += float64(v)
			count++
		}
	}
	return sum / count, count // 0/0 is NaN
}

// Variance has the divisor n-1 and is NaN for fewer than two values. It takes two passes, so that a large mean does not drown the deviations.
func Variance[T Real](values []T) float64 {
	mean, count := meanCount(values)
	if count < 2 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range values {
		if v == v {
			sum += (float64(v) - mean) * (float64(v) - mean)
		}
	}
	return sum / (count - 1)
}

// SD is the root of Variance.
func SD[T Real](values []T) float64 { return math.Sqrt(Variance(values)) }

// Median is the value in the middle, or the mean of the two in the middle; NaN if there is no value.
func Median[T Real](values []T) float64 { return Quantiles(values, 0.5)[0] }

// Quantiles returns the value below which each share of the values lies, 0 the lowest and 1 the highest, interpolated between neighbours:
// share s stands at place s*(n-1) of the n sorted values (definition 7 of Hyndman and Fan 1996). They are NaN if there is no value.
// A share beyond 0 to 1 counts as the nearer end.
func Quantiles[T Real](values []T, shares ...float64) []float64 {
	sorted := Known(values)
	slices.Sort(sorted)
	out := make([]float64, len(shares))
	for i, share := range shares {
		if len(sorted) == 0 || share != share {
			out[i] = math.NaN()
			continue
		}
		place := min(max(share, 0), 1) * float64(len(sorted)-1)
		below := int(place)
		out[i] = sorted[below]
		if t := place - float64(below); t > 0 {
			out[i] = (1-t)*sorted[below] + t*sorted[below+1]
		}
	}
	return out
}

// Columns returns the mean and SD of each column of values [n, columns]. The divisor of this SD is n, as the values are all there are;
// both are NaN for a column without values. It takes two passes, like Variance.
func Columns[T Real](values []T, columns int) (mean, sd []float64) {
	mean, sd = make([]float64, columns), make([]float64, columns)
	count := make([]float64, columns)
	for start := 0; start < len(values); start += columns {
		for j, v := range values[start : start+columns] {
			if v == v {
				mean[j] += float64(v)
				count[j]++
			}
		}
	}
	for j := range mean {
		mean[j] /= count[j]
	}
	for start := 0; start < len(values); start += columns {
		for j, v := range values[start : start+columns] {
			if v == v {
				sd[j] += (float64(v) - mean[j]) * (float64(v) - mean[j])
			}
		}
	}
	for j := range sd {
		sd[j] = math.Sqrt(sd[j] / count[j])
	}
	return mean, sd
}
