package datasets

import (
	"fmt"
	"math"
)

// checkReported compares the averages stored in the file with those of its repeats.
func checkReported(d *Dataset) []Finding {
	test, reported := d.Test.Responses, d.Test.Reported
	if len(reported.Values) == 0 || d.Normalisation != nil {
		return nil // normalisation scales the repeats but not the reported averages
	}
	if reported.N != test.N || reported.Neurons != test.Neurons {
		return []Finding{{
			Severity: SeverityError, Code: "shapes",
			Message: fmt.Sprintf("reported test averages: of %d images and %d neurons, want %d and %d as in test_responses", reported.N, reported.Neurons, test.N, test.Neurons),
			Advice:  "the averages must be those of the repeats",
		}}
	}
	asStored := func(image, repeat int) []float32 { return test.At(repeat, image) }
	wrong, of := unlikeAverages(test, reported, asStored)
	if wrong*100 <= of {
		return nil
	}
	f := Finding{
		Severity: SeverityError, Code: "not-averages",
		Message: fmt.Sprintf("reported test averages: %d of %d are not the average of their repeats (correlation %.2f)", wrong, of, correlation(test, reported)),
		Advice:  "find out which is wrong, the averages or the order of the repeats: until then a score against either means nothing",
		Numbers: map[string]float64{"count": float64(wrong), "share": float64(wrong) / float64(of), "correlation": correlation(test, reported)},
	}
	if n := singleTrials(test, reported); n > 0 {
		f.Message += fmt.Sprintf("; %d of %d are single trials", n, reported.N)
		f.Numbers["single_trials"] = float64(n)
	}
	// Files list trials either image by image or repeat by repeat. Reading one order as the other groups the trials wrongly.
	for _, regrouped := range []func(image, repeat int) []float32{
		func(image, repeat int) []float32 {
			k := image*test.Repeats + repeat
			return test.At(k/test.N, k%test.N)
		},
		func(image, repeat int) []float32 {
			k := repeat*test.N + image
			return test.At(k%test.Repeats, k/test.Repeats)
		},
	} {
		if n, _ := unlikeAverages(test, reported, regrouped); n*100 <= of {
			f.Advice = "the trials are in the other order: image by image in place of repeat by repeat, or the reverse"
		}
	}
	return []Finding{f}
}

// unlikeAverages counts the reported values that differ from the average of their repeats by more than rounding. It skips pairs of image
// and neuron without repeats.
func unlikeAverages(test Repeats, reported Responses, at func(image, repeat int) []float32) (wrong, of int) {
	sum, size, count := make([]float64, test.Neurons), make([]float64, test.Neurons), make([]int, test.Neurons)
	for i := range test.N {
		clear(sum)
		clear(size)
		clear(count)
		for r := range test.Repeats {
			for j, v := range at(i, r) {
				if v == v {
					sum[j] += float64(v)
					size[j] = max(size[j], math.Abs(float64(v)))
					count[j]++
				}
			}
		}
		for j, v := range reported.At(i) {
			if count[j] == 0 || v != v {
				continue
			}
			of++
			const rounding = 1e-4 // relative to the largest repeat
			if math.Abs(float64(v)-sum[j]/float64(count[j])) > rounding*size[j] {
				wrong++
			}
		}
	}
	return wrong, of
}

// correlation returns the correlation over images between reported averages and averages of the repeats, averaged over the neurons that
// vary in both.
func correlation(test Repeats, reported Responses) float64 {
	total, neurons := 0.0, 0
	for j := range test.Neurons {
		var n, x, y, xx, yy, xy float64
		for i := range test.N {
			sum, count := 0.0, 0.0
			for r := range test.Repeats {
				if v := test.At(r, i)[j]; v == v {
					sum += float64(v)
					count++
				}
			}
			a, b := sum/count, float64(reported.At(i)[j])
			if a != a || b != b {
				continue
			}
			n, x, y, xx, yy, xy = n+1, x+a, y+b, xx+a*a, yy+b*b, xy+a*b
		}
		if c := (n*xy - x*y) / math.Sqrt((n*xx-x*x)*(n*yy-y*y)); !math.IsNaN(c) && !math.IsInf(c, 0) {
			total += c
			neurons++
		}
	}
	return total / float64(max(neurons, 1))
}

// singleTrials counts the reported averages that equal one trial in every neuron. An average of several trials never does.
func singleTrials(test Repeats, reported Responses) (n int) {
	trials := newTrialIndex()
	for r := range test.Repeats {
		for i := range test.N {
			trials.add(test.At(r, i), [2]int{r, i})
		}
	}
	for i := range reported.N {
		if _, ok := trials.find(reported.At(i)); ok {
			n++
		}
	}
	return n
}
