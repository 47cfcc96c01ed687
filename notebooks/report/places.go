package report

import (
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
)

// PlacesTable returns a table that counts the members of each cluster by session and, where the recording knows it, by layer and depth (quarters of the neurons by Z). It has no rows
// for one session of neurons whose places are not known.
func PlacesTable(labels []int, k int, about []datasets.Neuron) (header []string, rows [][]string) {
	header = []string{"where", "neurons", "in no cluster"}
	for l := range k {
		header = append(header, fmt.Sprint("cluster ", l))
	}
	add := func(where string, chosen func(n datasets.Neuron) bool) {
		counts, all, none := make([]int, k), 0, 0
		for i, n := range about[:min(len(about), len(labels))] {
			if !chosen(n) {
				continue
			}
			if all++; labels[i] < 0 || labels[i] >= k {
				none++
			} else {
				counts[labels[i]]++
			}
		}
		row := []string{where, fmt.Sprint(all), fmt.Sprint(none)}
		for _, n := range counts {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, row)
	}
	each := func(what string, of func(n datasets.Neuron) string) {
		var names []string
		for _, n := range about {
			if name := of(n); name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if len(names) < 2 {
			return
		}
		for _, name := range names {
			add(what+" "+datasets.Printable(name), func(n datasets.Neuron) bool { return of(n) == name })
		}
	}
	each("session", func(n datasets.Neuron) string { return n.Session })
	each("layer", func(n datasets.Neuron) string { return n.Layer })
	var depths []float64
	for _, n := range about {
		if !math.IsNaN(n.Z) {
			depths = append(depths, n.Z)
		}
	}
	if slices.Sort(depths); len(depths) == 0 || depths[0] == depths[len(depths)-1] {
		return header, rows
	}
	for quarter := range 4 {
		low, high := depths[quarter*len(depths)/4], depths[(quarter+1)*len(depths)/4-1]
		last := quarter == 3
		if !last {
			high = depths[(quarter+1)*len(depths)/4]
		}
		if low == high && !last {
			continue
		}
		add(fmt.Sprintf("depth %.0f to %.0f μm", low, high), func(n datasets.Neuron) bool { return n.Z >= low && (n.Z < high || last && n.Z <= high) })
	}
	return header, rows
}
