package features

import (
	"fmt"
	"math"
	"slices"
)

// Consensus is one labelling of neurons, and how far several groupings agree with it.
//
// The clusters of each grouping are matched with those of the labelling (see Match), and each neuron counts the groupings that put it where the labelling does.
// Dead neurons do not vote: a negative label counts nowhere.
type Consensus struct {
	K          int
	Labels     []int       // [neurons], by decreasing size; -1 for neurons that belong to none: not more than half of the groupings confirm their cluster, they would be alone in it, or they are dead in all
	Sizes      []int       // [K]
	Matched    [][]int     // [groupings][neurons] labels of each grouping under the consensus's numbers; clusters without a partner come after them
	Confidence []float64   // [neurons] share of the votes for the neuron's cluster, also if those are too few to belong to it; NaN if it is dead in all
	Votes      []int       // [neurons] groupings in which it has a cluster
	Clusters   []float64   // [K] mean confidence of the members; NaN without any
	Together   [][]float64 // [K, K] the consensus matrix (Monti et al. 2003), averaged over neurons of two clusters: share of groupings that put two neurons together, of those in which both have a cluster; NaN without a pair
}

// Vote lets groupings of the same neurons, [groupings][neurons], vote on a labelling, [neurons].
func Vote(labels []int, groupings [][]int) (Consensus, error) {
	if len(groupings) == 0 {
		return Consensus{}, fmt.Errorf("features: consensus: found no groupings; at least 1 is needed")
	}
	c := Consensus{K: count(labels), Labels: slices.Clone(labels), Votes: make([]int, len(labels)), Confidence: make([]float64, len(labels))}
	c.Sizes = make([]int, c.K)
	for _, g := range groupings {
		matched, err := Match(labels, g)
		if err != nil {
			return Consensus{}, err
		}
		c.Matched = append(c.Matched, matched)
		for n, l := range matched {
			if l >= 0 {
				c.Votes[n]++
			}
			if l >= 0 && l == labels[n] {
				c.Confidence[n]++
			}
		}
	}
	for n, votes := range c.Votes {
		if c.Confidence[n] /= float64(votes); !(c.Confidence[n] > 0.5) { // NaN without votes
			c.Labels[n] = -1
		}
	}
	members := map[int]int{}
	for _, l := range c.Labels {
		members[l]++
	}
	for n, l := range c.Labels {
		if members[l] == 1 {
			c.Labels[n] = -1
		}
	}
	c.renumber()
	c.average()
	return c, nil
}

// None lists the neurons with votes that belong to no cluster.
func (c *Consensus) None() []int {
	none := []int{}
	for n, l := range c.Labels {
		if l < 0 && c.Votes[n] > 0 {
			none = append(none, n)
		}
	}
	return none
}

// renumber orders the clusters by decreasing size, equal ones by their first neurons; empty ones are dropped.
func (c *Consensus) renumber() {
	sizes, first := make([]int, c.K), make([]int, c.K)
	for n := len(c.Labels) - 1; n >= 0; n-- {
		if l := c.Labels[n]; l >= 0 {
			sizes[l]++
			first[l] = n
		}
	}
	var order []int
	for l, size := range sizes {
		if size > 0 {
			order = append(order, l)
		}
	}
	sortBySize(order, sizes, first)
	rank := map[int]int{-1: -1}
	for to, from := range order {
		rank[from] = to
	}
	for l, size := range sizes {
		if size == 0 {
			rank[l] = len(rank) - 1
		}
	}
	c.Sizes = pick(sizes, order)
	for _, labels := range append(c.Matched, c.Labels) {
		for n, l := range labels {
			if to, ok := rank[l]; ok {
				labels[n] = to
			}
		}
	}
	c.K = len(order)
}

// average fills in what is known of whole clusters.
func (c *Consensus) average() {
	members := make([][]int, c.K)
	for n, l := range c.Labels {
		if l >= 0 {
			members[l] = append(members[l], n)
		}
	}
	c.Clusters, c.Together = make([]float64, c.K), make([][]float64, c.K)
	for i, neurons := range members {
		c.Clusters[i], c.Together[i] = 0, make([]float64, c.K)
		for _, n := range neurons {
			c.Clusters[i] += c.Confidence[n] / float64(len(neurons))
		}
		for j, others := range members[:i+1] {
			sum, pairs := 0.0, 0.0
			for _, n := range neurons {
				for _, m := range others {
					if share := c.Pair(n, m); n != m && !math.IsNaN(share) {
						sum += share
						pairs++
					}
				}
			}
			c.Together[i][j] = sum / pairs
			c.Together[j][i] = c.Together[i][j]
		}
	}
}

// Pair returns an entry of the consensus matrix: the share of groupings that put two neurons together, of those in which both have a cluster; NaN if there is none.
func (c *Consensus) Pair(n, m int) float64 {
	same, both := 0.0, 0.0
	for _, labels := range c.Matched {
		if labels[n] >= 0 && labels[m] >= 0 {
			both++
			if labels[n] == labels[m] {
				same++
			}
		}
	}
	return same / both
}
