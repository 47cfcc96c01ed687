package datasets

import (
	"fmt"
	"iter"
	"math"
	"slices"

	"v1lab/datasets/stats"
)

// checkRepeats checks that the test repeats are what they claim to be: independent trials of the same image.
func checkRepeats(d *Dataset) (findings []Finding) {
	test := d.Test.Responses
	missing, never, pairs := 0, 0, 0
	recordings := make([]int, test.Neurons)
	for i := range test.N {
		clear(recordings)
		for r := range test.Repeats {
			for j, v := range test.At(r, i) {
				if v == v {
					recordings[j]++
				}
			}
		}
		for j := range d.neuronsShown(recordings) {
			pairs++
			missing += test.Repeats - recordings[j]
			if recordings[j] == 0 {
				never++
			}
		}
	}
	if never > 0 {
		findings = append(findings, Finding{
			Severity: SeverityWarning, Code: "no-repeat",
			Message: fmt.Sprintf("test_responses: %d of %d pairs of image and neuron have no repeat at all", never, pairs),
			Advice:  "these pairs are left out of scores",
			Numbers: map[string]float64{"count": float64(never)},
		})
	} else if missing > 0 {
		findings = append(findings, Finding{
			Severity: SeverityInfo, Code: "ragged-repeats",
			Message: fmt.Sprintf("test_responses: %d of %d values are missing (NaN)", missing, pairs*test.Repeats),
			Advice:  "normal: scores and ceilings count each image with the repeats it has",
			Numbers: map[string]float64{"count": float64(missing)},
		})
	}
	findings = append(findings, checkAverages(d)...)
	findings = append(findings, checkSharedTrials(d)...)
	if test.Repeats == 1 {
		return append(findings, checkSingle(d)...)
	}
	findings = append(findings, checkCopies(d)...)
	findings = append(findings, checkReported(d)...)
	return append(findings, checkAgreement(d)...)
}

// neuronsShown yields the neurons whose session saw an image. recordings is [neurons]: how often each was recorded with the image.
// In a recording of one session, or without session names, these are all neurons.
func (d *Dataset) neuronsShown(recordings []int) iter.Seq[int] {
	saw, sessions := map[string]bool{}, map[string]bool{}
	for j, n := range d.Neurons {
		sessions[n.Session] = true
		saw[n.Session] = saw[n.Session] || recordings[j] > 0
	}
	return func(yield func(int) bool) {
		for j := range recordings {
			if (len(sessions) < 2 || saw[d.Neurons[j].Session]) && !yield(j) {
				return
			}
		}
	}
}

// checkCopies looks for repeats that equal another repeat of the same image, and for rows of a single value, which are padding.
// Both happen by chance in sparse recordings of few neurons. The training part, whose trials are independent, tells how often.
func checkCopies(d *Dataset) (findings []Finding) {
	train, test := d.Train.Responses, d.Test.Responses
	flat, equalNext := 0, 0
	for i := range train.N {
		row := train.At(i)
		switch {
		case isFlat(row):
			flat++
		case i > 0 && slices.EqualFunc(row, train.At(i-1), same):
			equalNext++
		}
	}
	copies, padding, rows := 0, 0, 0
	for i := range test.N {
		for r := range test.Repeats {
			row := test.At(r, i)
			if !slices.ContainsFunc(row, func(v float32) bool { return v == v }) {
				continue // missing
			}
			rows++
			if isFlat(row) {
				padding++
				continue
			}
			for s := range r {
				if slices.EqualFunc(row, test.At(s, i), same) {
					copies++
					break
				}
			}
		}
	}
	if rows == 0 {
		return nil
	}
	const tolerated = 0.02
	// A repeat can coincide with any of the Repeats-1 others.
	chance := float64(equalNext) / float64(train.N) * float64(test.Repeats-1)
	if share := float64(copies) / float64(rows); share > 3*chance+tolerated {
		findings = append(findings, Finding{
			Severity: SeverityError, Code: "copied-repeats",
			Message: fmt.Sprintf("test_responses: %d of %d repeats are copies of an earlier repeat of their image", copies, rows),
			Advice:  "mark missing repeats by NaN: copies make noise look small and the ceiling too high",
			Numbers: map[string]float64{"count": float64(copies), "share": share},
		})
	}
	if share := float64(padding) / float64(rows); share > 3*float64(flat)/float64(train.N)+tolerated {
		findings = append(findings, Finding{
			Severity: SeverityError, Code: "padded-repeats",
			Message: fmt.Sprintf("test_responses: in %d of %d repeats all neurons have the same value, in training in %d of %d trials", padding, rows, flat, train.N),
			Advice:  "mark missing repeats by NaN: padding counts as responses",
			Numbers: map[string]float64{"count": float64(padding), "share": share},
		})
	}
	return findings
}

// checkSingle checks whether a single test response per image is an average over repeats, as its score will assume: whether its values are averages
// of counts, and where they do not tell, whether they vary less than those of the training part.
func checkSingle(d *Dataset) []Finding {
	_, single := stats.Columns(d.Train.Responses.Values, d.Train.Responses.Neurons)
	_, test := stats.Columns(d.Test.Responses.Values, d.Test.Responses.Neurons)
	ratio := medianRatio(test, single)
	f := Finding{
		Severity: SeverityInfo, Code: "single-repeat",
		Message: fmt.Sprintf("test_responses: one repeat, its spread is %.2f of that of train_responses (median over neurons)", ratio),
		Advice:  "no noise ceiling can be computed; the score is against the values as they are",
		Numbers: map[string]float64{"ratio": ratio},
	}
	average := averagingOf(Responses{N: d.Test.Responses.N, Neurons: d.Test.Responses.Neurons, Values: d.Test.Responses.Values})
	if average.averages() {
		f.Message = fmt.Sprintf("test_responses: averages over %s, not the repeats themselves", average)
		f.Numbers["median"], f.Numbers["lowest"], f.Numbers["highest"] = average.median, average.lowest, average.highest
		return []Finding{f}
	}
	const likeSingle = 0.9 // averages of 10 repeats exceed it only if noise is below a fifth of the variance of single trials
	fromSamePool := d.Split != nil && len(d.Split.TestIndex) > 0
	if ratio > likeSingle && !fromSamePool {
		f.Severity, f.Code = SeverityWarning, "not-averages"
		f.Message = fmt.Sprintf("test_responses: one repeat that spreads like single trials, %.2f of train_responses (median over neurons)", ratio)
		f.Advice = "give the repeats themselves, [repeats, images, neurons]; scores against single trials are low and have no ceiling"
		switch {
		case average.known:
			f.Message += ", and of whole numbers: no average over repeats"
		case averagingOf(d.Train.Responses).known:
			f.Message += ": probably no average over repeats"
		default:
			f.Message += ": they are single trials, or both are averages; which of the two is not known, because no number of repeats makes the values whole"
		}
	}
	return []Finding{f}
}

// isFlat reports whether all recorded neurons, at least one, responded with the same value.
func isFlat(row []float32) bool {
	first := float32(math.NaN())
	for _, v := range row {
		if first != first {
			first = v
		}
		if v == v && v != first {
			return false
		}
	}
	return first == first
}
