package features

import (
	"fmt"
	"math"

	"v1lab/datasets/stats"
)

// ARI returns the adjusted Rand index of two clusterings of the same neurons (Hubert and Arabie 1985): 1 if they are equal up to
// the numbers of the clusters, 0 on average for unrelated ones. Any integers serve as labels.
// It is NaN for different lengths and for fewer than two neurons. If neurons may be in no cluster, use Agreement.
func ARI(a, b []int) float64 {
	if len(a) != len(b) || len(a) < 2 {
		return math.NaN()
	}
	type pair struct{ a, b int }
	both, inA, inB := map[pair]float64{}, map[int]float64{}, map[int]float64{}
	for i := range a {
		both[pair{a[i], b[i]}]++
		inA[a[i]]++
		inB[b[i]]++
	}
	same, sameA, sameB := pairs(both), pairs(inA), pairs(inB)
	all := float64(len(a)) * float64(len(a)-1) / 2
	chance := sameA * sameB / all
	most := (sameA + sameB) / 2
	if most == chance {
		return 1 // both put all neurons together, or each alone
	}
	return (same - chance) / (most - chance)
}

// Agreement returns the ARI over the neurons that have a cluster in both clusterings. A negative label means no cluster, as for dead neurons.
func Agreement(a, b []int) float64 {
	if len(a) != len(b) {
		return math.NaN()
	}
	return ARI(inBoth(a, b))
}

// inBoth keeps the labels of the neurons that are in a cluster of both clusterings, which are equally long.
func inBoth(a, b []int) (inA, inB []int) {
	for n := range a {
		if a[n] >= 0 && b[n] >= 0 {
			inA, inB = append(inA, a[n]), append(inB, b[n])
		}
	}
	return inA, inB
}

// pairs counts the pairs of neurons that share a cell. The counts are integers, so the order of the map does not matter.
func pairs[K comparable](cells map[K]float64) float64 {
	sum := 0.0
	for _, n := range cells {
		sum += n * (n - 1) / 2
	}
	return sum
}

// Stability tells how well fits agree on the clusters of the same neurons. Each pair of fits is compared over the neurons that both put into a
// cluster. Dead neurons, whose label is negative, do not count.
type Stability struct {
	ARI      [][]float64 // [fits, fits], Agreement of each pair; NaN where fewer than two neurons count
	Counted  [][]int     // [fits, fits] neurons that are in a cluster of both
	Mean, SD float64     // of the ARI over all pairs that have one; SD has the divisor n-1 and is NaN for a single pair
}

// Stable compares two or more clusterings of the same neurons, [fits][neurons], for instance of fits that differ in their seed.
func Stable(labelSets [][]int) (Stability, error) {
	if len(labelSets) < 2 {
		return Stability{}, fmt.Errorf("features: stability: found %d clusterings; at least 2 are needed", len(labelSets))
	}
	var s Stability
	var pairs []float64
	for i, a := range labelSets {
		if len(a) != len(labelSets[0]) || len(a) < 2 {
			return Stability{}, fmt.Errorf("features: stability: clustering %d has %d neurons, the first %d; all must have the same, at least 2", i, len(a), len(labelSets[0]))
		}
		s.ARI, s.Counted = append(s.ARI, make([]float64, len(labelSets))), append(s.Counted, make([]int, len(labelSets)))
		for j, b := range labelSets[:i+1] {
			inA, inB := inBoth(a, b)
			s.ARI[i][j], s.Counted[i][j] = ARI(inA, inB), len(inA)
			s.ARI[j][i], s.Counted[j][i] = s.ARI[i][j], s.Counted[i][j]
			if j < i {
				pairs = append(pairs, s.ARI[i][j])
			}
		}
	}
	s.Mean, s.SD = stats.Mean(pairs), stats.SD(pairs)
	return s, nil
}

// Confusion counts neurons by cluster and true type: [largest label + 1][largest type + 1].
// Neurons whose label or type is negative (no cluster, unknown) are left out.
func Confusion(labels, truth []int) ([][]int, error) {
	if len(labels) != len(truth) {
		return nil, fmt.Errorf("features: confusion: found %d labels and %d true types; one of each per neuron is needed", len(labels), len(truth))
	}
	rows, columns := 0, 0
	for i := range labels {
		rows, columns = max(rows, labels[i]+1), max(columns, truth[i]+1)
	}
	counts := make([][]int, rows)
	for i := range counts {
		counts[i] = make([]int, columns)
	}
	for i, l := range labels {
		if l >= 0 && truth[i] >= 0 {
			counts[l][truth[i]]++
		}
	}
	return counts, nil
}
