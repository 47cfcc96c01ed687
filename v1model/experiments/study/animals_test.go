package study_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/datasets/npz"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
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
	oneLine(t, err, `part animals: the sessions of "simulated:?neurons=3" are not known`)
	oneLine(t, own.Record(), `data "simulated:?neurons=3" are one session; accepted: several`)
}

// recordedSessions writes two sessions of 3 and 5 neurons as files; a test image of the first is a training image of the second.
func recordedSessions(t *testing.T) (first, second string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, spec string, change func(*datasets.Dataset)) string {
		d, err := formats.OpenRaw(spec)
		if err != nil {
			t.Fatal(err)
		}
		change(d)
		path := filepath.Join(dir, name)
		if err := npz.Write(path, d); err != nil {
			t.Fatal(err)
		}
		return "npz:" + path
	}
	var seen []float32
	first = write("mon,day.npz", "simulated:?neurons=3&images=32&val=16&test=20&repeats=4&height=16&width=16&snr=4&seed=5", func(d *datasets.Dataset) { seen = slices.Clone(d.Test.Images.At(2)) })
	second = write("tue.npz", "simulated:?neurons=5&images=40&val=16&test=16&repeats=4&height=16&width=16&snr=4&seed=6", func(d *datasets.Dataset) { copy(d.Train.Images.At(7), seen) })
	return first, second
}

// Recorded sessions take the simulation's place: they take turns in the fit to all, and each is compared on its own test images.
func TestRecordedAnimals(t *testing.T) {
	if testing.Short() {
		t.Skip("makes three fits")
	}
	first, second := recordedSessions(t)
	name, err := formats.OneName(first, second)
	if err != nil {
		t.Fatal(err)
	}
	p, err := study.NewPlan(study.Toy, name, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Record(); err != nil {
		t.Fatal(err)
	}
	conditions, err := p.Conditions(study.Animals)
	if err != nil {
		t.Fatal(err)
	}
	if f := conditions[0].Config.Fit; f.Sessions != v1model.RoundRobin || f.MaxSteps != 2*conditions[1].Config.Fit.MaxSteps || conditions[1].Config.Fit.Sessions != "" {
		t.Errorf("the fit to all: %+v", f)
	}
	r, err := p.Run(t.Context(), pjrttest.Backend(t), filepath.Join(t.TempDir(), "study"), 1, []string{study.Animals}, grid.Watch{})
	if err != nil {
		t.Fatal(err)
	}
	want := []study.AnimalRow{{Animal: "mon_day", Neurons: 3, Tested: 20, Shared: 1}, {Animal: "tue", Neurons: 5, Tested: 16}}
	for k, row := range r.Animals {
		if w := want[k]; row.Animal != w.Animal || row.Neurons != w.Neurons || row.Tested != w.Tested || row.Shared != w.Shared || row.Joint.Mean == row.Alone.Mean {
			t.Errorf("%+v, want %+v", row, w)
		}
		if c := row.Ceiling; !(c > 0.1 && c <= 1) || math.Abs(float64(row.JointFraction.Mean*c-row.Joint.Mean)) > 0.3 {
			t.Errorf("%s: ceiling %g, %g of it at a correlation of %g", row.Animal, c, row.JointFraction.Mean, row.Joint.Mean)
		}
	}
	page := string(r.Markdown())
	for _, words := range []string{"Recording `npz:", "sessions take turns", "| 1 of 20 |", "the one core has seen them"} {
		if !strings.Contains(page, words) {
			t.Errorf("no %q in\n%s", words, page)
		}
	}
	clean, err := study.NewPlan(study.Toy, name+"?clean_leaks=true", "")
	if err != nil {
		t.Fatal(err)
	}
	oneLine(t, clean.Record(), "clean_leaks leaves 19 test images of session mon_day beside the others, and 20 of it alone")
}
