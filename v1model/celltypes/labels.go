package celltypes

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets/array"
)

// Columns of clusters in a table of WriteCSV.
const (
	ClusterColumn   = "cluster"
	ConsensusColumn = "consensus"
)

// ReadLabels reads clusters of neurons from a file: a table (.csv) with the columns neuron and, of ClusterColumn or ConsensusColumn, which, or an archive (.npz) of Arrays. Empty which is
// the consensus if the file has one. It returns the labels of all neurons, [neurons], -1 for those that the file does not name or that it puts in no cluster, and the name of what was read.
func ReadLabels(path, which string, neurons int) (labels []int, name string, err error) {
	of, columns, err := readLabels(path)
	if err != nil {
		return nil, "", fmt.Errorf("clusters %s: %w", path, err)
	}
	if which == "" {
		if which = ClusterColumn; columns[ConsensusColumn] != nil {
			which = ConsensusColumn
		}
	}
	found := columns[which]
	if found == nil {
		return nil, "", fmt.Errorf("clusters %s: no %s; accepted: what v1lab cluster --out writes, or a table with the columns neuron and %s", path, which, which)
	}
	if len(found) != len(of) {
		return nil, "", fmt.Errorf("clusters %s: %d values of %s for %d neurons", path, len(found), which, len(of))
	}
	labels = slices.Repeat([]int{-1}, neurons)
	most := -1
	for i, n := range of {
		switch {
		case n < 0 || n >= neurons:
			return nil, "", fmt.Errorf("clusters %s: neuron %d; accepted: 0 to %d, those of the run", path, n, neurons-1)
		case found[i] < -1 || found[i] >= neurons:
			return nil, "", fmt.Errorf("clusters %s: neuron %d in cluster %d; accepted: a number from 0, below the number of neurons, or -1 for none", path, n, found[i])
		}
		labels[n] = found[i]
		most = max(most, found[i])
	}
	for l := range most + 1 {
		if !slices.Contains(labels, l) {
			return nil, "", fmt.Errorf("clusters %s: no neuron is in cluster %d of 0 to %d; accepted: clusters that are numbered without gaps", path, l, most)
		}
	}
	if most < 1 {
		return nil, "", fmt.Errorf("clusters %s: column %s: %d clusters; accepted: 2 or more", path, which, most+1)
	}
	return labels, which, nil
}

// readLabels returns the neurons that a file lists and its columns of clusters.
func readLabels(path string) (neurons []int, columns map[string][]int, err error) {
	columns = map[string][]int{}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return readTable(path)
	case ".npz":
		all, err := array.ReadNPZ(path)
		if err != nil {
			return nil, nil, err
		}
		for column, name := range map[string]string{ClusterColumn: "labels", ConsensusColumn: "consensus"} {
			if a, there := all[name]; there {
				if columns[column], err = a.Ints(); err != nil {
					return nil, nil, fmt.Errorf("%s: %w", name, err)
				}
			}
		}
		if a, there := all["neurons"]; there {
			neurons, err = a.Ints()
			return neurons, columns, err
		}
		for n := range columns[ClusterColumn] {
			neurons = append(neurons, n)
		}
		return neurons, columns, nil
	}
	return nil, nil, fmt.Errorf("file name: accepted: one that ends in .csv or .npz")
}

// readTable reads the columns of numbers that matter.
func readTable(path string) (neurons []int, columns map[string][]int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	columns = map[string][]int{}
	if len(lines) == 0 {
		return nil, nil, fmt.Errorf("an empty table; accepted: one with the columns neuron and %s", ClusterColumn)
	}
	number := func(name string) ([]int, error) {
		at := slices.Index(lines[0], name)
		if at < 0 {
			return nil, nil
		}
		numbers := make([]int, 0, len(lines)-1)
		for i, line := range lines[1:] {
			v, err := strconv.Atoi(strings.TrimSpace(line[at]))
			if err != nil {
				return nil, fmt.Errorf("line %d: %s %q; accepted: a whole number", i+2, name, line[at])
			}
			numbers = append(numbers, v)
		}
		return numbers, nil
	}
	if neurons, err = number("neuron"); err != nil {
		return nil, nil, err
	}
	if neurons == nil {
		return nil, nil, fmt.Errorf("columns %s; accepted: neuron and %s among them", strings.Join(lines[0], ", "), ClusterColumn)
	}
	for _, name := range []string{ClusterColumn, ConsensusColumn} {
		values, err := number(name)
		if err != nil {
			return nil, nil, err
		}
		if values != nil {
			columns[name] = values
		}
	}
	return neurons, columns, nil
}
