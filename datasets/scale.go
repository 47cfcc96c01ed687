package datasets

import (
	"fmt"
	"math"
	"slices"

	"v1lab/datasets/stats"
)

// Unscaled records that the reference's rule for small SDs applied to neurons that do respond: their SD is below a hundredth of the mean, and counts as 1.
type Unscaled struct {
	Neurons  []int   `json:"neurons"`             // whose responses stay in recorded units
	MeanSD   float64 `json:"mean_sd"`             // mean SD over neurons
	RaisedBy []int   `json:"raised_by,omitempty"` // the neurons that make the mean so large: SDs above a hundred times the median
}

// unscaled tells which neurons that vary have an SD below the threshold, a hundredth of the mean; nil if none. sds is NaN for a neuron that was never
// recorded.
func unscaled(sds []float64, silent []int, threshold float64) *Unscaled {
	u := &Unscaled{MeanSD: 100 * threshold}
	varying := slices.Clone(sds)
	for _, j := range silent {
		varying[j] = math.NaN()
	}
	for j, s := range varying {
		if s < threshold {
			u.Neurons = append(u.Neurons, j)
		}
	}
	if u.Neurons == nil {
		return nil
	}
	typical := stats.Median(varying)
	for j, s := range varying {
		if s > 100*typical {
			u.RaisedBy = append(u.RaisedBy, j)
		}
	}
	return u
}

// Keep returns the record for the neurons at the indices kept, which may be nil.
func (u *Unscaled) Keep(kept []int) *Unscaled {
	if u == nil {
		return nil
	}
	few := Unscaled{MeanSD: u.MeanSD}
	for place, j := range kept {
		if slices.Contains(u.Neurons, j) {
			few.Neurons = append(few.Neurons, place)
		}
		if slices.Contains(u.RaisedBy, j) {
			few.RaisedBy = append(few.RaisedBy, place)
		}
	}
	if few.Neurons == nil {
		return nil
	}
	return &few
}

// of returns the record of n neurons from the first.
func (u *Unscaled) of(first, n int) *Unscaled {
	kept := make([]int, n)
	for j := range kept {
		kept[j] = first + j
	}
	return u.Keep(kept)
}

// join adds the record of a session whose first neuron gets the number first. MeanSD is the largest.
func (u *Unscaled) join(other *Unscaled, first int) *Unscaled {
	if other == nil {
		return u
	}
	var all Unscaled
	if u != nil {
		all = *u
	}
	all.MeanSD = max(all.MeanSD, other.MeanSD)
	for _, j := range other.Neurons {
		all.Neurons = append(all.Neurons, first+j)
	}
	for _, j := range other.RaisedBy {
		all.RaisedBy = append(all.RaisedBy, first+j)
	}
	return &all
}

// checkScale finds neurons that the rule for small SDs leaves unscaled.
func checkScale(d *Dataset) []Finding {
	n := d.Normalisation
	if n == nil {
		var err error
		if n, err = d.measure(); err != nil {
			return nil // another check says why
		}
	}
	return d.unscaledFinding(n)
}

func (d *Dataset) unscaledFinding(n *Normalisation) []Finding {
	u := n.Unscaled
	if u == nil {
		return nil
	}
	f := Finding{
		Severity: SeverityWarning, Code: "unscaled-neurons",
		Message: fmt.Sprintf("%d of %d neurons have responses whose SD is below a hundredth of the mean SD, %.3g (%s): by the rule of the reference their SD counts as 1, so they stay in recorded units, while others are divided by their SD",
			len(u.Neurons), d.NumNeurons(), u.MeanSD, d.describeNeurons(u.Neurons)),
		Advice:  "bring all neurons to one scale before the fit, or leave the small ones out",
		Numbers: map[string]float64{"count": float64(len(u.Neurons)), "mean_sd": u.MeanSD},
		Neurons: u.Neurons,
	}
	if len(u.RaisedBy) > 0 {
		largest := 0.0
		for _, j := range u.RaisedBy {
			largest = max(largest, n.ResponseSD[j])
		}
		verb := "makes"
		if len(u.RaisedBy) > 1 {
			verb = "make"
		}
		f.Message += fmt.Sprintf("; neuron %s %s the mean so large, with an SD of up to %.3g", d.describeNeurons(u.RaisedBy), verb, largest)
		f.Advice = "mend or leave out the neurons of that large SD: a damaged one makes the fit ignore the others"
		f.Numbers["largest_sd"] = largest
	}
	return []Finding{f}
}
