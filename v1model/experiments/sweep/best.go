package sweep

import (
	"cmp"
	"slices"
)

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

// Count counts the draws in a state.
func (s *State) Count(state string) int {
	n := 0
	for _, d := range s.Draws {
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
