package sweep

import (
	"cmp"
	"fmt"
	"slices"

	"v1lab/v1model/runfolder"
)

// NumBest is the number of draws that are shown as the best, and that are an ensemble (Ecker et al., ICLR 2019, look at five).
const NumBest = 5

// Members returns the runs that the path of a model stands for: those of a sweep's best draws, all seeds, if it is the folder of a sweep, and otherwise the
// path itself. s is the sweep's state; nil for a run.
func Members(path string) (runs []string, s *State, err error) {
	if runfolder.IsRun(path) || !IsSweep(path) {
		return []string{path}, nil, nil
	}
	f, err := Open(path)
	if err != nil {
		return nil, nil, err
	}
	if s, err = NewReader(f).Read(); err != nil {
		return nil, nil, err
	}
	for _, d := range s.Best(NumBest) {
		runs = append(runs, d.Runs...)
	}
	if len(runs) == 0 {
		return nil, s, fmt.Errorf("no draw of the sweep %s is done; accepted: a run, or a sweep with draws that are", path)
	}
	return runs, s, nil
}

// Best returns the draws that are done and have a loss, the lowest mean validation loss first, at most as many. Draws that were stopped early are not among
// them: their losses are those of fewer steps.
func (s *State) Best(most int) []Draw {
	var all []Draw
	for _, d := range s.Draws {
		if v := float64(d.ValLoss); d.State == Done && v-v == 0 {
			all = append(all, d)
		}
	}
	slices.SortStableFunc(all, func(a, b Draw) int { return cmp.Compare(a.ValLoss, b.ValLoss) })
	return all[:min(most, len(all))]
}

// Count counts the draws in a state, but for those that were imported.
func (s *State) Count(state string) int {
	n := 0
	for _, d := range s.own() {
		if d.State == state {
			n++
		}
	}
	return n
}

// Fits counts the fits in a state.
func (s *State) Fits(state string) int {
	n := 0
	for _, d := range s.Draws {
		for _, fit := range d.Fits {
			if fit.State == state {
				n++
			}
		}
	}
	return n
}

// Workers names the processes that make fits now, "PID on HOST", each once.
func (s *State) Workers() []string {
	var all []string
	for _, d := range s.Draws {
		for _, fit := range d.Fits {
			if fit.State == Running && !slices.Contains(all, fit.Worker) {
				all = append(all, fit.Worker)
			}
		}
	}
	return all
}
