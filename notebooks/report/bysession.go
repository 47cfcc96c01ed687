package report

import (
	"context"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
)

func init() {
	Register(Entry{Name: "session_scores", Section: SectionPrediction, Place: 143, Verbs: []string{VerbFigures},
		Caption: "Test correlation of every neuron, and its ceiling, by session.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			scores, err := m.Scores(ctx)
			if err != nil || scores == nil || len(scores.Sessions) == 0 {
				return nil, err
			}
			return SessionScores(scores)
		}})
	Register(Entry{Name: "session_members", Section: SectionCellTypes, Place: 155, Verbs: []string{VerbFigures, VerbCluster},
		Caption: "Number of neurons of each session in each cluster: a cluster with members in one session alone may be that animal's, or that recording's.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			members, err := m.Members(ctx)
			if err != nil || members == nil {
				return nil, err
			}
			return SessionMembers(members)
		}})
}

// Members counts the members of the clusters in each session; nil for one session.
func (m *Material) Members(ctx context.Context) ([]celltypes.Members, error) {
	sessions := m.Run.Dataset.Sessions
	if len(sessions) == 0 {
		return nil, nil
	}
	c, err := m.Clustering(ctx)
	if err != nil {
		return nil, err
	}
	labels := c.Labels
	if m.given.Types != nil {
		labels = m.given.Types.Everyone(m.Run.Dataset.Shape.Neurons)
	}
	return celltypes.MembersOf(labels, c.K, sessions)
}

// SessionScores draws the test correlations of the neurons and, if the recording has repeats, their ceilings, with a column for each session.
func SessionScores(r *evaluate.Report) (*figures.Figure, error) {
	var names []string
	var of []int
	for k, s := range r.Sessions {
		names = append(names, datasets.Printable(s.Name))
		for range s.Neurons {
			of = append(of, k)
		}
	}
	corr, ceiling, known := correlations(r)
	measures := []figures.Measure{{Label: "Test correlation", Values: corr}}
	if known {
		measures = append(measures, figures.Measure{Label: "Ceiling", Values: ceiling})
	}
	return figures.ByType(measures, of, names)
}

// SessionMembers draws the number of neurons of each session in each cluster.
func SessionMembers(members []celltypes.Members) (*figures.Figure, error) {
	var names []string
	var counts [][]int // [clusters][sessions]
	for _, m := range members {
		names = append(names, datasets.Printable(m.Session))
		for l, n := range m.Clusters {
			if l == len(counts) {
				counts = append(counts, make([]int, 0, len(members)))
			}
			counts[l] = append(counts[l], n)
		}
	}
	return figures.Members(counts, names)
}
