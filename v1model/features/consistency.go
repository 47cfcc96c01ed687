package features

import (
	"fmt"
	"math"
)

// A cluster is believed if its agreement over refits reaches these bounds of Hennig (2007) for stable and dissolved clusters.
const (
	BelievedMean = 0.75 // mean Jaccard index over the other fits, at least
	Dissolved    = 0.5  // Jaccard index in a single fit, more than
)

// Consistency tells how well clusterings of the same neurons agree, cluster by cluster and neuron by neuron. The first clustering is the reference.
type Consistency struct {
	Stability                      // of all fits together
	Matched   [][]int              // [fits][neurons] labels under the reference's numbers; clusters without a partner come after them
	Neurons   []float64            // [neurons] share of the other fits that put the neuron into the same cluster; NaN for one in no cluster of the reference
	Clusters  []ClusterConsistency // of the reference
}

// ClusterConsistency tells how well one cluster is found again. The Jaccard index of two clusters is the number of neurons in both over that in either.
type ClusterConsistency struct {
	Size     int
	Jaccard  []float64 // [other fits], with the partner there; 0 where there is none
	Mean     float64
	Min      float64
	Believed bool // Mean >= BelievedMean and Min > Dissolved
}

// Consistent compares two or more clusterings of the same neurons, [fits][neurons]. Negative labels mean no cluster.
// Clusters of each fit are matched one to one with those of the first so that as many neurons as possible keep their cluster.
func Consistent(labelSets [][]int) (Consistency, error) {
	stability, err := Stable(labelSets)
	if err != nil {
		return Consistency{}, err
	}
	reference := labelSets[0]
	c := Consistency{Stability: stability, Neurons: make([]float64, len(reference))}
	for _, a := range labelSets {
		matched, err := Match(reference, a)
		if err != nil {
			return Consistency{}, err
		}
		c.Matched = append(c.Matched, matched)
	}
	k := count(reference)
	c.Clusters = make([]ClusterConsistency, k)
	others := float64(len(labelSets) - 1)
	for fit, matched := range c.Matched {
		both, either := make([]float64, k), make([]float64, k)
		for n, l := range reference {
			m := matched[n]
			switch {
			case l >= 0 && l == m:
				both[l]++
				either[l]++
			default:
				if l >= 0 {
					either[l]++
				}
				if m >= 0 && m < k {
					either[m]++
				}
			}
			if fit > 0 && l >= 0 && l == m {
				c.Neurons[n] += 1 / others
			}
		}
		for l := range c.Clusters {
			if fit == 0 {
				c.Clusters[l].Size = int(both[l])
				continue
			}
			c.Clusters[l].Jaccard = append(c.Clusters[l].Jaccard, both[l]/max(either[l], 1))
		}
	}
	for l := range c.Clusters {
		cluster := &c.Clusters[l]
		cluster.Min = math.Inf(1)
		for _, j := range cluster.Jaccard {
			cluster.Mean += j / others
			cluster.Min = min(cluster.Min, j)
		}
		cluster.Believed = cluster.Mean >= BelievedMean-1e-12 && cluster.Min > Dissolved
	}
	for n, l := range reference {
		if l < 0 {
			c.Neurons[n] = math.NaN()
		}
	}
	return c, nil
}

// Match renames the clusters of other after those of reference, one to one, so that as many neurons as possible carry the same number in both
// (the assignment problem; Kuhn 1955, Munkres 1957). Clusters of other without a partner get the numbers after the reference's;
// negative labels (no cluster) stay.
func Match(reference, other []int) ([]int, error) {
	if len(reference) != len(other) {
		return nil, fmt.Errorf("features: match: found %d labels and %d in the reference; one of each per neuron is needed", len(other), len(reference))
	}
	k, theirs := count(reference), count(other)
	size := max(k, theirs)
	shared := make([][]float64, size) // [cluster of other, of reference]; padded by empty clusters
	for i := range shared {
		shared[i] = make([]float64, size)
	}
	for n, l := range other {
		if l >= 0 && reference[n] >= 0 {
			shared[l][reference[n]]--
		}
	}
	partner := assign(shared)
	next := k
	names := make([]int, theirs)
	for l := range names {
		names[l] = partner[l]
		if partner[l] >= k || shared[l][partner[l]] == 0 { // nothing in common is no partner
			names[l] = next
			next++
		}
	}
	out := make([]int, len(other))
	for n, l := range other {
		out[n] = l
		if l >= 0 {
			out[n] = names[l]
		}
	}
	return out, nil
}

// count is the largest label plus one.
func count(labels []int) int {
	k := 0
	for _, l := range labels {
		k = max(k, l+1)
	}
	return k
}

// assign gives each row of a square matrix a column of its own so that the sum of costs is smallest, by shortest augmenting paths
// (Jonker and Volgenant 1987).
func assign(cost [][]float64) []int {
	n := len(cost)
	rowPrice, columnPrice := make([]float64, n), make([]float64, n+1)
	row := make([]int, n+1) // of each column; column n is where a new row starts
	for c := range row {
		row[c] = -1
	}
	for r := range n {
		row[n] = r
		slack, before, visited := make([]float64, n), make([]int, n), make([]bool, n+1)
		for c := range slack {
			slack[c] = math.Inf(1)
		}
		at := n
		for row[at] >= 0 {
			visited[at] = true
			next, step := -1, math.Inf(1)
			for c := range n {
				if visited[c] {
					continue
				}
				if s := cost[row[at]][c] - rowPrice[row[at]] - columnPrice[c]; s < slack[c] {
					slack[c], before[c] = s, at
				}
				if slack[c] < step {
					next, step = c, slack[c]
				}
			}
			for c := range n + 1 {
				if visited[c] {
					rowPrice[row[c]] += step
					columnPrice[c] -= step
				} else if c < n {
					slack[c] -= step
				}
			}
			at = next
		}
		for at != n {
			row[at] = row[before[at]]
			at = before[at]
		}
	}
	column := make([]int, n)
	for c := range n {
		column[row[c]] = c
	}
	return column
}
