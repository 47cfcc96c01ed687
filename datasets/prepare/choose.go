package prepare

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
)

// choose keeps the neurons that o selects.
func choose(d *datasets.Dataset, o Options) error {
	n := d.NumNeurons()
	if o.Neurons == "" && o.Session == "" && o.MinEV == 0 && o.NeuronShare == 0 {
		return nil
	}
	if err := d.Consistent(); err != nil {
		return err
	}
	kept := make([]int, n)
	for j := range kept {
		kept[j] = j
	}
	var err error
	if o.Neurons != "" {
		if kept, err = listed(o.Neurons, n, d.Neurons); err != nil {
			return err
		}
	}
	if o.Session != "" {
		if kept, err = inSessions(kept, o.Session, d.Neurons); err != nil {
			return err
		}
	}
	if o.MinEV > 0 {
		if kept, err = explainable(kept, o.MinEV, d); err != nil {
			return err
		}
	}
	if len(kept) == 0 {
		return fmt.Errorf("options neurons=%q, session=%q: no neuron of %d is in both", o.Neurons, o.Session, n)
	}
	record := &datasets.Choice{Neurons: o.Neurons, Session: o.Session, MinEV: o.MinEV, Of: n}
	if o.NeuronShare > 0 {
		drawn, err := datasets.SubsetNeurons(n, o.NeuronShare, o.SubsetSeed)
		if err != nil {
			return fmt.Errorf("option neuron_share=%v: %w", o.NeuronShare, err)
		}
		asked := len(kept)
		kept = slices.DeleteFunc(kept, func(j int) bool { _, in := slices.BinarySearch(drawn, j); return !in })
		if len(kept) == 0 {
			return fmt.Errorf("option neuron_share=%v, subset_seed=%d: none of the %d neurons that the other options ask for was drawn; accepted: a larger share", o.NeuronShare, o.SubsetSeed, asked)
		}
		record.Share, record.Seed = o.NeuronShare, o.SubsetSeed
	}
	record.Kept = kept
	if err := keep(d, kept); err != nil {
		return err
	}
	d.Preparation = append(d.Preparation, datasets.Step{Choice: record})
	return nil
}

// listed parses 0-3,7,u17,id:75 and keeps the order.
func listed(list string, n int, neurons []datasets.Neuron) ([]int, error) {
	var kept []int
	seen := make([]bool, n)
	for word := range strings.SplitSeq(list, ",") {
		var found []int
		from, to, isRange := strings.Cut(word, "-")
		low, err := strconv.Atoi(from)
		high, highErr := low, error(nil)
		if isRange {
			high, highErr = strconv.Atoi(to)
		}
		switch id, marked := strings.CutPrefix(word, "id:"); {
		case marked || err != nil || highErr != nil:
			for j, c := range neurons {
				if c.ID == id && id != "" {
					found = append(found, j)
				}
			}
			if found == nil {
				return nil, fmt.Errorf("option neurons=%q: no neuron has the id %q; accepted: indices from 0 to %d, ranges of them as 0-3, and ids", list, id, n-1)
			}
		case low < 0 || high >= n || low > high:
			return nil, fmt.Errorf("option neurons=%q: %s, want indices from 0 to %d, or id:%s if it is an id", list, word, n-1, word)
		default:
			for j := low; j <= high; j++ {
				found = append(found, j)
			}
		}
		for _, j := range found {
			if seen[j] {
				return nil, fmt.Errorf("option neurons=%q: neuron %d is listed twice", list, j)
			}
			seen[j] = true
		}
		kept = append(kept, found...)
	}
	return kept, nil
}

func inSessions(from []int, list string, neurons []datasets.Neuron) (kept []int, err error) {
	known := map[string]bool{}
	for _, c := range neurons {
		if c.Session != "" {
			known[c.Session] = true
		}
	}
	names := strings.Split(list, ",")
	for _, name := range names {
		if !known[name] {
			accepted := "none, the recording names no sessions"
			if len(known) > 0 {
				accepted = strings.Join(slices.Sorted(maps.Keys(known)), ", ")
			}
			return nil, fmt.Errorf("option session=%q: no neuron is of session %q; accepted: %s", list, name, accepted)
		}
	}
	for _, j := range from {
		if slices.Contains(names, neurons[j].Session) {
			kept = append(kept, j)
		}
	}
	return kept, nil
}

func explainable(from []int, least float64, d *datasets.Dataset) (kept []int, err error) {
	var ev []float64
	for _, b := range d.Blocks() {
		ev = append(ev, datasets.Explainable(b.Test.Responses)...)
	}
	largest := math.NaN()
	for _, j := range from {
		if ev[j] >= least {
			kept = append(kept, j)
		}
		if !(ev[j] <= largest) && ev[j] == ev[j] {
			largest = ev[j]
		}
	}
	switch {
	case len(kept) > 0:
		return kept, nil
	case largest != largest:
		return nil, fmt.Errorf("option min_ev=%v: no neuron of %d has an explainable variance; want two or more test images that were shown at least twice", least, len(from))
	}
	return nil, fmt.Errorf("option min_ev=%v: no neuron of %d has as much explainable variance, the best has %.3g", least, len(from), largest)
}
