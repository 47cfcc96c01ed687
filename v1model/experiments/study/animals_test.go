package study_test

import (
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/experiments/study"
)

// The part on animals is asked for by name; it compares each animal's neurons in the fit to all with the same neurons in the fit to them.
func TestAnimals(t *testing.T) {
	if testing.Short() {
		t.Skip("makes three fits")
	}
	p := plan(t, study.Toy)
	all, err := p.Conditions()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if strings.HasPrefix(c.Name, study.Animals) {
			t.Errorf("%s is made without being asked for", c.Name)
		}
	}
	r, err := p.Run(t.Context(), pjrttest.Backend(t), filepath.Join(t.TempDir(), "study"), 1, []string{study.Animals}, grid.Watch{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Fits != 3 || len(r.Animals) != 2 || r.Performance != nil {
		t.Fatalf("%+v", r)
	}
	tables := r.Tables()
	table := tables[len(tables)-1]
	for k, row := range r.Animals {
		better := 0
		if row.Joint.Mean > row.Alone.Mean {
			better = 1
		}
		if row.Animal != []string{"animal1", "animal2"}[k] || len(row.Joint.Values) != 1 || row.Better != better || row.Joint.Mean == row.Alone.Mean || table.Rows[k][0] != row.Animal {
			t.Errorf("%+v, table %q", row, table.Rows[k])
		}
	}
	own, err := study.NewPlan(study.Toy, "simulated:?neurons=3", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = own.Conditions(study.Animals)
	oneLine(t, err, "part animals is of the scale's own simulation")
}
