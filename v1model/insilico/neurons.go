package insilico

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParseNeurons parses a list of neurons, such as 0-3,7, of a population of n. The empty list means all. The result keeps the order of the list. A neuron
// that does not exist, or is named twice, is an error.
func ParseNeurons(list string, n int) ([]int, error) {
	var neurons []int
	if strings.TrimSpace(list) == "" {
		for i := range n {
			neurons = append(neurons, i)
		}
		return neurons, nil
	}
	seen := make([]bool, n)
	for part := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		first, err := strconv.Atoi(from)
		last := first
		if err == nil && isRange {
			last, err = strconv.Atoi(to)
		}
		if err != nil || last < first {
			return nil, fmt.Errorf("neurons: %q in %q; accepted: numbers and ranges, such as 0-3,7", part, list)
		}
		if first < 0 || last >= n {
			return nil, fmt.Errorf("neurons: %q in %q; the run has %d neurons, accepted: 0 to %d", part, list, n, n-1)
		}
		for i := first; i <= last; i++ {
			if seen[i] {
				return nil, fmt.Errorf("neurons: %d is named twice in %q", i, list)
			}
			seen[i] = true
			neurons = append(neurons, i)
		}
	}
	return slices.Clip(neurons), nil
}
