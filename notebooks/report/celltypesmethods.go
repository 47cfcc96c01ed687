package report

import (
	"context"
	"fmt"
	"math"
	"strings"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
)

// Grouped has the clusters that a method found.
type Grouped struct {
	Method     string // as features.Methods names it
	By         string // criterion that chose the number of clusters; empty: the number was given
	Clustering features.Clustering
}

// ByMethod clusters the neurons of an analysis by every method. The silhouette chooses the number of clusters, and for methods with a likelihood also
// the BIC. A k above 0 is the number for all methods.
func ByMethod(a *celltypes.Analysis, k int, seed uint64) ([]Grouped, error) {
	var all []Grouped
	for _, name := range features.Methods() {
		method, err := features.MethodByName(name)
		if err != nil {
			return nil, err
		}
		for _, by := range []string{features.Silhouette, features.BIC} {
			if by == features.BIC && (method == nil || k > 0) {
				continue
			}
			g := Grouped{Method: name, By: by, Clustering: a.Clustering}
			if method != nil {
				if g.Clustering, err = a.Alignment.Cluster(features.Options{K: k, Seed: seed, Method: method, By: by}); err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
			}
			if k > 0 {
				g.By = ""
			}
			all = append(all, g)
		}
	}
	return all, nil
}

func init() {
	Register(Entry{Name: "choices", Section: SectionCellTypes, Place: 190,
		Caption: "Silhouette and Bayesian information criterion over the number of clusters, for each clustering method; rings mark the chosen numbers.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			methods, err := m.Methods(ctx)
			if err != nil {
				return nil, err
			}
			return Choices(methods)
		}})
}

// Choices draws the criteria from which each method chose its number of clusters.
func Choices(all []Grouped) (*figures.Figure, error) {
	var lines []figures.ChoiceLine
	for _, g := range all {
		at := -1
		for i := range lines {
			if lines[i].Name == g.Method {
				at = i
			}
		}
		if at < 0 {
			at = len(lines)
			line := figures.ChoiceLine{Name: g.Method}
			for _, c := range g.Clustering.Tried {
				line.K, line.Silhouette, line.BIC = append(line.K, c.K), append(line.Silhouette, c.Silhouette), append(line.BIC, c.BIC)
			}
			lines = append(lines, line)
		}
		switch g.By {
		case features.Silhouette:
			lines[at].BySilhouette = g.Clustering.K
		case features.BIC:
			lines[at].ByBIC = g.Clustering.K
		}
	}
	return figures.Choices(lines)
}

// MethodTable returns a table of the clusters that each method found, with their agreement with the true types if these are known.
func MethodTable(all []Grouped, truth *datasets.Truth) (header []string, rows [][]string) {
	header = []string{"method", "number chosen by", "clusters", "sizes", "silhouette"}
	if truth != nil {
		header = append(header, "agreement with the truth (ARI)")
	}
	for _, g := range all {
		by := g.By
		if by == "" {
			by = "given"
		}
		row := []string{g.Method, by, fmt.Sprint(g.Clustering.K), fmt.Sprint(g.Clustering.Sizes), decimals(g.Clustering.Silhouette, 2)}
		if truth != nil {
			row = append(row, decimals(features.Agreement(g.Clustering.Labels, truth.Type), 3))
		}
		rows = append(rows, row)
	}
	return header, rows
}

// StableTable returns a table that says for each cluster of the first fit whether the other fits find it again. It has no rows for a single fit.
func StableTable(r *celltypes.Report) (header []string, rows [][]string) {
	header = []string{"cluster", "neurons", "overlap with the other fits", "the least", "to be believed"}
	if r.Stability == nil {
		return header, nil
	}
	for _, c := range r.Stability.Clusters {
		verdict := "no"
		if c.Believed {
			verdict = "yes"
		}
		rows = append(rows, []string{fmt.Sprint(c.Cluster), fmt.Sprint(c.Size), decimals(c.Mean, 2), decimals(c.Min, 2), verdict})
	}
	return header, rows
}

// RecurrenceTable returns a table of the numbers of clusters that were tried, with how many of the clusters come back over fits, or over halves of the neurons of
// one, and which clusters each number cuts. It has no rows if something else chose the number.
func RecurrenceTable(r *celltypes.Report) (header []string, rows [][]string) {
	header = []string{"clusters", "come back", "share", "verdict", "cuts of the number before"}
	if r.Details == nil || r.Recurrence == nil {
		return header, nil
	}
	for _, l := range r.Recurrence.Levels {
		verdict, cuts := l.Verdict(), strings.Trim(strings.ReplaceAll(fmt.Sprint(l.Splits), " ", ", "), "[]")
		if l.K == r.Recurrence.K {
			verdict += ", chosen"
		}
		rows = append(rows, []string{fmt.Sprint(l.K), decimals(l.Recurring, 1), decimals(l.Stability, 2), verdict, cuts})
	}
	return header, rows
}

// ConsensusTable returns a table of the clusters on which several fits agree. It has no rows for a single fit.
func ConsensusTable(r *celltypes.Report) (header []string, rows [][]string) {
	header = []string{"consensus cluster", "neurons", "confidence", "two of them are together"}
	if r.Consensus == nil {
		return header, nil
	}
	for l, confidence := range r.Consensus.Clusters {
		rows = append(rows, []string{fmt.Sprint(l), fmt.Sprint(r.Consensus.Sizes[l]), decimals(confidence, 2), decimals(r.Consensus.Together[l][l], 2)})
	}
	return header, rows
}

// decimals writes a number, a dash if there is none.
func decimals[T float64 | jsonfloat.Float](v T, digits int) string {
	if math.IsNaN(float64(v)) {
		return "–"
	}
	return fmt.Sprintf("%.*f", digits, float64(v))
}
