package fitted

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"v1lab/v1model/celltypes"
)

// Silence says why a fitted model knows nothing of a neuron, which is then dead in every analysis.
type Silence int

// Reasons. A neuron with both has the first.
const (
	Responds    Silence = iota // it is not silent
	NeverVaries                // its training responses never vary: nothing could be learned
	NoWeights                  // the readout has no weights for it
)

// String returns the reason in words, empty for a neuron that is not silent.
func (s Silence) String() string {
	return []string{"", "training responses never vary", "no readout weights"}[s]
}

// Silence tells which neurons are silent and why, [neurons]. Folders of older versions do not record whose training responses never vary: that is then
// taken from the recording, and is unknown if it cannot be opened.
func (r *Run) Silence() ([]Silence, error) {
	return r.silence.get(func() ([]Silence, error) {
		readout, err := r.Readout()
		if err != nil {
			return nil, err
		}
		silence := make([]Silence, r.Dataset.Shape.Neurons)
		for n, group := range readout.Weights.Power().Group() {
			if group < 0 {
				silence[n] = NoWeights
			}
		}
		for _, n := range r.neverVary() {
			silence[n] = NeverVaries
		}
		return silence, nil
	})
}

// neverVary lists the neurons whose training responses never vary.
func (r *Run) neverVary() (neurons []int) {
	neurons = r.Dataset.Silent
	if d, err := r.Recording(); neurons == nil && err == nil {
		neurons = d.Silent()
	}
	return slices.DeleteFunc(slices.Clone(neurons), func(n int) bool { return n < 0 || n >= r.Dataset.Shape.Neurons })
}

// Living returns the readout without its silent neurons: their weights are 0. Analyses of the population use it, so that what remains of the start values
// of a neuron that never responded is taken for nothing.
func (r *Run) Living() (celltypes.Readout, error) {
	return r.living.get(func() (celltypes.Readout, error) {
		readout, err := r.Readout()
		if err != nil {
			return readout, err
		}
		readout.Weights.Values = slices.Clone(readout.Weights.Values)
		for _, n := range r.neverVary() {
			clear(readout.Weights.At(n))
		}
		return readout, nil
	})
}

// Reasons returns why each of some neurons is silent, with another reason for those that are not: dead neurons that Silence does not know.
func (r *Run) Reasons(neurons []int, other string) ([]string, error) {
	silence, err := r.Silence()
	if err != nil {
		return nil, err
	}
	reasons := make([]string, len(neurons))
	for i, n := range neurons {
		reasons[i] = cmp.Or(silence[n].String(), other)
	}
	return reasons, nil
}

// Because lists neurons by their Reasons, up to most of each: "2, 5 (training responses never vary); 7 (nothing excites it)".
func (r *Run) Because(neurons []int, other string, name func(n int) string, most int) (string, error) {
	reasons, err := r.Reasons(neurons, other)
	if err != nil {
		return "", err
	}
	var order []string
	names := map[string][]string{}
	for i, reason := range reasons {
		if names[reason] == nil {
			order = append(order, reason)
		}
		names[reason] = append(names[reason], name(neurons[i]))
	}
	for i, reason := range order {
		all := names[reason]
		more := ""
		if len(all) > most {
			more = fmt.Sprintf(" and %d more", len(all)-most)
		}
		order[i] = fmt.Sprintf("%s%s (%s)", strings.Join(all[:min(most, len(all))], ", "), more, reason)
	}
	return strings.Join(order, "; "), nil
}
