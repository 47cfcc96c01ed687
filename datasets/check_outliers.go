package datasets

import (
	"fmt"
	"math"

	"v1lab/datasets/stats"
)

// minTrials is the number of trials from which checkOutliers looks for one that stands out.
const minTrials = 20

// checkOutliers finds neurons whose SD over the training responses is that of a single trial: it has more than half of their sum of squares.
func checkOutliers(d *Dataset) []Finding {
	train := d.Train.Responses
	var neurons []int
	largest, of, at, value := 0.0, 0, 0, float32(0)
	means, sds := stats.Columns(train.Values, train.Neurons)
	farthest, where, recorded := make([]float64, train.Neurons), make([]int, train.Neurons), make([]int, train.Neurons)
	for i := range train.N {
		for j, v := range train.At(i) {
			if v != v {
				continue
			}
			recorded[j]++
			if away := math.Abs(float64(v) - means[j]); away > farthest[j] {
				farthest[j], where[j] = away, i
			}
		}
	}
	for j, sd := range sds {
		share := farthest[j] * farthest[j] / (sd * sd * float64(recorded[j]))
		if recorded[j] < minTrials || !(share > 0.5) || math.IsInf(share, 0) {
			continue
		}
		neurons = append(neurons, j)
		if share > largest {
			largest, of, at, value = share, j, where[j], train.At(where[j])[j]
		}
	}
	if len(neurons) == 0 {
		return nil
	}
	return []Finding{{
		Severity: SeverityWarning, Code: "outlier-trials",
		Message: fmt.Sprintf("in %d of %d neurons one training trial has more than half of the variance (%s); the most of neuron %s: %.3g at image %d has %.0f %% of it, other responses have a mean of %.3g",
			len(neurons), train.Neurons, d.describeNeurons(neurons), d.describeNeurons([]int{of}), value, at, 100*largest, (means[of]*float64(recorded[of])-float64(value))/float64(recorded[of]-1)),
		Advice:  "look at these trials: if they are artefacts, leave them out as missing values (responses are divided by the SD, so one trial sets a neuron's scale); a neuron that responds that rarely can hardly be fitted",
		Numbers: map[string]float64{"count": float64(len(neurons)), "share": largest, "image": float64(at), "value": float64(value)}, Neurons: neurons,
	}}
}
