package datasets

import (
	"fmt"
	"math"
	"slices"

	"v1lab/datasets/stats"
)

// maxAveraged is the largest number of repeats that AveragedOver looks for.
const maxAveraged = 200

// AveragedOver returns for each image the smallest k for which k times the response of every neuron is a whole number. Where responses are counts
// of spikes averaged over repeats, k is the number of repeats, or a divisor of it; 1 means whole numbers, as single trials have. It is 0 where that
// is not known: no k up to 200 does it, or there is no response but 0.
func AveragedOver(r Responses) []int {
	all := make([]int, r.N)
	for i := range all {
		all[i] = averagedOver(r.At(i))
	}
	return all
}

func averagedOver(row []float32) int {
	if !slices.ContainsFunc(row, func(v float32) bool { return v == v && v != 0 }) {
		return 0
	}
next:
	for k := 1; k <= maxAveraged; k++ {
		for _, v := range row {
			if v != v {
				continue
			}
			// Two units in the last place of v, for a mean that was rounded to float32 and perhaps computed there.
			sum := float64(v) * float64(k)
			if !(math.Abs(sum-math.Round(sum)) <= math.Abs(sum)*0x1p-22) {
				continue next
			}
		}
		return k
	}
	return 0
}

// averaging sums up AveragedOver of one part.
type averaging struct {
	known                   bool    // of all images with a response
	median, lowest, highest float64 // repeats of an image
}

func averagingOf(r Responses) averaging {
	var k []float64
	for i, n := range AveragedOver(r) {
		if n > 0 {
			k = append(k, float64(n))
		} else if slices.ContainsFunc(r.At(i), func(v float32) bool { return v == v && v != 0 }) {
			return averaging{}
		}
	}
	if len(k) == 0 {
		return averaging{}
	}
	q := stats.Quantiles(k, 0, 0.5, 1)
	return averaging{true, q[1], q[0], q[2]}
}

// averages reports whether most images have averages of at least two repeats.
func (a averaging) averages() bool { return a.known && a.median >= 2 }

func (a averaging) String() string {
	return fmt.Sprintf("%g repeats an image (median; %g to %g, the smallest number that makes all its values whole)", a.median, a.lowest, a.highest)
}

// checkAverages says over how many repeats training responses are averages, if their values tell.
func checkAverages(d *Dataset) []Finding {
	a := averagingOf(d.Train.Responses)
	if !a.averages() {
		return nil
	}
	return []Finding{{
		Severity: SeverityInfo, Code: "averaged-responses",
		Message: fmt.Sprintf("train_responses: averages over %s", a),
		Advice:  "good to fit; they spread less than single trials, so they tell nothing about noise",
		Numbers: map[string]float64{"median": a.median, "lowest": a.lowest, "highest": a.highest},
	}}
}
