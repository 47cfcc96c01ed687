package study

import "fmt"

// KnownEnough is the adjusted Rand index with the true types, their number known, from which the number must be found as well.
const KnownEnough = 0.95

// foundClaims judges what we claim of cell types, as far as the rows tell.
func foundClaims(rows []ClusterRow) []Claim {
	var all []Claim
	for _, judge := range []func([]ClusterRow) *Claim{numberFound, intervalHolds, consensusBeats, continuumSeen} {
		if c := judge(rows); c != nil {
			c.Ours = true
			all = append(all, *c)
		}
	}
	return all
}

// tally counts conditions under which a claim holds, and names the others.
type tally struct {
	holds, of int
	fail      []string
}

func (t *tally) add(holds bool, failure string) {
	t.of++
	if holds {
		t.holds++
	} else {
		t.fail = append(t.fail, failure)
	}
}

func (t *tally) claim(name, text string) *Claim {
	if t.of == 0 {
		return nil
	}
	if len(t.fail) > 0 {
		text += " Not so: " + list(t.fail) + "."
	}
	return &Claim{Name: name, Holds: verdictOf(t.holds, t.of), Text: text}
}

// name says what a row is.
func (r ClusterRow) name(main ClusterRow) string {
	title := titleOfChange(r, main)
	switch r.Change {
	case ByImages:
		return fmt.Sprintf("%s (%d)", title, r.Images)
	case ByNeurons:
		return fmt.Sprintf("%s (%d)", title, r.Neurons)
	case ByTypes:
		return fmt.Sprintf("%s (%d)", title, r.Types)
	case BySNR:
		return fmt.Sprintf("%s (%g)", title, float64(r.SNR))
	}
	return title
}

// numberFound holds for a condition if the consensus agrees with the truth as groups of single fits do with their number known.
func numberFound(rows []ClusterRow) *Claim {
	var t, silhouette tally
	for _, row := range rows {
		if !row.known() || row.Found == nil || row.Found.Together == nil || !(row.method("joint-k").Truth.Mean >= KnownEnough) {
			continue
		}
		together := row.Found.Together
		t.add(together.Consensus >= KnownEnough && together.Fits.Mean >= KnownEnough, fmt.Sprintf("%s, consensus %s, fits %s", row.name(rows[0]), digits(float64(together.Consensus)), digits(float64(together.Fits.Mean))))
		silhouette.add(row.method("joint").Truth.Mean >= KnownEnough, "")
	}
	return t.claim("the number of groups is found", fmt.Sprintf("Where the groups of single fits reach an index of %g with the number of types known, they and the consensus do so with the number that comes back in halves of the fits under %d of %d conditions, with the silhouette's under %d.",
		KnownEnough, t.holds, t.of, silhouette.holds))
}

// intervalHolds holds if the interval for the number has the true one inside, in nine of ten conditions.
func intervalHolds(rows []ClusterRow) *Claim {
	var t tally
	for _, row := range rows {
		if f := row.Found; row.known() && f != nil && f.Together != nil {
			t.add(f.Together.Low <= row.Types && row.Types <= f.Together.High, fmt.Sprintf("%s, %d to %d for %d", row.name(rows[0]), f.Together.Low, f.Together.High, row.Types))
		}
	}
	c := t.claim("the interval for their number holds the truth", fmt.Sprintf("Under %d of %d conditions; nine in ten are promised.", t.holds, t.of))
	if c != nil && float64(t.holds) >= 0.9*float64(t.of) {
		c.Holds = Yes
	}
	return c
}

// consensusBeats holds for a hard condition if the consensus agrees better with the truth than the fit that one would choose.
func consensusBeats(rows []ClusterRow) *Claim {
	var t tally
	best := 0
	text := ""
	for _, row := range rows {
		f := row.Found
		if !row.Hard || !row.known() || f == nil || f.Together == nil {
			continue
		}
		figures := fmt.Sprintf("%s, %s against %s (best fit by the truth %s)", row.name(rows[0]), digits(float64(f.Together.Consensus)), digits(float64(f.Together.Chosen)), digits(float64(f.BestARI)))
		holds := f.Together.Consensus > f.Together.Chosen
		if holds {
			text += " " + figures + "."
		}
		if f.Together.Consensus > f.BestARI {
			best++
		}
		t.add(holds, figures)
	}
	return t.claim("a consensus is better than a fit", fmt.Sprintf("Than the fit with the lowest validation loss under %d of %d hard conditions, than the best fit and way to choose the number, which only the truth can tell, under %d.%s", t.holds, t.of, best, text))
}

// continuumSeen holds for a fit, and for all together, if no groups are found among neurons that differ by degrees.
func continuumSeen(rows []ClusterRow) *Claim {
	var t tally
	silhouette := []int{}
	for _, row := range rows {
		if f := row.Found; row.Change == ByNoTypes && f != nil {
			for i, k := range f.Halves {
				t.add(k == 1, fmt.Sprintf("%d groups in the fit with seed %d", k, i+1))
			}
			if f.Together != nil {
				t.add(f.Together.K == 1, fmt.Sprintf("%d groups over fits", f.Together.K))
			}
			silhouette = row.method("joint").K
		}
	}
	return t.claim("where there are no types, none are found", fmt.Sprintf("Neurons that differ by degrees: no groups in %d of %d judgements, of each fit by halves of its neurons and of all fits together. The silhouette finds %s.", t.holds, t.of, numbers(silhouette)))
}
