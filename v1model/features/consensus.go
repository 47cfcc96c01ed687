package features

import (
	"fmt"
	"math"
	"slices"
)

// Consensus is one labelling of neurons over several groupings of them.
//
// Each grouping in turn starts: the others are renamed after it (see Match), each neuron takes the cluster for which most groupings vote, and all are renamed
// after the vote until nothing changes. The start after which neurons agree most is kept. Dead neurons do not vote: a negative label counts nowhere.
type Consensus struct {
	K          int
	Labels     []int       // [neurons], by decreasing size; -1 for neurons that belong to none: no cluster has more than half of their votes, or they are dead in all groupings
	Sizes      []int       // [K]
	Matched    [][]int     // [groupings][neurons] labels of each grouping under the consensus's numbers; clusters without a partner come after them
	Confidence []float64   // [neurons] share of the votes for the neuron's cluster, or for the first if it belongs to none; NaN if it is dead in all
	Votes      []int       // [neurons] groupings in which it has a cluster
	Clusters   []float64   // [K] mean confidence of the members; NaN without any
	Together   [][]float64 // [K, K] the consensus matrix (Monti et al. 2003), averaged over neurons of two clusters: share of groupings that put two neurons together, of those in which both have a cluster; NaN without a pair
}

// AgreeOn returns the consensus of groupings of the same neurons, [groupings][neurons].
func AgreeOn(groupings [][]int) (Consensus, error) {
	if len(groupings) < 2 {
		return Consensus{}, fmt.Errorf("features: consensus: found %d groupings; at least 2 are needed", len(groupings))
	}
	var best Consensus
	most := math.Inf(-1)
	for _, start := range groupings {
		c, err := voteFrom(start, groupings)
		if err != nil {
			return Consensus{}, err
		}
		agreed := 0.0
		for n, l := range c.Labels {
			if l >= 0 {
				agreed += c.Confidence[n]
			}
		}
		// Among equals the one whose labels come first: the order of the groupings does not matter.
		if agreed > most+1e-9 || agreed > most-1e-9 && slices.Compare(c.Labels, best.Labels) < 0 {
			best, most = c, agreed
		}
	}
	best.average()
	return best, nil
}

// voteFrom votes until nothing changes.
func voteFrom(start []int, groupings [][]int) (Consensus, error) {
	c := Consensus{Labels: start, K: count(start)}
	const rounds = 20 // votes settle within a few; bounds a circle of ties
	for range rounds {
		matched := make([][]int, len(groupings))
		for i, g := range groupings {
			var err error
			if matched[i], err = Match(c.Labels, g); err != nil {
				return Consensus{}, err
			}
		}
		before := c.Labels
		c = tally(matched, c.K)
		if slices.Equal(before, c.Labels) {
			break
		}
	}
	return c, nil
}

// tally counts votes for k clusters and numbers them by size.
func tally(matched [][]int, k int) Consensus {
	neurons := len(matched[0])
	c := Consensus{K: k, Labels: make([]int, neurons), Sizes: make([]int, k), Matched: matched, Confidence: make([]float64, neurons), Votes: make([]int, neurons)}
	for n := range neurons {
		votes := map[int]int{}
		top := 0
		for _, labels := range matched {
			if l := labels[n]; l >= 0 {
				c.Votes[n]++
				votes[l]++
				top = max(top, votes[l])
			}
		}
		c.Labels[n], c.Confidence[n] = -1, math.NaN()
		if c.Votes[n] == 0 {
			continue
		}
		c.Confidence[n] = float64(top) / float64(c.Votes[n])
		for l, v := range votes {
			if 2*v > c.Votes[n] && l < k {
				c.Labels[n] = l
			}
		}
	}
	c.renumber()
	return c
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
