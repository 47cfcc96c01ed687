package datasets

import (
	"fmt"
	"math"
	"slices"
)

// Counting describes a column of values over trials, [trials, columns], that does nothing but count the trials, as row numbers, clocks and trial
// counters do: it only rises, only falls, has every whole number of a range once, or counts up again and again. The result is a clause such as
// "only rises, from 0 to 49.5"; it is empty for a neuron. Missing values are left out.
//
// Values in random order would look so with a probability below one in a million, so few trials or few different values give no result.
func Counting(values []float32, columns, column int) string {
	var known []float32
	up, down, steps := true, true, true
	whole := true
	for i := column; i < len(values); i += columns {
		v := values[i]
		if v != v {
			continue
		}
		whole = whole && float64(v) == math.Trunc(float64(v))
		if n := len(known); n > 0 {
			d := v - known[n-1]
			up, down = up && d >= 0, down && d <= 0
			steps = steps && (d == 1 || d < 0 && v == known[0])
		}
		if known = append(known, v); !up && !down && !whole {
			return ""
		}
	}
	n := len(known)
	if n < 2 || !up && !down && !whole {
		return ""
	}
	first, last := known[0], known[n-1]
	sorted := slices.Sorted(slices.Values(known))
	const unlikely = 1e-6
	if up || down {
		// Of all orders of the values, the ones that only rise or fall are as many as there are orders of equal values, twice.
		orders, _ := math.Lgamma(float64(n + 1))
		equal, run := 0.0, 0
		for i, v := range sorted {
			run++
			if i+1 == n || sorted[i+1] != v {
				l, _ := math.Lgamma(float64(run + 1))
				equal, run = equal+l, 0
			}
		}
		if math.Ln2+equal-orders > math.Log(unlikely) {
			return ""
		}
		way := "rises"
		if !up {
			way = "falls"
		}
		return fmt.Sprintf("only %s, from %g to %g", way, first, last)
	}
	const fewest = 24 // trials; of two values in random order, one in 2^23 counts up again and again
	if n < fewest {
		return ""
	}
	if steps {
		return fmt.Sprintf("counts up from %g again and again", first)
	}
	lowest := sorted[0]
	for i, v := range sorted {
		if float64(v) != float64(lowest)+float64(i) {
			return ""
		}
	}
	return fmt.Sprintf("has every whole number from %g to %g once", lowest, sorted[n-1])
}

// checkCounting looks for neurons that are row numbers, clocks or counters.
func checkCounting(d *Dataset) []Finding {
	train := d.Train.Responses
	var found []int
	what := ""
	for j := range train.Neurons {
		if clause := Counting(train.Values, train.Neurons, j); clause != "" {
			if found = append(found, j); what == "" {
				what = clause
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return []Finding{{
		Severity: SeverityError, Code: "counting-neurons",
		Message: fmt.Sprintf("%d of %d neurons follow the order of the training trials: %s %s (%s)", len(found), train.Neurons, d.describeNeurons(found[:1]), what, d.describeNeurons(found)),
		Advice:  "row numbers, clocks and trial counters are no neurons: leave them out, by the option neurons or in the file",
		Numbers: map[string]float64{"count": float64(len(found))}, Neurons: found,
	}}
}
