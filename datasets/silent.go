package datasets

import (
	"fmt"
	"math"
	"slices"
)

// Silent lists the neurons whose recorded responses never vary, by number: those that never respond, and those that always respond alike. No model can
// learn anything of a neuron that is silent in the training part.
func (r Responses) Silent() (silent []int) {
	infinity := float32(math.Inf(1))
	low, high := slices.Repeat([]float32{infinity}, r.Neurons), slices.Repeat([]float32{-infinity}, r.Neurons)
	for i := range r.N {
		for j, v := range r.At(i) {
			if v == v {
				low[j], high[j] = min(low[j], v), max(high[j], v)
			}
		}
	}
	for j := range low {
		if !(low[j] < high[j]) {
			silent = append(silent, j)
		}
	}
	return silent
}

// Remarks says what a fit to a normalised dataset should say before it begins: neurons that are silent in training, neurons that the rule for small SDs
// left unscaled, and negative responses that were set to 0.
func Remarks(d *Dataset) (remarks []Finding) {
	if silent := d.Silent(); len(silent) > 0 {
		remarks = append(remarks, Finding{
			Severity: SeverityWarning, Code: "silent-neurons",
			Message: fmt.Sprintf("%d of %d neurons never respond in the training part, or always alike (%s): nothing can be learned of them, and results mark them as dead", len(silent), d.NumNeurons(), d.describeNeurons(silent)),
			Advice:  "the option neurons leaves them out", Numbers: map[string]float64{"count": float64(len(silent))}, Neurons: silent,
		})
	}
	n := d.Normalisation
	if n == nil {
		return remarks
	}
	remarks = append(remarks, d.unscaledFinding(n)...)
	if n.Clipped > 0 {
		all := 0
		for _, b := range d.Blocks() {
			for _, p := range b.trials() {
				for _, v := range p.values {
					if v == v {
						all++
					}
				}
			}
		}
		share := float64(n.Clipped) / float64(all)
		remarks = append(remarks, Finding{
			Severity: SeverityWarning, Code: "negative-responses",
			Message: fmt.Sprintf("%d of %d responses are negative (%.2g %%) and were set to 0: the fit and its scores count them as 0", n.Clipped, all, 100*share),
			Advice:  "normalise=signed in the recording's name keeps them, for fit.loss=gaussian",
			Numbers: map[string]float64{"count": float64(n.Clipped), "share": share},
		})
	}
	return remarks
}

// checkTestVaries finds neurons whose test responses never vary though their training responses do.
func checkTestVaries(d *Dataset) []Finding {
	test := d.Test.Responses
	if test.N < 2 {
		return nil // no neuron has a score
	}
	silent := Responses{N: test.Repeats * test.N, Neurons: test.Neurons, Values: test.Values}.Silent()
	training := d.Train.Responses.Silent()
	silent = slices.DeleteFunc(silent, func(j int) bool { return slices.Contains(training, j) })
	if len(silent) == 0 {
		return nil
	}
	return []Finding{{
		Severity: SeverityWarning, Code: "silent-in-test",
		Message: fmt.Sprintf("%d of %d neurons never respond in the test part, or always alike, or were not recorded there (%s)", len(silent), test.Neurons, d.describeNeurons(silent)),
		Advice:  "they can be fitted, but have no score and do not count in means",
		Numbers: map[string]float64{"count": float64(len(silent))}, Neurons: silent,
	}}
}
