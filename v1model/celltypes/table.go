package celltypes

import (
	"encoding/csv"
	"io"
	"math"
	"strconv"

	"v1lab/v1model/jsonfloat"
)

// WriteCSV writes a report of Describe as a table with a line for each neuron. The columns are
//
//	neuron, cluster, shift (radians), distance, pc1, pc2
//	and, for several runs: consistency, consensus, confidence, votes
//
// A cell is empty where there is no number. The cluster of a dead neuron and the consensus of one that belongs to none are -1.
func WriteCSV(to io.Writer, r *Report) error {
	w := csv.NewWriter(to)
	head := []string{"neuron", "cluster", "shift", "distance", "pc1", "pc2"}
	if r.Consensus != nil {
		head = append(head, "consistency", "consensus", "confidence", "votes")
	}
	lines := [][]string{head}
	for n, l := range r.Labels {
		number := n
		if r.Neurons != nil {
			number = r.Neurons[n]
		}
		line := []string{strconv.Itoa(number), strconv.Itoa(l), cell(r.Shifts[n]), cell(r.Distances[n]), cell(r.Embedding[n][0]), cell(r.Embedding[n][1])}
		if c := r.Consensus; c != nil {
			line = append(line, cell(r.Stability.Neurons[n]), strconv.Itoa(c.Labels[n]), cell(c.Confidence[n]), strconv.Itoa(c.Votes[n]))
		}
		lines = append(lines, line)
	}
	return w.WriteAll(lines)
}

func cell(v jsonfloat.Float) string {
	if math.IsNaN(float64(v)) {
		return ""
	}
	return strconv.FormatFloat(float64(v), 'g', -1, 64)
}
