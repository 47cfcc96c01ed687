package report_test

import (
	"math"
	"slices"
	"testing"

	"v1lab/datasets"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
)

// Tables of several fits say which number comes back, what each number cuts, and what fits agree on; of one fit they have no rows.
func TestTablesOfSeveralFits(t *testing.T) {
	labels := [][]int{{0, 0, 0, 1, 1, -1}, {0, 0, 1, 1, 1, -1}, {1, 1, 1, 0, 0, -1}}
	var fits []features.Clustering
	for _, l := range labels {
		fits = append(fits, features.Clustering{K: 2, Labels: l, Sizes: []int{3, 2}})
	}
	r, err := celltypes.Compare(fits, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := features.Vote(labels[0], labels)
	if err != nil {
		t.Fatal(err)
	}
	r.Consensus = &celltypes.Consensus{Sizes: c.Sizes}
	for l := range c.K {
		r.Consensus.Clusters = append(r.Consensus.Clusters, jsonfloat.Float(c.Clusters[l]))
		r.Consensus.Together = append(r.Consensus.Together, []jsonfloat.Float{jsonfloat.Float(c.Together[l][0]), jsonfloat.Float(c.Together[l][1])})
	}
	if _, rows := report.ConsensusTable(r); len(rows) != 2 || !slices.Equal(rows[0], []string{"0", "3", "0.89", "0.78"}) {
		t.Errorf("consensus %v", rows)
	}
	one, err := celltypes.Compare(fits[:1], nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, rows := report.ConsensusTable(one); rows != nil {
		t.Errorf("consensus of one fit %v", rows)
	}
	if _, rows := report.RecurrenceTable(one); rows != nil {
		t.Errorf("recurrence that nothing chose by %v", rows)
	}
	valley := &celltypes.Valley{Separate: true}
	r.Details = &celltypes.Details{Recurrence: &celltypes.Recurrence{K: 2, Levels: []celltypes.Level{
		{K: 1, Recurring: 1, Stability: 1, Stable: true}, {K: 2, Recurring: 1.96, Stability: 0.98, Stable: true, Splits: []int{0}, Valley: valley},
		{K: 3, Recurring: 1.5, Stability: jsonfloat.Float(math.NaN()), Splits: []int{0, 1}, Valley: valley}, {K: 4, Recurring: 3.9, Stability: 0.97, Stable: true, Valley: &celltypes.Valley{}}}}}
	_, rows := report.RecurrenceTable(r)
	want := [][]string{{"1", "1.0", "1.00", "stable", ""}, {"2", "2.0", "0.98", "stable, chosen", "0"}, {"3", "1.5", "\u2013", "not stable", "0, 1"},
		{"4", "3.9", "0.97", "no fewer neurons between clusters than beside: a continuum", ""}}
	for i := range want {
		if !slices.Equal(rows[i], want[i]) {
			t.Errorf("recurrence %q, want %q", rows[i], want[i])
		}
	}
}

// Members are counted by session, layer and quarters of depth, as far as they are known.
func TestPlacesTable(t *testing.T) {
	nan := math.NaN()
	var about []datasets.Neuron
	for i := range 8 {
		about = append(about, datasets.Neuron{Session: []string{"mon", "tue"}[i/5], Layer: "L23", Z: float64(100 + 10*i)})
	}
	about[7].Z = nan
	labels := []int{0, 0, 1, -1, 1, 0, 0, 1}
	_, rows := report.PlacesTable(labels, 2, about)
	want := [][]string{{"session mon", "5", "1", "2", "2"}, {"session tue", "3", "0", "2", "1"},
		{"depth 100 to 110 \u03bcm", "1", "0", "1", "0"}, {"depth 110 to 130 \u03bcm", "2", "0", "1", "1"}, {"depth 130 to 150 \u03bcm", "2", "1", "0", "1"}, {"depth 150 to 160 \u03bcm", "2", "0", "2", "0"}}
	if len(rows) != len(want) {
		t.Fatalf("%q, want %q", rows, want)
	}
	for i := range want {
		if !slices.Equal(rows[i], want[i]) {
			t.Errorf("%q, want %q", rows[i], want[i])
		}
	}
	if _, rows := report.PlacesTable(labels, 2, make([]datasets.Neuron, 8)); rows != nil {
		t.Errorf("of neurons about which nothing is known: %q", rows)
	}
	if _, rows := report.PlacesTable(labels, 2, nil); rows != nil {
		t.Errorf("without neurons: %q", rows)
	}
}
