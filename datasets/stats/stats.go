package stats

import (
	"math"
	"slices"
)

// Real is a type of numbers in which NaN marks a missing value.
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

// Mean returns the mean, NaN if there is no value. It adds in the order of the values, so the result does not depend on the processor.
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

// Variance divides by n-1 and is NaN for fewer than two values. It takes two passes, so a large mean does not swamp the deviations.
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

// SD is the square root of Variance.
func SD[T Real](values []T) float64 { return math.Sqrt(Variance(values)) }

// Median returns the middle value, or the mean of the two middle values; NaN if there is no value.
func Median[T Real](values []T) float64 { return Quantiles(values, 0.5)[0] }

// Quantiles returns, for each share from 0 (lowest) to 1 (highest), the value below which that share of the values lies. It interpolates
// between neighbours: share s lies at position s*(n-1) of the n sorted values (definition 7 of Hyndman and Fan 1996). Quantiles are NaN if
// there is no value. Shares outside 0 to 1 are clamped.
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

// Columns returns the mean and SD of each column of values [n, columns]. This SD divides by n, because the values are the whole
// population. Both are NaN for a column without values. It takes two passes, like Variance.
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

// Between returns the mean and the SD of each place over several lists of equal length, as between the predictions of several models. The SD is that of a
// sample, with one less than the lists in the denominator; NaN for one list. NaN in any list is NaN in the results.
func Between[T Real](lists [][]T) (mean, sd []T) {
	mean, sd = make([]T, len(lists[0])), make([]T, len(lists[0]))
	n := float64(len(lists))
	for i := range mean {
		sum, squares := 0.0, 0.0
		for _, l := range lists {
			sum += float64(l[i])
		}
		for _, l := range lists {
			squares += (float64(l[i]) - sum/n) * (float64(l[i]) - sum/n)
		}
		mean[i], sd[i] = T(sum/n), T(math.Sqrt(squares/(n-1)))
	}
	return mean, sd
}
